/**
 * Delegates by a script: what each call is answered with, what they were called with, and what of it is left.
 *
 * In: what each plugin answers, by verb and call, and who carries that out; unless told otherwise, plugins are played: the
 * pipeline runs without plugins, namespaces or root. Out: the port.
 */
import { basename } from 'node:path';
import type { DelegateRun, RunDelegate } from '../execute/run-delegate.ts';
import { type DelegateAnswer, type DelegateVerb, type FixtureDelegates, REAL } from '../schema/fixture-delegates.ts';
import { NAMESPACE_HELPER } from '../schema/namespace-facts.ts';
import { PlayedPlugins } from './played-plugins.ts';
import type { Plugins, SeenCall } from './plugins.ts';

/** The delegates of one node, for as long as it lives. */
export class ScriptedDelegates {
  readonly calls: SeenCall[] = [];
  readonly #script: FixtureDelegates;
  readonly #plugins: Plugins;
  readonly #counts = new Map<string, number>();
  readonly #left = new Map<string, SeenCall>();

  constructor(script: FixtureDelegates, plugins: Plugins = new PlayedPlugins()) {
    this.#script = script;
    this.#plugins = plugins;
  }

  /** What was made and not deleted: `CONTAINER/INTERFACE PLUGIN`, in the order in which it was made. */
  left(): string[] {
    return [...this.#left.keys()];
  }

  /** What is there all the same of what was deleted or should not have been made. */
  leaks(): Promise<readonly string[]> {
    return this.#plugins.leaks([...this.#left.values()], this.calls);
  }

  readonly run: RunDelegate = async (call) => {
    const plugin = basename(call.path);
    if (plugin === NAMESPACE_HELPER) return this.#plugins.runHelper(call, this.#answerTo(NAMESPACE_HELPER, 'RUN'));
    const verb = call.variables['CNI_COMMAND'] as DelegateVerb;
    const seen: SeenCall = { verb, plugin, env: call.variables, stdin: JSON.parse(call.stdin) };
    this.calls.push(seen);
    const own = `${String(seen.stdin['name'])}/${plugin}`;
    const key = Object.hasOwn(this.#script, own) ? own : plugin;
    const isReal = Object.hasOwn(this.#script, key) && this.#script[key] === REAL;
    const run = await this.#plugins.run({ seen, answer: this.#answerTo(key, verb) ?? {}, isReal, call });
    this.#remember(seen, run);
    return run;
  };

  /** The next answer; the last one stays. `undefined`: the script says nothing of it. */
  #answerTo(key: string, verb: DelegateVerb): DelegateAnswer | undefined {
    const script = Object.hasOwn(this.#script, key) ? this.#script[key] : undefined;
    const scripted = script === REAL ? undefined : script?.[verb];
    if (!Array.isArray(scripted)) return scripted;
    const count = this.#counts.get(`${key} ${verb}`) ?? 0;
    this.#counts.set(`${key} ${verb}`, count + 1);
    return scripted[Math.min(count, scripted.length - 1)];
  }

  /** A plugin that dies or hangs in the middle of ADD may have made something; one that says what is wrong, nothing. */
  #remember(seen: SeenCall, { end }: DelegateRun): void {
    const { verb, plugin, env } = seen;
    const key = `${env['CNI_CONTAINERID']}/${env['CNI_IFNAME'] ?? ''} ${plugin}`;
    const isWell = end.kind === 'exited' && end.status === 0;
    if (verb === 'ADD' && (isWell || end.kind !== 'exited')) this.#left.set(key, seen);
    if (verb === 'DEL' && isWell) this.#left.delete(key);
  }
}
