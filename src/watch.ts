/** Whoever looks on at a request, as a recording does: the port. What is looked on at goes on as it would. */
import type { Delivery } from './deliver.ts';
import type { OpenKubeClient } from './kube/kube-client.ts';
import type { FindPlugins } from './network/network-source.ts';
import type { Ports } from './stages/ports.ts';

/** The call as it came. */
export interface ServedCall {
  readonly variables: Readonly<Record<string, string>>;
  readonly stdin: string;
}

/** One look at one request. No method throws, nor may what it gives back fail where the original would not. */
export interface Watch {
  /** Ports that do what `ports` do. */
  ports(ports: Ports): Ports;
  /** A client of the API server that does what that of `open` does. */
  client(open: OpenKubeClient): OpenKubeClient;
  /** A look-up of plugins that finds what `find` does, for the ports and for what lies behind them. */
  findPlugins(find: FindPlugins): FindPlugins;
  /**
   * The request has its answer, and what was to be done after it is done. Not called for one that is served elsewhere. Looks
   * at the node as the request leaves it; whatever may take longer is a delivery.
   */
  end(answer: { readonly exitCode: 0 | 1; readonly stdout: string }): Promise<readonly Delivery[]>;
}

/** All of them as one; `undefined` where there is none. The last one is the nearest to the pipeline. */
export function allWatches(watches: readonly Watch[]): Watch | undefined {
  if (watches.length < 2) return watches[0];
  return {
    ports: (ports) => watches.reduce((before, watch) => watch.ports(before), ports),
    client: (open) => watches.reduce((before, watch) => watch.client(before), open),
    findPlugins: (find) => watches.reduce((before, watch) => watch.findPlugins(before), find),
    end: async (answer) => (await Promise.all(watches.map((watch) => watch.end(answer)))).flat(),
  };
}
