/**
 * One attachment's chain of plugins, run as the reference runtime library runs a list: ADD and CHECK forward, DEL in
 * reverse. Spec §3. Every plugin gets its recorded configuration and, where the specification says so, `prevResult`.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { CniError, ErrorCode, joinedError, toCniError } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { PluginLookup } from '../network/network-source.ts';
import { parseResult, printResult } from '../result/result-versions.ts';
import { isAtLeast } from '../schema/cni-version.ts';
import { DELEGATE_MARK } from '../schema/delegate-mark.ts';
import type { JsonObject } from '../schema/json.ts';
import { ipamType } from '../schema/network-config.ts';
import type { RecordedAttachment, RecordedPlugin } from '../state/state-store.ts';
import { explained, type Knowledge } from './explain-failure.ts';
import { addOutput, requireSuccess } from './interpret-run.ts';
import type { DelegateCall, DelegateRun, RunDelegate } from './run-delegate.ts';

/** The attachment as far as running it needs it. */
export type Chain = Omit<RecordedAttachment, 'phase'>;

/** What of it every delegate is told. */
export interface CallContext {
  readonly containerId: string;
  readonly netns: string;
  /** See `delegateMark`. */
  readonly mark: string;
  readonly searchPath: readonly string[];
  readonly plugins: ReadonlyMap<string, PluginLookup>;
}

/** What all delegates of one request share. */
export interface ChainContext extends CallContext {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly run: RunDelegate;
  /** Removes a file, if it is there. */
  readonly removeFile: (path: string) => Promise<void>;
  /** True: the pod's namespace is not there any more. */
  readonly isNamespaceGone: boolean;
  /** What explains failures. */
  readonly knowledge: Knowledge;
  readonly log: Log;
}

type ChainVerb = 'ADD' | 'DEL' | 'CHECK';
type NetworkVerb = 'GC' | 'STATUS';

/** Adds along the chain; answers the last plugin's result at the list's version. Throws: the first plugin's error. */
export async function addChain(chain: Chain, context: ChainContext): Promise<JsonObject> {
  let result: JsonObject | undefined;
  for (const plugin of chain.plugins) {
    const run = await runPlugin('ADD', plugin, { chain, context, prevResult: result });
    result = inContext('ADD', plugin.type, chain, () => {
      // A plugin may answer in another version than it was asked in; the next one must not have to understand that.
      const { result: parsed } = parseResult(addOutput(run), chain.cniVersion);
      return printResult(parsed, chain.cniVersion);
    });
  }
  return result ?? {};
}

/** Checks along the chain against the attachment's own result. Throws: the first plugin's error. */
export async function checkChain(chain: Chain, context: ChainContext): Promise<void> {
  for (const plugin of chain.plugins) {
    const run = await runPlugin('CHECK', plugin, { chain, context, prevResult: chain.result });
    inContext('CHECK', plugin.type, chain, () => requireSuccess(run));
  }
}

/**
 * Deletes along the chain, last plugin first. With `isThorough` (a rollback) every plugin runs whatever the others do;
 * otherwise the first error ends it, and a repeated DEL runs all again. Throws: the first error, the others in details.
 */
export async function delChain(chain: Chain, context: ChainContext, isThorough: boolean): Promise<void> {
  const prevResult = isAtLeast(chain.cniVersion, '0.4.0') ? chain.result : undefined;
  const faults: CniError[] = [];
  for (const plugin of await deletedPlugins(chain, context)) {
    try {
      await delPlugin(plugin, { chain, context, prevResult });
    } catch (cause) {
      faults.push(toCniError(cause));
      if (!isThorough) break;
    }
  }
  const joined = joinedError(faults);
  if (joined) throw joined;
}

async function delPlugin(plugin: RecordedPlugin, call: PluginCall): Promise<void> {
  const { chain, context } = call;
  const run = await runPlugin('DEL', plugin, call);
  if (!run.isNothingLeft) return inContext('DEL', plugin.type, chain, () => requireSuccess(run));
  context.log.info({ plugin: plugin.type, hints: run.hints }, 'taken for done, since nothing is left of it');
  // It says so before it comes to its IPAM plugin.
  const ipam = ipamAlone(plugin, await context.knowledge.openCatalogue());
  if (ipam) await delPlugin(ipam, call);
}

/** The IPAM plugin that a plugin would run, to be run in its place. */
function ipamAlone({ type, config }: RecordedPlugin, catalogue: Catalogue): RecordedPlugin | undefined {
  const ipam = catalogue.ofPlugin(type)?.binaries.runsIpam === false ? undefined : ipamType(config);
  return ipam === undefined ? undefined : { type: ipam, config };
}

