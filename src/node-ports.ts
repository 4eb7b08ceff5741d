/**
 * The ports of a request on a node: its files, its API server, its journal.
 *
 * An edge: it chooses the adapters. What the forms of Braid do in different ways (running delegates, reaching the API
 * server, ending what an earlier call left) they pass in.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { HostFacts } from './catalogue/host-needs.ts';
import { openCatalogue } from './catalogue/open-catalogue.ts';
import type { CallDeadlines } from './deadline.ts';
import type { RunDelegate } from './execute/run-delegate.ts';
import type { OpenKubeClient } from './kube/kube-client.ts';
import { probeApiServer, probeCredentials } from './kube/probe-api-server.ts';
import type { Log } from './log/log.ts';
import { findPlugins as findPluginsHere } from './network/find-plugins.ts';
import { networkSource } from './network/from-all-sources.ts';
import type { FindPlugins } from './network/network-source.ts';
import { searchPath } from './plan/plan.ts';
import { podFromApiServer } from './pod/from-api-server.ts';
import { podFromCniArgs, podFromRuntimeConfig } from './pod/from-request.ts';
import { namespaceFromApiServer } from './pod/namespace-annotations.ts';
import type { PodSource } from './pod/pod-source.ts';
import { deviceInfoOnDisk } from './report/device-info-on-disk.ts';
import type { WriteStatus } from './report/status-writer.ts';
import type { CniRequest } from './request/cni-request.ts';
import type { Ports } from './stages/ports.ts';
import { openStateDir } from './state/on-disk.ts';
import type { Watch } from './watch.ts';

/** STATUS must have its answer within 2 s, so what it asks of the API server ends before, in ms. */
const STATUS_API_MS = 1500;

/** The way to the API server. */
export interface ApiSide {
  /** For what pods and networks are looked up by. */
  readonly open: OpenKubeClient;
  /** For whether the server itself answers. */
  readonly openLive: OpenKubeClient;
  /** By `open`, or from what is known already. */
  readonly pods: (open: OpenKubeClient, startDeadline: () => AbortSignal) => PodSource;
  readonly writeStatus: WriteStatus;
}

/** The way where one client does for all. */
export function oneClientApi(open: OpenKubeClient, writeStatus: WriteStatus): ApiSide {
  return { open, openLive: open, pods: podFromApiServer, writeStatus };
}

/** What a form of Braid gives. */
export interface NodeSide {
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly deadlines: CallDeadlines;
  /** False where there is no API server to ask: then nothing of `api` is used. */
  readonly hasApi: boolean;
  readonly api: ApiSide;
  readonly runDelegate: RunDelegate;
  readonly host: HostFacts;
  readonly endSurvivors: Ports['endSurvivors'];
  /** Absent: plugins are looked for in the folders of this machine. */
  readonly findPlugins?: FindPlugins;
  /** Who looks on, if anybody does. */
  readonly watch?: Watch | undefined;
}

/** The ports of `request`. Nothing is opened or read before a port is used. */
export function nodePorts(request: CniRequest, side: NodeSide): Ports {
  const { config } = request;
  const { api, hasApi, watch } = side;
  const unwatched = side.findPlugins ?? findPluginsHere;
  const findPlugins = watch?.findPlugins(unwatched) ?? unwatched;
  const open = watch?.client(api.open) ?? api.open;
  const openLive = watch?.client(api.openLive) ?? api.openLive;
  const apiMs = request.verb === 'STATUS' ? Math.min(config.apiTimeoutMs, STATUS_API_MS) : config.apiTimeoutMs;
  const startDeadline = () => side.deadlines.start(apiMs);
  const fromRuntime = podFromRuntimeConfig(config.runtimeConfig);
  const fromArgs = podFromCniArgs(request.podArgs);
  const places = placesOf(request, findPlugins);
  const ports: Ports = {
    podSources: [fromRuntime, ...(hasApi ? [api.pods(open, startDeadline)] : []), fromArgs],
    localPodSources: [fromRuntime, fromArgs],
    readNamespace: hasApi && config.hasNamespaceDefaults ? namespaceFromApiServer(open, startDeadline) : undefined,
    networks: networkSource({ ...places, api: hasApi ? { open, startDeadline } : undefined }),
    localNetworks: networkSource({ ...places, api: undefined }),
    findPlugins,
    openCatalogue: places.openCatalogue,
    runDelegate: side.runDelegate,
    state: openStateDir(config.stateDir),
    endSurvivors: side.endSurvivors,
    isThere: existsSync,
    host: side.host,
    deviceInfo: deviceInfoOnDisk,
    removeFile: (path) => rm(path, { force: true }),
    probeApiServer: hasApi
      ? (deadline) => (config.hasPodAnnotations ? probeCredentials : probeApiServer)(openLive, deadline)
      : undefined,
    writeStatus: hasApi && config.statusWriteBack !== 'off' ? api.writeStatus : undefined,
    log: side.log,
    signal: side.signal,
  };
  return watch?.ports(ports) ?? ports;
}

function placesOf(request: CniRequest, findPlugins: FindPlugins) {
  const folders = searchPath(request);
  return {
    openCatalogue: openCatalogue(request.config.profileDir),
    confDir: request.config.confDir,
    ownType: request.ownType,
    isPluginThere: async (types: readonly string[]) => {
      const lookups = await findPlugins(types, folders);
      return types.every((type) => lookups.get(type)?.kind === 'found');
    },
  };
}
