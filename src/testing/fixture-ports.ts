/**
 * The ports of a fixture's node: those of a real node (`node-ports.ts`), with a folder for its root and a scripted API server.
 *
 * An edge: it chooses the adapters.
 */
import type { CallDeadlines } from '../deadline.ts';
import type { RunDelegate } from '../execute/run-delegate.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Log } from '../log/log.ts';
import { nodePorts, oneClientApi } from '../node-ports.ts';
import { statusToApiServer } from '../report/status-writer.ts';
import type { CniRequest } from '../request/cni-request.ts';
import type { Ports } from '../stages/ports.ts';
import type { Watch } from '../watch.ts';
import type { ScratchNode } from './scratch-node.ts';

/** A status that nobody waits for may take as long as in the plugin, in ms. */
const STATUS_MS = 3000;

/** What they are made of. */
export interface FixtureSide {
  readonly node: ScratchNode;
  readonly client: KubeClient;
  readonly runDelegate: RunDelegate;
  /** The path of one more namespace that is gone. */
  readonly gone: string | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly deadlines: CallDeadlines;
  readonly watch?: Watch | undefined;
}

/** The ports of `request`, whose paths are those of the node. */
export function fixturePorts(request: CniRequest, side: FixtureSide): Ports {
  const { node, client, log, signal, deadlines, watch } = side;
  const { statusWriteBack, apiTimeoutMs, kube } = request.config;
  const open = async () => client;
  const statusMs = statusWriteBack === 'required' ? apiTimeoutMs : Math.min(apiTimeoutMs, STATUS_MS);
  const ports = nodePorts(node.placed(request), {
    host: node.host(side.gone),
    findPlugins: node.findPlugins,
    log,
    signal,
    deadlines,
    hasApi: kube !== undefined,
    api: oneClientApi(
      open,
      statusToApiServer(open, () => deadlines.start(statusMs)),
    ),
    runDelegate: side.runDelegate,
    endSurvivors: async () => [],
    // The client and plugins alone: the other ports are still to be those of this node.
    watch: watch && { ...watch, ports: (unwatched) => unwatched },
  });
  const own = { ...ports, ...node.ports(ports) };
  return watch?.ports(own) ?? own;
}
