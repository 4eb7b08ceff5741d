/**
 * Braid as a CNI plugin that does everything by itself: one request from environment and stdin, one answer on stdout.
 *
 * An edge: it chooses what the standalone form does in its own way, and leaves the rest to `serve-request.ts`.
 */
import { NODE_HOST } from './catalogue/node-host.ts';
import { CallDeadlines, withDeadline } from './deadline.ts';
import { deliver } from './deliver.ts';
import type { Environment } from './environment/environment.ts';
import { writeAnswer, writeStderr } from './environment/standard-streams.ts';
import { spawnDelegates } from './execute/spawn-delegate.ts';
import { endSurvivors } from './execute/survivors.ts';
import type { KubeClient, OpenKubeClient } from './kube/kube-client.ts';
import type { Log } from './log/log.ts';
import { openLog } from './log/pino-log.ts';
import { nodePorts, oneClientApi } from './node-ports.ts';
import { openWatch } from './open-watch.ts';
import { statusToApiServer } from './report/status-writer.ts';
import type { CniRequest } from './request/cni-request.ts';
import { type Form, type OpenedPorts, serveRequest } from './serve-request.ts';
import type { Ports } from './stages/ports.ts';
import type { Watch } from './watch.ts';

/** A status that nobody waits for may delay the end of an ADD by this much, in ms. */
const BEST_EFFORT_STATUS_MS = 3000;

/** What recordings and traces may delay it by: the runtime waits, and a pod with it. */
const HANDING_OVER_MS = 2000;

/** What a call by hand or a test puts in the place of the real thing. */
export interface PluginChanges {
  readonly ports?: (ports: Ports) => Ports;
  /** Objects in the place of the API server that is configured, if any is. */
  readonly cluster?: KubeClient | undefined;
  /** In the place of the signals that stop a process. */
  readonly stop?: AbortSignal | undefined;
  readonly openLog?: Form['openLog'];
  readonly answer?: Form['answer'];
}

/** Serves the request in `environment`; answers the exit status. Never throws. */
export async function runPlugin(environment: Environment, changes: PluginChanges = {}): Promise<0 | 1> {
  const stop = changes.stop ?? stopSignal();
  const { exitCode, deliveries, close } = await serveRequest({
    environment,
    openLog: changes.openLog ?? ((options) => openLog({ ...options, writeStderr })),
    openWatch,
    openPorts: (request, log, watch) => {
      const { ports, close } = standalonePorts(request, environment, { log, stop, cluster: changes.cluster, watch });
      return { ports: changes.ports?.(ports) ?? ports, close };
    },
    answer: changes.answer ?? (({ stdout }) => writeAnswer(stdout)),
  });
  const never = new AbortController().signal;
  await withDeadline(never, HANDING_OVER_MS, (patience) =>
    Promise.all(deliveries.map((each) => deliver(each, patience))),
  );
  await close();
  return exitCode;
}

interface Outside {
  readonly log: Log;
  readonly stop: AbortSignal;
  readonly cluster: KubeClient | undefined;
  readonly watch: Watch | undefined;
}

function standalonePorts(request: CniRequest, environment: Environment, outside: Outside): OpenedPorts {
  const { config } = request;
  const { log, stop, cluster, watch } = outside;
  const deadlines = new CallDeadlines(stop);
  const kube = cluster ? givenKubeClient(cluster) : lazyKubeClient(request);
  const statusMs =
    config.statusWriteBack === 'required' ? config.apiTimeoutMs : Math.min(config.apiTimeoutMs, BEST_EFFORT_STATUS_MS);
  const ports = nodePorts(request, {
    log,
    signal: stop,
    deadlines,
    hasApi: cluster !== undefined || config.kube !== undefined,
    api: oneClientApi(
      kube.open,
      statusToApiServer(kube.open, () => deadlines.start(statusMs)),
    ),
    runDelegate: spawnDelegates({ inherited: environment.variables, forwardStderr: writeStderr }),
    host: NODE_HOST,
    endSurvivors,
    watch,
  });
  const close = async () => {
    deadlines.end();
    await kube.close();
  };
  return { ports, close };
}

interface LazyKubeClient {
  readonly open: OpenKubeClient;
  close(): Promise<void>;
}

function givenKubeClient(client: KubeClient): LazyKubeClient {
  return { open: async () => client, close: async () => client.close() };
}

/** Most calls need no API server, so neither its client's code nor the kubeconfig is loaded before one does. */
function lazyKubeClient({ config }: CniRequest): LazyKubeClient {
  let client: Promise<KubeClient> | undefined;
  const connect = async (deadline: AbortSignal) => {
    const { loadNodeAccess } = await import('./kube/node-access.ts');
    const { openKubeClient } = await import('./kube/https-client.ts');
    return openKubeClient(await loadNodeAccess(config.kube, deadline));
  };
  return {
    open: (deadline) => (client ??= connect(deadline)),
    close: async () => {
      const opened = await client?.catch(() => undefined);
      opened?.close();
    },
  };
}

/** Fires on SIGTERM, SIGINT and SIGHUP: the delegate under way is killed, and what was done is taken back. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => stop.abort(new Error(`Braid got ${signal}`)));
  }
  return stop.signal;
}
