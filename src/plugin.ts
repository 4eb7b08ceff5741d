/**
 * Braid as a CNI plugin: one request from environment and stdin, one answer on stdout, an exit status.
 *
 * An edge: it chooses the adapters and calls the pipeline. Invariant: stdout gets exactly one JSON document or, for a
 * successful DEL, CHECK, GC or STATUS, nothing; a failure has exit status 1 and never a stack.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Environment } from './environment/environment.ts';
import { writeAnswer, writeStderr } from './environment/standard-streams.ts';
import { errorText, toCniError } from './errors.ts';
import { spawnDelegates } from './execute/spawn-delegate.ts';
import { endSurvivors } from './execute/survivors.ts';
import type { KubeClient, OpenKubeClient } from './kube/kube-client.ts';
import { probeApiServer } from './kube/probe-api-server.ts';
import type { Log } from './log/log.ts';
import { openLog } from './log/pino-log.ts';
import { findPlugins } from './network/find-plugins.ts';
import { networkSource } from './network/from-all-sources.ts';
import { type Answer, add, check, del, gc, status } from './pipeline.ts';
import { searchPath } from './plan/plan.ts';
import { podFromApiServer } from './pod/from-api-server.ts';
import { podFromCniArgs, podFromRuntimeConfig } from './pod/from-request.ts';
import { namespaceFromApiServer } from './pod/namespace-annotations.ts';
import { deviceInfoOnDisk } from './report/device-info-on-disk.ts';
import { statusToApiServer } from './report/status-writer.ts';
import { type CniRequest, parseRequest, RequestError } from './request/cni-request.ts';
import { errorAnswer, versionAnswer } from './result/answer.ts';
import type { Ports } from './stages/ports.ts';
import { openStateDir } from './state/on-disk.ts';

/** A status that nobody waits for may delay the end of an ADD by this much, in ms. */
const BEST_EFFORT_STATUS_MS = 3000;

/** STATUS must have its answer within 2 s, so what it asks of the API server ends before, in ms. */
const STATUS_API_MS = 1500;

const NOTHING_MORE = async () => undefined;

/** What a test may put in the place of the real thing. */
export type PortOverrides = (ports: Ports) => Ports;

/** Serves the request in `environment`; answers the exit status. Never throws. */
export async function runPlugin(environment: Environment, override: PortOverrides = (ports) => ports): Promise<0 | 1> {
  let request: CniRequest | undefined;
  try {
    request = parseRequest(environment);
    if (!request) return writeAnswer(versionAnswer()) ? 0 : 1;
  } catch (cause) {
    writeAnswer(errorAnswer(toCniError(cause), cause instanceof RequestError ? cause.cniVersion : undefined));
    return 1;
  }
  const log = openLog({
    level: request.config.logLevel,
    file: request.config.logFile,
    hasStderr: request.config.hasStderrLog,
    bound: { command: request.verb, containerId: request.containerId, ifName: request.ifName },
  });
  for (const warning of request.warnings) log.warn({}, warning);
  const status = await serve(request, environment, { log, override });
  await log.flush();
  return status;
}

interface Serving {
  readonly log: Log;
  readonly override: PortOverrides;
}

async function serve(request: CniRequest, environment: Environment, { log, override }: Serving): Promise<0 | 1> {
  const stop = stopSignal();
  const kube = lazyKubeClient(request);
  try {
    const answer = await answerTo(request, override(realPorts(request, environment, { log, kube, stop })));
    // A runtime that no longer reads will call DEL; there is nobody left to tell.
    if (!writeAnswer(answer.stdout)) return 1;
    // The answer is out: from here on nothing may become a second one.
    await answer.afterwards().catch((cause: unknown) => log.warn({ cause: errorText(cause) }, 'after the answer'));
    return 0;
  } catch (cause) {
    const error = toCniError(cause);
    log.error({ code: error.code, details: error.details }, error.message);
    writeAnswer(errorAnswer(error, request.cniVersion));
    return 1;
  } finally {
    await kube.close();
  }
}

async function answerTo(request: CniRequest, ports: Ports): Promise<Answer> {
  switch (request.verb) {
    case 'ADD':
      return add(request, ports);
    case 'DEL':
      await del(request, ports);
      break;
    case 'CHECK':
      await check(request, ports);
      break;
    case 'GC':
      await gc(request, ports);
      break;
    case 'STATUS':
      await status(request, ports);
      break;
  }
  return { stdout: '', afterwards: NOTHING_MORE };
}

interface Outside {
  readonly log: Log;
  readonly kube: LazyKubeClient;
  readonly stop: AbortSignal;
}

function realPorts(request: CniRequest, environment: Environment, { log, kube, stop }: Outside): Ports {
  const { config } = request;
  const fromRuntime = podFromRuntimeConfig(config.runtimeConfig);
  const fromArgs = podFromCniArgs(request.podArgs);
  const apiMs = request.verb === 'STATUS' ? Math.min(config.apiTimeoutMs, STATUS_API_MS) : config.apiTimeoutMs;
  const apiDeadline = () => AbortSignal.any([stop, AbortSignal.timeout(apiMs)]);
  const statusMs =
    config.statusWriteBack === 'required' ? config.apiTimeoutMs : Math.min(config.apiTimeoutMs, BEST_EFFORT_STATUS_MS);
  const statusDeadline = () => AbortSignal.any([stop, AbortSignal.timeout(statusMs)]);
  const folders = searchPath(request);
  const places = {
    confDir: config.confDir,
    ownType: request.ownType,
    isPluginThere: async (types: readonly string[]) => {
      const lookups = await findPlugins(types, folders);
      return types.every((type) => lookups.get(type)?.kind === 'found');
    },
  };
  const isStatusWanted = config.kube !== undefined && config.statusWriteBack !== 'off';
  return {
    podSources: [fromRuntime, ...(config.kube ? [podFromApiServer(kube.open, apiDeadline)] : []), fromArgs],
    localPodSources: [fromRuntime, fromArgs],
    readNamespace:
      config.kube && config.hasNamespaceDefaults ? namespaceFromApiServer(kube.open, apiDeadline) : undefined,
    networks: networkSource({ ...places, api: config.kube && { open: kube.open, startDeadline: apiDeadline } }),
    localNetworks: networkSource({ ...places, api: undefined }),
    findPlugins,
    runDelegate: spawnDelegates({ inherited: environment.variables, forwardStderr: writeStderr }),
    state: openStateDir(config.stateDir),
    endSurvivors,
    isThere: existsSync,
    deviceInfo: deviceInfoOnDisk,
    removeFile: (path) => rm(path, { force: true }),
    probeApiServer:
      config.kube && !config.hasPodAnnotations ? (deadline) => probeApiServer(kube.open, deadline) : undefined,
    writeStatus: isStatusWanted ? statusToApiServer(kube.open, statusDeadline) : undefined,
    log,
    signal: stop,
  };
}

interface LazyKubeClient {
  readonly open: OpenKubeClient;
  close(): Promise<void>;
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

/** Fires on SIGTERM and SIGINT: the delegate under way is killed, and what was done is taken back. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => stop.abort(new Error(`Braid got ${signal}`)));
  }
  return stop.signal;
}
