/**
 * A client of the API server that lives as long as the agent: its credentials are read afresh once a minute, and at once
 * when the server does not know them any more.
 *
 * What is under way on an old client ends there before that is closed.
 */
import type { KubeClient, KubeResponse, OpenKubeClient } from '../../kube/kube-client.ts';

const RENEWAL_MS = 60_000;
const UNAUTHORIZED = 401;

interface Lease {
  readonly client: Promise<KubeClient>;
  readonly openedAt: number;
  users: number;
  isRetired: boolean;
}

/** A client over clients that `open` gives. */
export class RenewedClient implements KubeClient {
  readonly #open: OpenKubeClient;
  #current: Lease | undefined;

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
    await this.#lease(deadline).client;
    return this;
  }

  close(): void {
    this.#retire();
  }

  async #ask(work: (client: KubeClient) => Promise<KubeResponse>, deadline: AbortSignal): Promise<KubeResponse> {
    const first = this.#lease(deadline);
    const response = await this.#with(first, work);
    if (response.kind !== 'refused' || response.status !== UNAUTHORIZED) return response;
    if (this.#current === first) this.#retire();
    return this.#with(this.#lease(deadline), work);
  }

  async #with(lease: Lease, work: (client: KubeClient) => Promise<KubeResponse>): Promise<KubeResponse> {
    lease.users += 1;
    try {
      return await work(await lease.client);
    } finally {
      lease.users -= 1;
      closeUnused(lease);
    }
  }

  #lease(deadline: AbortSignal): Lease {
    if (this.#current && performance.now() - this.#current.openedAt >= RENEWAL_MS) this.#retire();
    if (this.#current) return this.#current;
    const lease: Lease = { client: this.#open(deadline), openedAt: performance.now(), users: 0, isRetired: false };
    // The next caller tries again.
    lease.client.catch(() => {
      if (this.#current === lease) this.#current = undefined;
    });
    this.#current = lease;
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
