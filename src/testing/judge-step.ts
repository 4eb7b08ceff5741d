/**
 * What a step came to against what its fixture expects. Pure.
 *
 * In: the expectation and everything that was seen. Out: one difference for each part that is not as expected, both sides
 * in the fixture's own form and cut down to what the fixture speaks of.
 */
import type { Expectation, ExpectedCall } from '../schema/fixture-expectation.ts';
import type { JsonObject } from '../schema/json.ts';
import type { SeenCall } from './plugins.ts';
import { isSame, matched, projected } from './project.ts';

/** What Braid answered. */
export type SeenAnswer =
  | { readonly kind: 'success'; readonly result: JsonObject | undefined }
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly details: string }
  | { readonly kind: 'killed' };

/** Everything that a step left to be seen; each in the form that the fixture format has for it. */
export interface SeenStep {
  readonly answer: SeenAnswer;
  readonly calls: readonly SeenCall[];
  readonly journal: Readonly<Record<string, readonly string[]>>;
  readonly annotations: JsonObject | null;
  readonly left: readonly string[];
  /** What is there that nobody should have any more; a difference even where nothing is said of what is left. */
  readonly leaks: readonly string[];
  readonly requests: readonly string[];
  readonly log: readonly string[];
}

/** One part of an expectation that is not met; `undefined`: there is no such thing. */
export interface Difference {
  readonly part: keyof Expectation | 'kill';
  readonly expected: unknown;
  readonly seen: unknown;
}

/** How a step was run. */
export interface StepManner {
  /** The step is to end at a kill point. */
  readonly isKill: boolean;
  /** Plugins answered something else than the script has, so what comes of such an answer is not looked at. */
  readonly isOffScript: boolean;
}

/** Judges a step. */
export function judgeStep(expected: Expectation, seen: SeenStep, { isKill, isOffScript }: StepManner): Difference[] {
  const looked = isOffScript ? withoutAnswers(expected) : expected;
  return [...judgeAnswer(looked, seen, isKill), ...judgeRest(looked, seen)].filter(
    (each) => !isSame(each.expected, each.seen),
  );
}

/** The expectation without what comes of a plugin's answer: the result, the status, what later calls are handed. */
function withoutAnswers({ result: _, exactly: __, annotations: ___, calls, ...rest }: Expectation): Expectation {
  if (!calls) return rest;
  const looked = calls.map((call) => {
    if (typeof call === 'string' || !call.stdin || !('prevResult' in call.stdin)) return call;
    const { prevResult: _result, ...stdin } = call.stdin;
    return { ...call, stdin, exactly: false };
  });
  return { ...rest, calls: looked };
}

function judgeAnswer(expected: Expectation, { answer }: SeenStep, isKill: boolean): Difference[] {
  if (isKill !== (answer.kind === 'killed')) {
    return [{ part: 'kill', expected: 'killed at this point', seen: 'this point was not reached' }];
  }
  return [judgeError(expected, answer), ...judgeResult(expected, answer)];
}

function judgeError({ error }: Expectation, answer: SeenAnswer): Difference {
  const whole = answer.kind === 'error' ? errorOf(answer) : undefined;
  if (error === undefined || !whole) return { part: 'error', expected: error, seen: whole };
  const { message = '', details = '' } = whole;
  if (typeof error === 'string') return { part: 'error', expected: error, seen: matched(message, error) };
  const seen = {
    ...(error.code === undefined ? {} : { code: whole.code }),
    ...(error.message === undefined ? {} : { message: matched(message, error.message) }),
    ...(error.details === undefined ? {} : { details: matched(details, error.details) }),
  };
  return { part: 'error', expected: error, seen };
}

function errorOf({ code, message, details }: Extract<SeenAnswer, { kind: 'error' }>) {
  return { code, message, ...(details === '' ? {} : { details }) };
}

function judgeResult({ result, exactly }: Expectation, answer: SeenAnswer): Difference[] {
  if (result === undefined) return [];
  const seen = answer.kind === 'success' ? answer.result : undefined;
  return [{ part: 'result', expected: result, seen: exactly ? seen : projected(seen, result) }];
}

function judgeRest(expected: Expectation, seen: SeenStep): Difference[] {
  const differences: Difference[] = [];
  const { calls, annotations, log } = expected;
  if (calls) differences.push({ part: 'calls', expected: calls.map(plainCall), seen: seenCalls(seen.calls, calls) });
  const left = [...seen.left, ...seen.leaks];
  const isLeftLooked = expected.left !== undefined || seen.leaks.length > 0;
  if (isLeftLooked) differences.push({ part: 'left', expected: expected.left ?? seen.left, seen: left });
  for (const part of ['journal', 'requests'] as const) {
    if (expected[part] !== undefined) differences.push({ part, expected: expected[part], seen: seen[part] });
  }
  if (annotations !== undefined) {
    differences.push({ part: 'annotations', expected: annotations, seen: projected(seen.annotations, annotations) });
  }
  if (log) differences.push({ part: 'log', expected: log, seen: seenLog(seen.log, log) });
  return differences;
}

type PlainCall = Exclude<ExpectedCall, string>;

/** The form in which a call is compared: text where nothing else is expected of it. */
function plainCall(expected: ExpectedCall): string | Omit<PlainCall, 'exactly'> {
  if (typeof expected === 'string') return expected;
  const { exactly: _, ...rest } = expected;
  return rest;
}

/** All calls in the form of those that were expected in their places; others in the form of most. */
function seenCalls(seen: readonly SeenCall[], expected: readonly ExpectedCall[]): unknown[] {
  const words = expected.map((each) => (typeof each === 'string' ? each : each.call).split(' ').length);
  const most = words.every((count) => count === 2) && words.length > 0 ? 2 : 3;
  return seen.map((call, index) => {
    const text = callText(call, words[index] ?? most);
    const wanted = expected[index];
    if (wanted === undefined || typeof wanted === 'string') return text;
    const { env, stdin, exactly } = wanted;
    const cut = (value: JsonObject, like: unknown) => (exactly ? value : projected(value, like));
    return {
      call: text,
      ...(env === undefined ? {} : { env: cut(cniVariables(call.env), env) }),
      ...(stdin === undefined ? {} : { stdin: cut(call.stdin, stdin) }),
    };
  });
}

function callText({ verb, plugin, env }: SeenCall, words: number): string {
  const ifName = env['CNI_IFNAME'] ?? '';
  const isOfPod = verb === 'ADD' || verb === 'DEL' || verb === 'CHECK';
  return words === 3 && isOfPod ? `${verb} ${plugin} ${ifName}` : `${verb} ${plugin}`;
}

/** Our own mark is no business of a fixture. */
function cniVariables(env: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(env).filter(([key]) => key.startsWith('CNI_')));
}

/** Where all are there, the patterns; else the patterns that are, and every line. */
function seenLog(lines: readonly string[], patterns: readonly string[]): readonly string[] {
  const isThere = (pattern: string) => lines.some((line) => new RegExp(pattern, 's').test(line));
  return patterns.every(isThere) ? patterns : [...patterns.filter(isThere), ...lines];
}
