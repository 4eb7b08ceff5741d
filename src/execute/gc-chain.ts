/** GC and STATUS of one network's chain: verbs about a network rather than a container. Spec §2 "GC", "STATUS". */
import * as z from 'zod/mini';
import { type CniError, ErrorCode, toCniError } from '../errors.ts';
import { NEWEST_VERSION } from '../schema/cni-version.ts';
import { DELEGATE_MARK } from '../schema/delegate-mark.ts';
import { type JsonObject, withoutKeys } from '../schema/json.ts';
import { explained } from './explain-failure.ts';
import { errorCode, requireSuccess } from './interpret-run.ts';
import { type Chain, type ChainContext, inContext, logRun, pluginPath } from './run-chain.ts';

/** An attachment as the keys of GC spell it. */
export interface GcAttachment {
  readonly containerID: string;
  readonly ifname: string;
}

const versionShape = z.object({ supportedVersions: z.array(z.string()) });

/** Runs GC on every plugin with this network's own list, under both of its names; answers all errors. */
export async function gcChain(
  chain: Chain,
  valid: readonly GcAttachment[],
  context: ChainContext,
): Promise<CniError[]> {
  const faults: CniError[] = [];
  for (const { type, config } of chain.plugins) {
    try {
      const keys = { 'cni.dev/valid-attachments': valid, 'cni.dev/attachments': valid };
      await runForNetwork('GC', { chain, type, config: { ...networkConfig(config), ...keys } }, context);
    } catch (cause) {
      faults.push(toCniError(cause));
    }
  }
  return faults;
}

/**
 * Runs STATUS along the chain. A plugin that does not know the list's version is passed over: it would call STATUS an
 * unknown command, and the node would be taken for broken. Throws: the first plugin's error.
 */
export async function statusChain(chain: Chain, context: ChainContext): Promise<void> {
  for (const { type, config } of chain.plugins) {
    if (!(await speaks(chain.cniVersion, { chain, type, config }, context))) continue;
    await runForNetwork('STATUS', { chain, type, config: networkConfig(config) }, context);
  }
}

/** These verbs get name and version, nothing of a container. */
function networkConfig(config: JsonObject): JsonObject {
  return withoutKeys(config, (key) => key === 'runtimeConfig');
}

interface NetworkCall {
  readonly chain: Chain;
  readonly type: string;
  readonly config: JsonObject;
}

async function runForNetwork(
  verb: 'GC' | 'STATUS',
  { chain, type, config }: NetworkCall,
  context: ChainContext,
): Promise<void> {
  const run = await context.run({
    path: inContext(verb, type, chain, () => pluginPath(type, context)),
    variables: networkVariables(verb, context),
    stdin: JSON.stringify(config),
    timeoutMs: context.timeoutMs,
    signal: context.signal,
  });
  logRun(verb, { type, chain, context }, run);
  const explanation = await explained(run, { type, config }, context.knowledge);
  inContext(verb, type, chain, () => requireSuccess(explanation));
}

function networkVariables(verb: string, context: ChainContext): Record<string, string> {
  return {
    CNI_COMMAND: verb,
    CNI_CONTAINERID: '',
    CNI_NETNS: '',
    CNI_IFNAME: '',
    CNI_ARGS: '',
    CNI_PATH: context.searchPath.join(':'),
    [DELEGATE_MARK]: context.mark,
  };
}

async function speaks(version: string, { chain, type }: NetworkCall, context: ChainContext): Promise<boolean> {
  const run = await context.run({
    path: inContext('STATUS', type, chain, () => pluginPath(type, context)),
    variables: { ...networkVariables('VERSION', context), CNI_NETNS: 'dummy', CNI_IFNAME: 'dummy', CNI_PATH: 'dummy' },
    stdin: JSON.stringify({ cniVersion: NEWEST_VERSION }),
    timeoutMs: context.timeoutMs,
    signal: context.signal,
  });
  // Plugins of 0.1.0 do not know VERSION and say so with the code for an unknown command.
  if (errorCode(run) === ErrorCode.invalidEnvironment) return false;
  inContext('STATUS', type, chain, () => requireSuccess(run));
  const answer = versionShape.safeParse(parsed(run.stdout));
  return answer.success && answer.data.supportedVersions.includes(version);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
