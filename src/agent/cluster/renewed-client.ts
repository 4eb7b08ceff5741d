/**
 * A client of the API server that lives as long as the agent: its credentials are read afresh once a minute, and at once
 * when the server does not know them any more.
 *
 * What is under way on an old client ends there before that is closed. After `close` it still answers, for calls that had
 * it by then, but nothing stays open.
 */
import type { KubeClient, KubeResponse, OpenKubeClient } from '../../kube/kube-client.ts';

const RENEWAL_MS = 60_000;
const UNAUTHORIZED = 401;

interface Lease {
  readonly client: Promise<KubeClient>;
  /** Of the call that had it opened. */
  readonly deadline: AbortSignal;
  readonly openedAt: number;
  users: number;
  isRetired: boolean;
}

/** A client over clients that `open` gives. */
export class RenewedClient implements KubeClient {
  readonly #open: OpenKubeClient;
  #current: Lease | undefined;
  #isClosed = false;

  constructor(open: OpenKubeClient) {
    this.#open = open;
  }

  get(path: string, deadline: AbortSignal): Promise<KubeResponse> {
    return this.#ask((client) => client.get(path, deadline), deadline);
  }

  mergePatch(path: string, body: unknown, deadline: AbortSignal): Promise<KubeResponse> {
    return this.#ask((client) => client.mergePatch(path, body, deadline), deadline);
  }

  /** Opens a client if there is none. Throws: code 7 when the credentials cannot be loaded. */
  async prepare(deadline: AbortSignal): Promise<this> {
    await this.#use(deadline, async () => undefined);
    return this;
  }

  close(): void {
    this.#isClosed = true;
    this.#retire();
  }

  async #ask(work: (client: KubeClient) => Promise<KubeResponse>, deadline: AbortSignal): Promise<KubeResponse> {
    let used: Lease | undefined;
    const response = await this.#use(deadline, (client, lease) => {
      used = lease;
      return work(client);
    });
    if (response.kind !== 'refused' || response.status !== UNAUTHORIZED) return response;
    if (this.#current === used) this.#retire();
    return this.#use(deadline, work);
  }

  async #use<T>(deadline: AbortSignal, work: (client: KubeClient, lease: Lease) => Promise<T>): Promise<T> {
    const lease = this.#lease(deadline);
    lease.users += 1;
    try {
      const client = await lease.client.catch((cause: unknown) => {
        // Loading ends with the deadline of who began it, which is nobody else's.
        if (deadline.aborted || lease.deadline === deadline || !lease.deadline.aborted) throw cause;
        return undefined;
      });
      return client ? await work(client, lease) : await this.#use(deadline, work);
    } finally {
      lease.users -= 1;
      closeUnused(lease);
    }
  }

  #lease(deadline: AbortSignal): Lease {
    if (this.#current && performance.now() - this.#current.openedAt >= RENEWAL_MS) this.#retire();
    if (this.#current) return this.#current;
    const client = this.#open(deadline);
    const lease = { client, deadline, openedAt: performance.now(), users: 0, isRetired: this.#isClosed };
    // The next caller tries again.
    client.catch(() => {
      if (this.#current === lease) this.#current = undefined;
    });
    if (!this.#isClosed) this.#current = lease;
    return lease;
  }

  #retire(): void {
    const lease = this.#current;
    this.#current = undefined;
    if (!lease) return;
    lease.isRetired = true;
    closeUnused(lease);
  }
}

function closeUnused(lease: Lease): void {
  if (!lease.isRetired || lease.users > 0) return;
  lease.client.then(
    (client) => client.close(),
    () => undefined,
  );
}
