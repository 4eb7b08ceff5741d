/**
 * What an ADD of one pod would run and why, or with what it would fail: the pipeline's own plan, with these ports.
 *
 * Nothing is run, locked or written. What only the runtime knows (the container, its namespace) has a name in its place.
 */
import { CallDeadlines } from '../../deadline.ts';
import { toCniError } from '../../errors.ts';
import { explainAdd } from '../../explain-add.ts';
import type { Log } from '../../log/log.ts';
import { SILENT_LOG } from '../../log/silent-log.ts';
import { nodePorts, oneClientApi } from '../../node-ports.ts';
import type { CniRequest } from '../../request/cni-request.ts';
import { argsText, madeRequest, runtimeArgs } from '../../request/made-request.ts';
import type { ExplainedCluster } from './cluster.ts';
import {
  attachmentsOf,
  decisionOf,
  type PodExplanation,
  type PodTitle,
  placeText,
  type ShownError,
} from './explanation.ts';
import type { NodeSetting } from './node-setting.ts';
import { type AskedPod, type ExplainedPod, podRuntimeConfig } from './pod.ts';

/** Only the runtime knows it. */
const CONTAINER = 'CONTAINER';

/** Explains one pod. Never throws for what an ADD would fail with, nor for a pod that is none: that is the answer. */
export async function explainPod(
  pod: AskedPod,
  { node, cluster, signal }: { node: NodeSetting; cluster: ExplainedCluster; signal: AbortSignal },
): Promise<PodExplanation> {
  const { namespace, name, place, madeBy } = pod;
  const title = { namespace, name, ...(place && { place: placeText(place) }), ...(madeBy && { madeBy }) };
  if ('fault' in pod) return { ...title, outcome: 'unexplained', error: errorOf(pod.fault), warnings: [], notes: [] };
  if (pod.isOnHostNetwork) return { ...title, outcome: 'host-network', warnings: [], notes: [] };
  const deadlines = new CallDeadlines(signal);
  try {
    return await explainRequest(title, () => requestOf(pod, node), {
      placeOf: cluster.placeOf,
      ports: (request, log) => portsOf(request, { node, cluster, signal, deadlines, log }),
    });
  } finally {
    deadlines.end();
  }
}

/** What explains a request. */
export interface RequestSurroundings {
  readonly placeOf: ExplainedCluster['placeOf'];
  readonly ports: (request: CniRequest, log: Log) => Parameters<typeof explainAdd>[1];
}

/** Explains one ADD. Never throws for what it would fail with, and be it that no request can be made: that is the answer. */
export async function explainRequest(
  title: PodTitle,
  makeRequest: () => CniRequest,
  { placeOf, ports }: RequestSurroundings,
): Promise<PodExplanation> {
  const said = collectingLog();
  const { warnings, notes } = said;
  try {
    const request = makeRequest();
    const explanation = await explainAdd(request, ports(request, said.log));
    return {
      ...title,
      outcome: 'planned',
      decision: decisionOf(explanation),
      annotationsFrom: explanation.pod.origin,
      attachments: attachmentsOf(explanation, placeOf),
      ...(explanation.defaultRoute ? { defaultRoute: explanation.defaultRoute } : {}),
      warnings,
      notes,
    };
  } catch (cause) {
    return { ...title, outcome: 'failed', error: errorOf(cause), warnings, notes };
  }
}

/** As an ADD prints it. */
function errorOf(cause: unknown): ShownError {
  const { code, message, details } = toCniError(cause);
  return { code, msg: message, details };
}

/** For a port that nothing of an explanation uses. */
export const nothingRuns = () => Promise.reject(new Error('an explanation runs nothing'));

/** The request as containerd makes it. */
function requestOf(pod: ExplainedPod, node: NodeSetting): CniRequest {
  const { namespace, name, uid = 'UID' } = pod;
  const given = Object.entries(node.runtimeConfig).filter(([capability]) => node.capabilities.includes(capability));
  const runtimeConfig = { ...podRuntimeConfig(pod, node.capabilities), ...Object.fromEntries(given) };
  return madeRequest({
    verb: 'ADD',
    containerId: CONTAINER,
    netns: `/var/run/netns/${CONTAINER}`,
    searchPath: node.pluginDirs,
    args: argsText(runtimeArgs({ namespace, name, uid }, CONTAINER)),
    raw: { ...node.raw, runtimeConfig },
  });
}

interface Surroundings {
  readonly node: NodeSetting;
  readonly cluster: ExplainedCluster;
  readonly signal: AbortSignal;
  readonly deadlines: CallDeadlines;
  readonly log: Log;
}

/** The plugin's own ports, with another way to the cluster and, where plugins are assumed, another machine. */
function portsOf(request: CniRequest, { node, cluster, signal, deadlines, log }: Surroundings) {
  const open = async () => cluster.client;
  const { findPlugins, isThere, host } = node.machine;
  const ports = nodePorts(request, {
    log,
    signal,
    deadlines,
    hasApi: request.config.kube !== undefined,
    api: oneClientApi(open, nothingRuns),
    runDelegate: nothingRuns,
    endSurvivors: nothingRuns,
    findPlugins,
    host,
  });
  return { ...ports, isThere };
}

/** What is said while planning; which networks were selected stands in the plan. */
function collectingLog(): { log: Log; warnings: string[]; notes: string[] } {
  const warnings: string[] = [];
  const notes: string[] = [];
  const log: Log = {
    ...SILENT_LOG,
    info: (fields, message) => void (fields['event'] === 'selected' || notes.push(message)),
    warn: (_fields, message) => void warnings.push(message),
    error: (_fields, message) => void warnings.push(message),
  };
  return { log, warnings, notes };
}
