/**
 * Plugins that are played: what they would print is computed, and nothing is executed.
 *
 * In: the script's answers. Out: runs as of processes. A plugin without an answer does well: the first of a chain makes an
 * interface, the others pass on what they got. The helper `braid-netns` is played by `scripted-namespace.ts`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../errors.ts';
import { type DelegateCall, type DelegateEnd, type DelegateRun, MAX_STDOUT_BYTES } from '../execute/run-delegate.ts';
import { parseResult, printResult } from '../result/result-versions.ts';
import { CNI_VERSIONS, isCniVersion, NEWEST_VERSION, OLDEST_VERSION } from '../schema/cni-version.ts';
import type { DelegateAnswer } from '../schema/fixture-delegates.ts';
import { familyOf } from '../schema/ip-text.ts';
import type { JsonObject } from '../schema/json.ts';
import { NAMESPACE_HELPER } from '../schema/namespace-facts.ts';
import type { Plugins, ScriptedCall, SeenCall } from './plugins.ts';
import { ScriptedNamespaces } from './scripted-namespace.ts';

/** They need nothing of the machine. */
export class PlayedPlugins implements Plugins {
  readonly isOffScript = false;
  readonly hindrance = undefined;
  readonly #namespaces = new ScriptedNamespaces();

  async beginStep(): Promise<void> {}

  async run(scripted: ScriptedCall): Promise<DelegateRun> {
    const run = await playedRun(scripted);
    this.#remember(scripted.seen, run);
    return run;
  }

  async runHelper(call: DelegateCall, answer: DelegateAnswer | undefined): Promise<DelegateRun> {
    const { variables, stdin } = call;
    if (answer) return playedHelper(call, answer);
    return well(this.#namespaces.answer(variables['CNI_NETNS'] ?? '', stdin));
  }

  async leaks(): Promise<readonly string[]> {
    return [];
  }

  async close(): Promise<void> {}

  #remember({ verb, env, stdin }: SeenCall, run: DelegateRun): void {
    if (run.end.kind !== 'exited' || run.end.status !== 0) return;
    const [netns, ifName] = [env['CNI_NETNS'] ?? '', env['CNI_IFNAME'] ?? ''];
    if (verb === 'ADD') this.#namespaces.attach(netns, ifName, resultOf(run, stdin));
    if (verb === 'DEL') this.#namespaces.detach(netns, ifName);
  }
}

/** The run of a process that does as the script says. */
export async function playedRun({ seen, answer, call }: ScriptedCall): Promise<DelegateRun> {
  const cut = await cutShort(answer, call);
  return cut ? { ...well(''), end: cut, stderr: answer.stderr ?? '' } : runOf(answer, seen);
}

/** The run of the helper that answers as the script says. */
export function playedHelper(call: DelegateCall, answer: DelegateAnswer): Promise<DelegateRun> {
  const seen: SeenCall = { verb: 'RUN', plugin: NAMESPACE_HELPER, env: call.variables, stdin: {} };
  return playedRun({ seen, answer, isReal: false, call });
}

function well(stdout: string): DelegateRun {
  return { end: { kind: 'exited', status: 0 }, stdout, stderr: '', durationMs: 0 };
}

/** The deadline and the end of the request strike as they do for a process. */
async function cutShort(answer: DelegateAnswer, call: DelegateCall): Promise<DelegateEnd | undefined> {
  const { delayMs = 0, hang, notStarted, overflow } = answer;
  if (notStarted !== undefined) return { kind: 'not-started', cause: notStarted };
  const isLate = hang === true || delayMs > call.timeoutMs;
  const waitMs = isLate ? call.timeoutMs : delayMs;
  if (waitMs > 0) await sleep(waitMs, undefined, { signal: call.signal }).catch(() => undefined);
  if (call.signal.aborted) return { kind: 'aborted', reason: errorText(call.signal.reason) };
  if (isLate) return { kind: 'timed-out', timeoutMs: call.timeoutMs };
  return overflow ? { kind: 'overflowed', limitBytes: MAX_STDOUT_BYTES } : undefined;
}

function runOf(answer: DelegateAnswer, call: SeenCall): DelegateRun {
  const { signal, exit = answer.error ? 1 : 0, stderr = '' } = answer;
  const end: DelegateEnd = signal === undefined ? { kind: 'exited', status: exit } : { kind: 'signaled', signal };
  const isSilent = signal !== undefined || exit !== 0;
  return { end, stdout: printed(answer, call) ?? (isSilent ? '' : usual(call)), stderr, durationMs: 0 };
}

function printed(answer: DelegateAnswer, call: SeenCall): string | undefined {
  if (answer.stdout !== undefined) return answer.stdout;
  if (answer.result) return JSON.stringify(answer.result);
  if (answer.error) return JSON.stringify({ cniVersion: call.stdin['cniVersion'], ...answer.error });
  return answer.addresses ? JSON.stringify(ordinaryResult(answer, call)) : undefined;
}

/** What a plugin prints of which the script says nothing. */
function usual(call: SeenCall): string {
  if (call.verb === 'VERSION') return JSON.stringify({ cniVersion: NEWEST_VERSION, supportedVersions: CNI_VERSIONS });
  if (call.verb !== 'ADD') return '';
  return JSON.stringify(call.stdin['prevResult'] ?? ordinaryResult({}, call));
}

/** One interface in the pod with the addresses, in the version of the configuration. */
function ordinaryResult(
  { addresses = [], gateway, mac, routes }: DelegateAnswer,
  { env, stdin }: SeenCall,
): JsonObject {
  const isGatewayOf = (address: string) => gateway !== undefined && familyOf(address) === familyOf(gateway);
  const usualRoutes =
    gateway === undefined ? [] : [{ dst: familyOf(gateway) === 4 ? '0.0.0.0/0' : '::/0', gw: gateway }];
  const newest = {
    interfaces: [{ name: env['CNI_IFNAME'], mac, sandbox: env['CNI_NETNS'] }],
    ips: addresses.map((address) => ({ interface: 0, address, ...(isGatewayOf(address) ? { gateway } : {}) })),
    routes: routes ?? usualRoutes,
  };
  return printResult(parseResult(newest, NEWEST_VERSION).result, versionOf(stdin));
}

function resultOf(run: DelegateRun, stdin: JsonObject) {
  try {
    return parseResult(JSON.parse(run.stdout), versionOf(stdin)).result;
  } catch {
    return undefined;
  }
}

function versionOf({ cniVersion }: JsonObject) {
  return typeof cniVersion === 'string' && isCniVersion(cniVersion) ? cniVersion : OLDEST_VERSION;
}
