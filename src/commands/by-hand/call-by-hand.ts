/**
 * One call as a runtime makes it, from what a person said: variables and stdin in, the document of stdout out.
 *
 * What serves it is the plugin itself (`plugin.ts`). Changed are the ports that a person's call must not have: the log of the
 * node and the status in the cluster are left alone, and what ran is noted.
 */
import type { Environment } from '../../environment/environment.ts';
import type { CniError } from '../../errors.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { runPlugin } from '../../plugin.ts';
import type { CniRequest } from '../../request/cni-request.ts';
import type { JsonObject } from '../../schema/json.ts';
import type { GivenAnswer } from '../../serve-request.ts';
import type { Ports } from '../../stages/ports.ts';
import { type ChosenNetwork, openHandLog } from './hand-log.ts';
import { type CallConfig, callConfig, type NodeFile, nodeFileNotes } from './node-file.ts';
import { type ObservedCall, observed } from './observed-call.ts';
import { refuseOccupied } from './refuse-occupied.ts';

/** What is called. Members that a verb does not use are empty. */
export interface HandCall {
  readonly verb: CniRequest['verb'];
  readonly node: NodeFile;
  readonly containerId: string;
  readonly netns: string;
  readonly ifName: string;
  /** CNI_ARGS. */
  readonly args: string;
  /** CNI_PATH. */
  readonly cniPath: string;
  readonly config: CallConfig;
  /** True: signals do not end it half-way, as for what takes an ADD back; its deadlines do. */
  readonly isDeaf?: boolean;
  /** ADD: others may have made interfaces in the namespace. */
  readonly isLivedIn?: boolean;
  /** Manifests in the place of the API server. */
  readonly cluster?: KubeClient | undefined;
}

/** What came of it. */
export interface HandRun {
  readonly call: HandCall;
  /** What stood on stdout; empty where a verb that succeeded prints nothing. */
  readonly document: JsonObject;
  readonly error: CniError | undefined;
  readonly chosen: readonly ChosenNetwork[];
  /** Every run of a delegate, in order. */
  readonly calls: readonly ObservedCall[];
  readonly notes: readonly string[];
  /** The annotations that a runtime's call would have written to the pod. */
  readonly unwrittenStatus: Readonly<Record<string, string>> | undefined;
  readonly durationMs: number;
}

/** Calls. Never throws what the call itself fails with. */
export async function callByHand(call: HandCall, environment: Environment): Promise<HandRun> {
  const { log, notes, chosen } = openHandLog();
  const calls: ObservedCall[] = [];
  let given: GivenAnswer | undefined;
  let unwrittenStatus: HandRun['unwrittenStatus'];
  const changed = (ports: Ports): Ports => ({
    ...ports,
    ...(call.isLivedIn && { beforeAttaching: refuseOccupied }),
    runDelegate: observed(ports.runDelegate, (each) => calls.push(each)),
    writeStatus:
      ports.writeStatus &&
      (async (_pod, annotations) => {
        unwrittenStatus = annotations;
        return undefined;
      }),
  });
  const startedAt = performance.now();
  await runPlugin(callEnvironment(call, environment), {
    ports: changed,
    cluster: call.cluster,
    stop: call.isDeaf ? new AbortController().signal : undefined,
    openLog: () => log,
    answer: (answer) => {
      given = answer;
      return true;
    },
  });
  const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
  const document: JsonObject = given?.stdout ? JSON.parse(given.stdout) : {};
  const before = nodeFileNotes(call.node, call.verb, {
    runtimeConfig: call.config.runtimeConfig,
    hasPod: call.config.annotations !== undefined || call.cluster !== undefined,
  });
  return {
    call,
    document,
    error: given?.error,
    chosen,
    calls,
    notes: [...before, ...notes],
    unwrittenStatus,
    durationMs,
  };
}

/** The surroundings that a runtime would give. */
export function callEnvironment(call: HandCall, environment: Environment): Environment {
  const { verb, node, config } = call;
  return {
    ...environment,
    variables: {
      ...environment.variables,
      CNI_COMMAND: verb,
      CNI_CONTAINERID: call.containerId,
      CNI_NETNS: call.netns,
      CNI_IFNAME: call.ifName,
      CNI_ARGS: call.args,
      CNI_PATH: call.cniPath,
    },
    readStdin: () => JSON.stringify(callConfig(node, verb, config)),
  };
}
