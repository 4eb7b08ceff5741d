/**
 * The ports of a call that the agent serves: the node's, with the launcher for delegates, informers for reads, and a queue
 * for statuses.
 *
 * What only a process in the host's own context can do is left to the standalone program, before anything is done.
 */
import { dirname, normalize } from 'node:path';
import type { HostFacts } from '../catalogue/host-needs.ts';
import { NODE_HOST } from '../catalogue/node-host.ts';
import { CallDeadlines } from '../deadline.ts';
import type { Log } from '../log/log.ts';
import { nodePorts } from '../node-ports.ts';
import { searchPath } from '../plan/plan.ts';
import { statusToApiServer } from '../report/status-writer.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { NotServedHere, type OpenedPorts } from '../serve-request.ts';
import type { Ports } from '../stages/ports.ts';
import type { Watch } from '../watch.ts';
import type { AgentMetrics } from './agent-metrics.ts';
import type { Clusters } from './cluster/clusters.ts';
import type { StatusQueue } from './cluster/status-queue.ts';
import type { LauncherSession } from './launcher-session.ts';
import { measuredPorts } from './measured-ports.ts';
import { orderDelegates } from './order-delegates.ts';

/** What all calls of an agent share. */
export interface AgentSide {
  readonly clusters: Clusters;
  readonly statuses: StatusQueue;
  readonly metrics: AgentMetrics;
}

/** Opens the ports of one call. Throws: NotServedHere for what the standalone program must do. */
export function agentPorts(
  request: CniRequest,
  session: LauncherSession,
  side: AgentSide & { readonly log: Log; readonly watch: Watch | undefined },
): OpenedPorts {
  refuseForeignWork(request);
  const deadlines = new CallDeadlines(session.stop);
  const { kube } = request.config;
  const cluster = kube && side.clusters.of(kube);
  const open = cluster?.openLive ?? (() => Promise.reject(new Error('no API server is configured')));
  const isRequired = request.config.statusWriteBack === 'required';
  const ports = nodePorts(request, {
    log: side.log,
    watch: side.watch,
    signal: session.stop,
    deadlines,
    hasApi: request.config.kube !== undefined,
    api: {
      open: cluster?.open ?? open,
      openLive: open,
      pods: (_open, startDeadline) => cluster?.pods(startDeadline) ?? { find: async () => ({ kind: 'silent' }) },
      writeStatus: isRequired
        ? statusToApiServer(open, () => deadlines.start(request.config.apiTimeoutMs))
        : side.statuses.writer(open),
    },
    runDelegate: orderDelegates(session, request.cniVersion),
    host: AGENT_HOST,
    endSurvivors: async () => {
      // Other processes of the node are not the agent's to see: it may live in a namespace of its own.
      throw new NotServedHere('survivors of a killed call');
    },
  });
  const measured = measuredPorts(ports, request.verb, side.metrics);
  return {
    ports: handingOverJournal(withinCniPath(measured, request)),
    close: async () => deadlines.end(),
  };
}

/**
 * The agent may live in a container: what it sees there need not be what the host has, and what it does not see says nothing.
 * Kernel modules are the kernel's, but their indexes are files, and those of another system than the host's name others.
 */
const AGENT_HOST: HostFacts = {
  file: async (path) => ((await NODE_HOST.file(path)) === 'there' ? 'there' : 'unknown'),
  kernelModule: (name) => (NODE_HOST.kernelModule(name) === 'there' ? 'there' : 'unknown'),
  namespace: NODE_HOST.namespace,
  demandSight: () => {
    throw new NotServedHere('what only the host shows');
  },
};

/** Plugins that lie outside CNI_PATH are none that the launcher would run. */
function refuseForeignWork(request: CniRequest): void {
  if (!searchPath(request).every((folder) => isRunnable(normalize(folder), request))) {
    throw new NotServedHere('plugins outside CNI_PATH');
  }
}

/** What a service may be kept from and the standalone program is not: a read-only view of the file system, or no rights. */
const KEPT_OUT: ReadonlySet<unknown> = new Set(['EROFS', 'EACCES', 'EPERM']);
/** No file descriptor is left. */
const SHORTAGE: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE']);

/** Nothing has run before a record is written, so another process can still do all of it. */
function handingOverJournal(ports: Ports): Ports {
  const write: Ports['state']['write'] = async (record) => {
    try {
      await ports.state.write(record);
    } catch (cause) {
      if (!KEPT_OUT.has(originCode(cause))) throw cause;
      throw new NotServedHere('no access to the journal');
    }
  };
  return { ...ports, state: { ...ports.state, write } };
}

/** The plugins of an old record may lie where they could be found then. */
function withinCniPath(ports: Ports, request: CniRequest): Ports {
  return {
    ...ports,
    findPlugins: async (types, folders) => {
      const lookups = await ports.findPlugins(types, folders);
      const found = [...lookups.values()].filter((lookup) => lookup.kind === 'found');
      if (found.every(({ path }) => isRunnable(dirname(path), request))) return lookups;
      throw new NotServedHere('plugins outside CNI_PATH');
    },
  };
}

/** True for an error that a process with file descriptors of its own would not meet. */
export function isShortage(error: unknown): boolean {
  return error instanceof Error && (SHORTAGE.has((error as NodeJS.ErrnoException).code) || isShortage(error.cause));
}

/** What the system said, where one of our errors stems from that. */
function originCode(error: unknown): unknown {
  const origin = error instanceof Error ? error.cause : undefined;
  return origin instanceof Error && 'code' in origin ? origin.code : undefined;
}

/** Letter by letter, as the launcher looks at it; slashes at the end do not count. */
function isRunnable(folder: string, request: Pick<CniRequest, 'searchPath'>): boolean {
  return request.searchPath.some((known) => withoutEnd(known) === withoutEnd(folder));
}

function withoutEnd(folder: string): string {
  return folder.replace(/\/+$/, '');
}
