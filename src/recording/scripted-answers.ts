/** Recorded calls of plugins as the script of a fixture: what each answered, in order. Pure. */
import { basename } from 'node:path';
import type { BundledCall } from '../schema/bundle.ts';
import type { DelegateAnswer, DelegateVerb, FixtureDelegates } from '../schema/fixture-delegates.ts';
import { isJsonObject } from '../schema/json.ts';
import { NAMESPACE_HELPER } from '../schema/namespace-facts.ts';

/** The script. A plugin that served several networks has an entry for each. */
export function scriptedAnswers(calls: readonly BundledCall[]): FixtureDelegates {
  const keys = [...new Set(calls.map((call) => keyOf(call, calls)))];
  const scripts = keys.map((key) => [key, scriptOf(calls.filter((call) => keyOf(call, calls) === key))] as const);
  return Object.fromEntries(scripts.filter(([, script]) => Object.keys(script).length > 0));
}

/** Of one plugin. */
function scriptOf(calls: readonly BundledCall[]): FixtureDelegates[string] {
  const verbs = [...new Set(calls.map(verbOf))];
  return shortened(verbs.map((verb) => [verb, calls.filter((call) => verbOf(call) === verb).map(answerOf)] as const));
}

/** The verb of a call; the helper has none. */
export function verbOf({ path, variables }: BundledCall): DelegateVerb {
  return basename(path) === NAMESPACE_HELPER ? 'RUN' : (variables['CNI_COMMAND'] as DelegateVerb);
}

/** `type`, or `network/type` where others have the type too. */
function keyOf(call: BundledCall, calls: readonly BundledCall[]): string {
  const type = basename(call.path);
  const networks = new Set(calls.filter(({ path }) => basename(path) === type).map(networkOf));
  return networks.size > 1 ? `${networkOf(call)}/${type}` : type;
}

function networkOf({ stdin }: BundledCall): string {
  return isJsonObject(stdin) && typeof stdin['name'] === 'string' ? stdin['name'] : '';
}

/** A verb whose every answer is that of a plugin of which nothing is said needs no mention; one answer needs no list. */
function shortened(verbs: readonly (readonly [DelegateVerb, DelegateAnswer[]])[]): FixtureDelegates[string] {
  const entries = verbs.filter(([, answers]) => answers.some((each) => Object.keys(each).length > 0));
  return Object.fromEntries(
    entries.map(([verb, answers]) => {
      const texts = new Set(answers.map((each) => JSON.stringify(each)));
      return [verb, texts.size === 1 ? answers[0] : answers];
    }),
  );
}

function answerOf(call: BundledCall): DelegateAnswer {
  const { end, stdout, stderr } = call;
  const said = stderr === '' ? {} : { stderr };
  switch (end.kind) {
    case 'exited':
      return { ...printed(call, end.status), ...said };
    case 'signaled':
      return { ...(stdout === '' ? {} : bodyOf(stdout)), signal: end.signal, ...said };
    case 'not-started':
      return { notStarted: end.cause };
    case 'overflowed':
      return { overflow: true, ...said };
    // What was aborted had no end by itself either.
    case 'timed-out':
    case 'aborted':
      return { hang: true, ...said };
  }
}

function printed(call: BundledCall, status: number): DelegateAnswer {
  const { stdout } = call;
  // A plugin of which nothing is said prints something where the specification wants something.
  const isUsual = stdout === '' && !['ADD', 'VERSION', 'RUN'].includes(verbOf(call));
  if (status === 0) return isUsual ? {} : bodyOf(stdout);
  const error = errorIn(stdout);
  if (error) return status === 1 ? { error } : { error, exit: status };
  return { ...(stdout === '' ? {} : bodyOf(stdout)), exit: status };
}

function bodyOf(stdout: BundledCall['stdout']): DelegateAnswer {
  return typeof stdout === 'string' ? { stdout } : { result: stdout };
}

/** An error as the specification has it, with nothing beside. */
function errorIn(stdout: BundledCall['stdout']): DelegateAnswer['error'] {
  if (typeof stdout === 'string') return undefined;
  const { cniVersion: _version, code, msg, details, ...others } = stdout;
  if (typeof code !== 'number' || !Number.isInteger(code) || Object.keys(others).length > 0) return undefined;
  if ((msg !== undefined && typeof msg !== 'string') || (details !== undefined && typeof details !== 'string'))
    return undefined;
  return { code, ...(msg === undefined ? {} : { msg }), ...(details === undefined ? {} : { details }) };
}
