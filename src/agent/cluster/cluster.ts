/**
 * One API server as the agent knows it: answers from informers where they have them, live ones for all else.
 *
 * An informer is begun for each collection of which an object is asked for. Which objects there are not is never answered
 * from an informer: a new one can be ahead of the watch.
 */
import type { KubeClient, KubeResponse, OpenKubeClient } from '../../kube/kube-client.ts';
import type { Log } from '../../log/log.ts';
import { podFromApiServer, podPath } from '../../pod/from-api-server.ts';
import { podFromInformer } from '../../pod/from-informer.ts';
import type { PodSource } from '../../pod/pod-source.ts';
import type { KubeSettings } from '../../request/node-config.ts';
import type { Informer } from './informer.ts';
import { liveClient, type OnLiveGet, PODS } from './live-client.ts';
import { parseObjectPath } from './object-path.ts';
import { RenewedClient } from './renewed-client.ts';

/** What nearly every pod with annotations needs. */
const DEFINITIONS = '/apis/k8s.cni.cncf.io/v1/network-attachment-definitions';
/** Many calls share them, and lists: what waits for an answer must not hold up the rest. */
const CONNECTIONS = 32;

/** Which cluster, and who we are in it. */
export interface ClusterOptions {
  readonly settings: KubeSettings;
  /** Only this node's pods are watched; without a name no pods are. */
  readonly nodeName: string | undefined;
  readonly onLiveGet: OnLiveGet;
  readonly log: Log;
}

/** A cluster; `close` ends its informers and connections. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #live: RenewedClient;
  readonly #informers = new Map<string, Informer>();
  /** Those that are being begun, or are there. */
  readonly #begun = new Set<string>();
  readonly #asking: KubeClient;
  #isClosed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#live = new RenewedClient(async (deadline) => {
      const { loadNodeAccess } = await import('../../kube/node-access.ts');
      const { openKubeClient } = await import('../../kube/https-client.ts');
      return openKubeClient(await loadNodeAccess(options.settings, deadline), CONNECTIONS);
    });
    this.#asking = liveClient({ ...options, open: this.openLive, informers: this.#informers });
  }

  /** By collection. */
  get informers(): ReadonlyMap<string, Informer> {
    return this.#informers;
  }

  /** Begins what nearly every ADD needs; resolves when that is under way. */
  async warmUp(): Promise<void> {
    await Promise.all([PODS, DEFINITIONS].map((listPath) => this.#watch(listPath)));
  }

  /** A client that asks the server itself. Throws when used: code 7 when the credentials cannot be loaded. */
  readonly openLive: OpenKubeClient = (deadline) => this.#live.prepare(deadline);

  /** A client that answers from the informers first. */
  readonly open: OpenKubeClient = async () => this.#informed;

  /** The pods of this node, from the informer first; `startDeadline` begins what covers a live answer. */
  pods(startDeadline: () => AbortSignal): PodSource {
    const live = podFromApiServer(async () => this.#asking, startDeadline);
    return podFromInformer((identity) => this.#cached(podPath(identity)), live);
  }

  close(): void {
    this.#isClosed = true;
    for (const informer of this.#informers.values()) informer.stop();
    this.#live.close();
  }

  readonly #informed: KubeClient = {
    get: async (path, deadline): Promise<KubeResponse> => {
      const body = this.#cached(path);
      if (body !== undefined) return { kind: 'ok', body };
      return this.#asking.get(path, deadline);
    },
    mergePatch: (path, body, deadline) => this.#asking.mergePatch(path, body, deadline),
    close: () => undefined,
  };

  #cached(path: string): unknown {
    const place = parseObjectPath(path);
    if (!place) return undefined;
    const informer = this.#informers.get(place.listPath);
    if (!informer) void this.#watch(place.listPath);
    return informer?.get(place.namespace, place.name);
  }

  async #watch(listPath: string): Promise<void> {
    const { settings, nodeName, log } = this.#options;
    const isOfOtherNodes = listPath === PODS && nodeName === undefined;
    if (isOfOtherNodes || this.#begun.has(listPath)) return;
    this.#begun.add(listPath);
    // client-node is large, and an agent without an API server never needs it.
    const { Informer } = await import('./informer.ts');
    if (this.#isClosed) return;
    const fieldSelector = listPath === PODS ? `spec.nodeName=${nodeName}` : undefined;
    this.#informers.set(listPath, new Informer({ settings, client: this.#live, listPath, fieldSelector, log }));
  }
}
