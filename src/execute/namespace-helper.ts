/**
 * The helper `braid-netns`, run as any delegate is: what a namespace holds, and the default route put where it belongs.
 *
 * It lies in the CNI bin folder, so it works wherever delegates work; the process that plans needs no privilege for it.
 */
import { CniError, ErrorCode } from '../errors.ts';
import { NAMESPACE_HELPER, type NamespaceFacts, parseNamespaceFacts } from '../schema/namespace-facts.ts';
import { requireSuccess } from './interpret-run.ts';
import type { ChainContext } from './run-chain.ts';

/** What the helper is told, one line each: see the head of `src/netns/main.c`. */
export type HelperCommand = `default ${string} ${string}` | `default4 ${string}` | `default6 ${string}`;

/** True when the helper is there to be run. */
export function hasNamespaceHelper({ plugins }: Pick<ChainContext, 'plugins'>): boolean {
  return plugins.get(NAMESPACE_HELPER)?.kind === 'found';
}

/** Carries `commands` out in the pod's namespace and answers what it holds then. Throws: the helper's error. */
export async function readNamespace(
  commands: readonly HelperCommand[],
  context: ChainContext,
): Promise<NamespaceFacts> {
  const helper = context.plugins.get(NAMESPACE_HELPER);
  if (helper?.kind !== 'found') {
    throw new CniError(ErrorCode.invalidConfig, `failed to find "${NAMESPACE_HELPER}"`, 'install it beside Braid');
  }
  const run = await context.run({
    path: helper.path,
    variables: { CNI_NETNS: context.netns },
    stdin: commands.map((command) => `${command}\n`).join(''),
    timeoutMs: context.timeoutMs,
    signal: context.signal,
  });
  context.log.debug({ event: 'namespace', commands, end: run.end, durationMs: run.durationMs }, 'namespace read');
  requireSuccess(run);
  try {
    return parseNamespaceFacts(run.stdout);
  } catch (cause) {
    throw new CniError(ErrorCode.decoding, `"${NAMESPACE_HELPER}" printed what is not its answer`, '', { cause });
  }
}
