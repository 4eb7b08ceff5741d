/**
 * The clusters that requests name: nearly always one, that of the node's configuration.
 *
 * A request brings its configuration along, so the agent needs none of its own, and a changed one works from the next
 * request on. Only the most recently used few are kept.
 */
import type { KubeSettings } from '../../request/node-config.ts';
import { Cluster, type ClusterOptions } from './cluster.ts';

const MOST = 4;

/** Opens clusters as they are asked for. */
export class Clusters {
  readonly #options: Omit<ClusterOptions, 'settings'>;
  /** By their settings, the most recently used one last. */
  readonly #clusters = new Map<string, Cluster>();

  constructor(options: Omit<ClusterOptions, 'settings'>) {
    this.#options = options;
  }

  /** The cluster of these settings; one that is new begins its informers at once. */
  of(settings: KubeSettings): Cluster {
    const key = JSON.stringify(settings);
    const known = this.#clusters.get(key);
    const cluster = known ?? new Cluster({ ...this.#options, settings });
    this.#clusters.delete(key);
    this.#clusters.set(key, cluster);
    if (!known) this.#begin(cluster);
    return cluster;
  }

  get all(): readonly Cluster[] {
    return [...this.#clusters.values()];
  }

  close(): void {
    for (const cluster of this.#clusters.values()) cluster.close();
    this.#clusters.clear();
  }

  #begin(cluster: Cluster): void {
    cluster.warmUp().catch((cause: unknown) => this.#options.log.error({ cause: String(cause) }, 'no informers'));
    for (const [key, oldest] of this.#clusters) {
      if (this.#clusters.size <= MOST) return;
      oldest.close();
      this.#clusters.delete(key);
    }
  }
}