/**
 * The plugins that DEL runs, the last one first. Where the pod's namespace is gone, some can only fail, to their profiles:
 * what those made went with it, but for the address that their IPAM plugin gave.
 */
async function deletedPlugins(chain: Chain, context: ChainContext): Promise<RecordedPlugin[]> {
  const plugins = chain.plugins.toReversed();
  if (!context.isNamespaceGone) return plugins;
  const catalogue = await context.knowledge.openCatalogue();
  return plugins.flatMap((plugin) => {
    if (!catalogue.ofPlugin(plugin.type)?.attachment.delNeedsNamespace) return [plugin];
    context.log.info({ plugin: plugin.type }, 'left out, since the namespace in which it would delete is gone');
    return ipamAlone(plugin, catalogue) ?? [];
  });
}

/** The part of a delegate's call that is the same whoever runs it. */
export type WhatIsSaid = Pick<DelegateCall, 'path' | 'variables' | 'stdin'>;

interface PluginCall {
  readonly chain: Chain;
  readonly context: ChainContext;
  readonly prevResult: JsonObject | undefined;
}

/** What a call of a plugin says: pure. Throws: code 7 when the plugin has no file. */
export function whatIsSaid(
  verb: ChainVerb,
  plugin: RecordedPlugin,
  { chain, context, prevResult }: Omit<PluginCall, 'context'> & { readonly context: CallContext },
): WhatIsSaid {
  return {
    path: inContext(verb, plugin.type, chain, () => pluginPath(plugin.type, context)),
    variables: {
      CNI_COMMAND: verb,
      CNI_CONTAINERID: context.containerId,
      CNI_NETNS: context.netns,
      CNI_IFNAME: chain.ifName,
      CNI_ARGS: chain.cniArgs,
      CNI_PATH: context.searchPath.join(':'),
      [DELEGATE_MARK]: context.mark,
    },
    stdin: JSON.stringify(prevResult === undefined ? plugin.config : { ...plugin.config, prevResult }),
  };
}

async function runPlugin(verb: ChainVerb, plugin: RecordedPlugin, call: PluginCall): Promise<DelegateRun> {
  const { chain, context } = call;
  const said = whatIsSaid(verb, plugin, call);
  const run = await context.run({ ...said, timeoutMs: context.timeoutMs, signal: context.signal });
  logRun(verb, { type: plugin.type, chain, context }, run);
  return explained(run, plugin, context.knowledge);
}

/** Says at debug level how a delegate ended. */
export function logRun(
  verb: ChainVerb | NetworkVerb,
  { type, chain, context }: { type: string; chain: Chain; context: ChainContext },
  { end, durationMs }: DelegateRun,
): void {
  const { network, ifName } = chain;
  const fields = { event: 'delegate', verb, network, interface: ifName, plugin: type, end };
  context.log.debug({ ...fields, durationMs: Math.round(durationMs * 10) / 10 }, 'delegate ended');
}

/**
 * Where a plugin is. Throws: code 7, worded without "not found": runtimes take a DEL that failed with these words for done.
 */
export function pluginPath(type: string, context: Pick<CallContext, 'plugins' | 'searchPath'>): string {
  const lookup = context.plugins.get(type);
  if (lookup?.kind === 'found') return lookup.path;
  const folders = context.searchPath.join(' ');
  const what =
    lookup?.kind === 'not-executable'
      ? `${lookup.path} is not executable`
      : `failed to find plugin "${type}" in path [${folders}]`;
  throw new CniError(ErrorCode.invalidConfig, what);
}

/** Runs `work`; an error from it says of which network, interface, plugin and verb it is. */
export function inContext<T>(verb: ChainVerb | NetworkVerb, type: string, chain: Chain, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw toCniError(cause).at(`${networkTitle(chain)}, plugin "${type}" ${verb}`);
  }
}

/**
 * An attachment as messages name it: `network "blue" (net1)`, `network "blue" of shop/front (net1)` where its definition has
 * another name, for it is the definition that the pod names.
 */
export function networkTitle({ network, reference, ifName }: Pick<Chain, 'network' | 'reference' | 'ifName'>): string {
  const isOther = reference !== '' && reference !== network && !reference.endsWith(`/${network}`);
  return `network "${network}"${isOther ? ` of ${reference}` : ''} (${ifName})`;
}
