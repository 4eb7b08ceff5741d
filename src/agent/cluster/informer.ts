/**
 * One collection of the API server, kept up to date by client-node's informer.
 *
 * It keeps what it has while the server is away, and begins anew after errors, with pauses that double up to 30 s. What is
 * kept of an object is what networks are chosen by. Touches the network.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig, type KubernetesObject, ListWatch, Watch } from '@kubernetes/client-node';
import { withDeadline } from '../../deadline.ts';
import { errorText } from '../../errors.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import type { Log } from '../../log/log.ts';
import type { KubeSettings } from '../../request/node-config.ts';
import { listObjects } from './list-objects.ts';
import { loadWatchConfig } from './watch-config.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** client-node waits longer and longer after connections that ended well; events would be missed as long. */
const LONGEST_RECONNECT_MS = 500;
const LIST_MS = 30_000;
const CREDENTIALS_MS = 10_000;
const TOO_MANY_REQUESTS = 429;
/** What is larger is asked for each time: whoever may write objects must not fill the memory of every node. */
const MOST_KEPT_CHARACTERS = 16 * 1024;
/** Marks what is left of such an object; no annotation of the API server has such a name. */
const NOT_KEPT = ' not kept';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What to watch, and how. */
export interface Collection {
  readonly settings: KubeSettings;
  readonly client: KubeClient;
  /** `/api/v1/pods` */
  readonly listPath: string;
  readonly fieldSelector: string | undefined;
  readonly log: Log;
}

/** A collection that is being watched. */
export class Informer {
  readonly #collection: Collection;
  readonly #objects: ListWatch<KubernetesObject>;
  readonly #stopped = new AbortController();
  #heardAt: number | undefined;
  #failures = 0;
  #isRefused = false;

  constructor(collection: Collection) {
    this.#collection = collection;
    const { listPath, fieldSelector } = collection;
    const watch = new AttentiveWatch(collection.settings, { stopped: this.#stopped.signal, hear: () => this.#hear() });
    const reconnect = async (ms: number) => {
      await sleep(Math.min(ms, LONGEST_RECONNECT_MS), undefined, { ref: false });
    };
    this.#objects = new ListWatch(listPath, watch, () => this.#list(), false, undefined, fieldSelector, {
      delayFn: reconnect,
    });
    for (const event of ['add', 'update'] as const) this.#objects.on(event, trim);
    this.#objects.on('error', (cause: unknown) => this.#failed(cause));
    this.#start();
  }

  /** True once everything was listed, or it has turned out that it cannot be for now. */
  get isSettled(): boolean {
    return this.#heardAt !== undefined || this.#failures > 0;
  }

  /** For how long nothing was heard of the server, in ms; `undefined` before the first list. */
  get ageMs(): number | undefined {
    return this.#heardAt === undefined ? undefined : performance.now() - this.#heardAt;
  }

  get size(): number {
    return this.#objects.list().length;
  }

  /**
   * The object as far as it is kept; `undefined` when there is none, or none yet, or it is too large to be kept, or the server
   * is there and refuses to tell us of changes.
   */
  get(namespace: string, name: string): KubernetesObject | undefined {
    const object = this.#isRefused ? undefined : this.#objects.get(name, namespace);
    return object && isWhole(object) ? object : undefined;
  }

  stop(): void {
    this.#stopped.abort();
    this.#objects.stop();
  }

  #start(): void {
    this.#objects.start().catch((cause: unknown) => this.#failed(cause));
  }

  async #list(): Promise<Awaited<ReturnType<typeof listObjects>>> {
    const { client, listPath, fieldSelector } = this.#collection;
    const list = await withDeadline(this.#stopped.signal, LIST_MS, (deadline) =>
      listObjects(client, { listPath, fieldSelector, deadline, trim }),
    );
    this.#hear();
    return list;
  }

  #hear(): void {
    const { log, listPath } = this.#collection;
    if (this.#failures > 0) log.info({ collection: listPath }, 'the watch works again');
    this.#failures = 0;
    this.#isRefused = false;
    this.#heardAt = performance.now();
  }

  #failed(cause: unknown): void {
    if (this.#stopped.signal.aborted) return;
    const { log, listPath } = this.#collection;
    this.#failures += 1;
    this.#isRefused = isRefusal(cause);
    if (this.#failures === 1) {
      log.warn({ collection: listPath, cause: errorText(cause) }, 'the watch failed; going on with what is known');
    }
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS);
    setTimeout(() => {
      if (!this.#stopped.signal.aborted) this.#start();
    }, pauseMs).unref();
  }
}

interface Listener {
  readonly stopped: AbortSignal;
  readonly hear: () => void;
}

/** client-node's watch, with credentials of its own for every connection, which tells when it hears of the server. */
class AttentiveWatch extends Watch {
  readonly #settings: KubeSettings;
  readonly #listener: Listener;

  constructor(settings: KubeSettings, listener: Listener) {
    super(new KubeConfig());
    this.#settings = settings;
    this.#listener = listener;
  }

  override async watch(...[path, query, onEvent, done]: Parameters<Watch['watch']>): Promise<AbortController> {
    const { stopped, hear } = this.#listener;
    let isOver = false;
    const end = (cause: unknown) => {
      isOver = true;
      done(cause);
    };
    const hearing: typeof onEvent = (phase, object, whole) => {
      // What is no event would be an error that client-node leaves to nobody.
      if (!isEvent(phase, object)) return;
      hear();
      onEvent(phase, object, whole);
    };
    try {
      const config = await withDeadline(stopped, CREDENTIALS_MS, (deadline) =>
        loadWatchConfig(this.#settings, deadline),
      );
      // Bookmarks tell that the server is there, and keep the place in its history fresh.
      const request = await new Watch(config).watch(path, { ...query, allowWatchBookmarks: true }, hearing, end);
      // ListWatch cannot end what it has not got yet.
      if (stopped.aborted) request.abort();
      else if (!isOver) hear();
      return request;
    } catch (cause) {
      end(cause);
      return new AbortController();
    }
  }
}

/** In place, for client-node keeps the object that it hands over. */
function trim(object: KubernetesObject & { spec?: unknown; status?: unknown; kind?: string }): void {
  const { metadata } = object;
  if (metadata) {
    delete metadata.managedFields;
    delete metadata.ownerReferences;
    // Recording asks for those of pods.
    if (object.spec !== undefined && !isPodSpec(object.spec)) delete metadata.labels;
    if (metadata.annotations) delete metadata.annotations[LAST_APPLIED];
  }
  delete object.status;
  if (isPodSpec(object.spec)) delete object.spec;
  if (JSON.stringify(object).length <= MOST_KEPT_CHARACTERS) return;
  delete object.spec;
  if (metadata) metadata.annotations = { [NOT_KEPT]: '' };
}

function isWhole({ metadata }: KubernetesObject): boolean {
  return metadata?.annotations?.[NOT_KEPT] === undefined;
}

/** True when the server is there and will say the same again. */
function isRefusal(cause: unknown): boolean {
  const status = (cause as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 && status !== TOO_MANY_REQUESTS;
}

function isEvent(phase: unknown, object: unknown): boolean {
  if (typeof object !== 'object' || object === null) return false;
  return phase === 'ERROR' || ('metadata' in object && typeof object.metadata === 'object' && object.metadata !== null);
}

function isPodSpec(spec: unknown): boolean {
  return typeof spec === 'object' && spec !== null && 'containers' in spec;
}
