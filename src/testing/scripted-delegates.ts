/**
 * Delegates that answer from a script: the pipeline without plugins, namespaces or root.
 *
 * In: what each plugin answers, by verb and call. Out: the ports that stand for them, what they were called with, and what
 * of it is left. A plugin without an answer does well: the first of a chain makes an interface, the others pass on what
 * they got. The helper `braid-netns` is played by `scripted-namespace.ts`. Nothing is executed.
 */
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../errors.ts';
import {
  type DelegateCall,
  type DelegateEnd,
  type DelegateRun,
  MAX_STDOUT_BYTES,
  type RunDelegate,
} from '../execute/run-delegate.ts';
import { parseResult, printResult } from '../result/result-versions.ts';
import { CNI_VERSIONS, isCniVersion, NEWEST_VERSION, OLDEST_VERSION } from '../schema/cni-version.ts';
import type { DelegateAnswer, DelegateVerb, FixtureDelegates } from '../schema/fixture-delegates.ts';
import { familyOf } from '../schema/ip-text.ts';
import type { JsonObject } from '../schema/json.ts';
import { NAMESPACE_HELPER } from '../schema/namespace-facts.ts';
import { ScriptedNamespaces } from './scripted-namespace.ts';

/** A call of a plugin, as it came. */
export interface SeenCall {
  readonly verb: DelegateVerb;
  readonly plugin: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: JsonObject;
}

/** The delegates of one node, for as long as it lives. */
export class ScriptedDelegates {
  readonly calls: SeenCall[] = [];
  readonly #script: FixtureDelegates;
  readonly #namespaces = new ScriptedNamespaces();
  readonly #counts = new Map<string, number>();
  readonly #left = new Set<string>();

  constructor(script: FixtureDelegates) {
    this.#script = script;
  }

  /** What was made and not deleted: `CONTAINER/INTERFACE PLUGIN`, in the order in which it was made. */
  left(): string[] {
    return [...this.#left];
  }

  readonly run: RunDelegate = async (call) => {
    const plugin = basename(call.path);
    if (plugin === NAMESPACE_HELPER) return this.#help(call);
    const stdin: JsonObject = JSON.parse(call.stdin);
    const verb = call.variables['CNI_COMMAND'] as DelegateVerb;
    const seen = { verb, plugin, env: call.variables, stdin };
    this.calls.push(seen);
    const own = `${String(stdin['name'])}/${plugin}`;
    const answer = this.#answerTo(Object.hasOwn(this.#script, own) ? own : plugin, verb) ?? {};
    const run = await played(answer, { call, seen });
    this.#remember(seen, run);
    return run;
  };

  /** The helper tells of the namespaces as the delegates left them, unless it has answers of its own. */
  async #help(call: DelegateCall): Promise<DelegateRun> {
    const answer = this.#answerTo(NAMESPACE_HELPER, 'RUN');
    const seen: SeenCall = { verb: 'RUN', plugin: NAMESPACE_HELPER, env: call.variables, stdin: {} };
    if (answer) return played(answer, { call, seen });
    return well(this.#namespaces.answer(call.variables['CNI_NETNS'] ?? '', call.stdin));
  }

  /** The next answer; the last one stays. `undefined`: the script says nothing of it. */
  #answerTo(key: string, verb: DelegateVerb): DelegateAnswer | undefined {
    const scripted = Object.hasOwn(this.#script, key) ? this.#script[key]?.[verb] : undefined;
    if (!Array.isArray(scripted)) return scripted;
    const count = this.#counts.get(`${key} ${verb}`) ?? 0;
    this.#counts.set(`${key} ${verb}`, count + 1);
    return scripted[Math.min(count, scripted.length - 1)];
  }

  /** A plugin that dies or hangs in the middle of ADD may have made something; one that says what is wrong, nothing. */
  #remember({ verb, plugin, env, stdin }: SeenCall, run: DelegateRun): void {
    const ifName = env['CNI_IFNAME'] ?? '';
    const key = `${env['CNI_CONTAINERID']}/${ifName} ${plugin}`;
    const isWell = run.end.kind === 'exited' && run.end.status === 0;
    if (verb === 'ADD' && (isWell || run.end.kind !== 'exited')) this.#left.add(key);
    if (verb === 'DEL' && isWell) this.#left.delete(key);
    if (verb === 'ADD' && isWell) this.#namespaces.attach(env['CNI_NETNS'] ?? '', ifName, resultOf(run, stdin));
    if (verb === 'DEL' && isWell) this.#namespaces.detach(env['CNI_NETNS'] ?? '', ifName);
  }
}

function well(stdout: string): DelegateRun {
  return { end: { kind: 'exited', status: 0 }, stdout, stderr: '', durationMs: 0 };
}

interface Played {
  readonly call: DelegateCall;
  readonly seen: SeenCall;
}

async function played(answer: DelegateAnswer, { call, seen }: Played): Promise<DelegateRun> {
  const cut = await cutShort(answer, call);
  return cut ? { ...well(''), end: cut, stderr: answer.stderr ?? '' } : runOf(answer, seen);
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
