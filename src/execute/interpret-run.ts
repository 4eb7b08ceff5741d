/**
 * What a finished delegate said: its output, or the error that it or its end amounts to. Pure. Spec §5 "Error".
 *
 * A delegate's own code and message are kept. An error object with exit status 0 is an error too, unlike in the
 * reference library, which takes it for an empty success.
 */
import * as z from 'zod/mini';
import { CniError, ErrorCode, ReportedError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import type { DelegateEnd, DelegateRun } from './run-delegate.ts';

const errorShape = z.object({
  code: z.int().check(z.minimum(0)),
  msg: z.optional(z.string()),
  details: z.optional(z.string()),
});
const RESULT_KEYS = ['interfaces', 'ips', 'ip4', 'ip6', 'routes', 'dns'];
const SHOWN_CHARACTERS = 500;

/** The JSON object that an ADD printed. Throws: the delegate's error, or code 6, 11, 101 or 999 for how it ended. */
export function addOutput(run: DelegateRun): JsonObject {
  requireSuccess(run);
  const json = parseJson(run.stdout);
  if (json === undefined) {
    const what =
      run.stdout.trim() === ''
        ? 'printed nothing on stdout'
        : `printed what is not one JSON document: ${shown(run.stdout)}`;
    throw new CniError(ErrorCode.decoding, `the plugin ended well but ${what}`);
  }
  if (json === null) return {};
  if (!isJsonObject(json))
    throw new CniError(ErrorCode.decoding, `the plugin printed what is not a JSON object: ${shown(run.stdout)}`);
  const error = errorShape.safeParse(json);
  const isError = error.success && !RESULT_KEYS.some((key) => key in json);
  if (isError) {
    const { code, message, details } = delegateFailure(error.data, run);
    throw new ReportedError(code, message, details);
  }
  return json;
}

/**
 * Throws when the run failed: the delegate's error, or code 11, 101 or 999 for how it ended, with the run's hints in its
 * details. Its stdout is ignored.
 */
export function requireSuccess(run: DelegateRun): void {
  if (run.end.kind === 'exited' && run.end.status === 0) return;
  const { code, message, details, isReported } = failureOf(run);
  const { hints = [] } = run;
  const own = isReported ? new ReportedError(code, message, details) : new CniError(code, message, details);
  if (hints.length === 0) throw own;
  // Hints are ours, and change with the node: what the plugin itself said stays to be recognised.
  const said = [details, ...hints].filter((text) => text !== '').join('; ');
  throw new CniError(code, message, said, { cause: own });
}

/** All that a run said: its error's message and details, or whatever it printed, and its stderr. */
export function wordsOf({ stdout, stderr }: DelegateRun): string[] {
  const error = errorShape.safeParse(parseJson(stdout));
  const printed = error.success ? [error.data.msg, error.data.details] : [stdout];
  return [...printed, stderr].filter((text) => text !== undefined);
}

interface Failure {
  readonly code: number;
  readonly message: string;
  readonly details: string;
  /** See `ReportedError`. */
  readonly isReported: boolean;
}

function failureOf(run: DelegateRun): Failure {
  const code = ErrorCode.internal;
  if (run.end.kind === 'not-started') return { code, message: endText(run.end), details: '', isReported: true };
  if (run.end.kind !== 'exited' && run.end.kind !== 'signaled') {
    const details = stderrText(run) || endHint(run.end);
    return { code: endCode(run.end), message: endText(run.end), details, isReported: false };
  }
  const error = errorShape.safeParse(parseJson(run.stdout));
  if (error.success) return delegateFailure(error.data, run);
  const details = run.stdout.trim() === '' ? '' : stderrText(run);
  return { code, message: silentFailure(run), details, isReported: false };
}

/** The code of the error that a failed run printed, if it printed one. */
export function errorCode(run: DelegateRun): number | undefined {
  return run.end.kind === 'exited' && run.end.status !== 0
    ? errorShape.safeParse(parseJson(run.stdout)).data?.code
    : undefined;
}

function delegateFailure(error: z.infer<typeof errorShape>, run: DelegateRun): Failure {
  const code = error.code === 0 ? ErrorCode.internal : error.code;
  const message = error.msg || silentFailure({ ...run, stdout: '' });
  return { code, message, details: error.details ?? '', isReported: Boolean(error.msg) };
}

function silentFailure(run: DelegateRun): string {
  const end = endText(run.end);
  if (run.stdout.trim() !== '') return `failed but its error is not readable (${end}): ${shown(run.stdout)}`;
  const stderr = stderrText(run);
  return stderr === '' ? `failed with no error message: ${end}` : `failed: ${stderr} (${end})`;
}

function endCode(end: DelegateEnd): number {
  if (end.kind === 'timed-out') return ErrorCode.delegateDeadline;
  return end.kind === 'aborted' ? ErrorCode.tryAgain : ErrorCode.internal;
}

function endHint(end: DelegateEnd): string {
  return end.kind === 'aborted' ? 'Braid was stopped; the runtime tries again' : '';
}

function endText(end: DelegateEnd): string {
  switch (end.kind) {
    case 'exited':
      return `exit status ${end.status}`;
    case 'signaled':
      return `killed by ${end.signal}`;
    case 'not-started':
      return `could not be started: ${end.cause}`;
    case 'timed-out':
      return `did not end within ${end.timeoutMs} ms and was killed`;
    case 'overflowed':
      return `wrote more than ${end.limitBytes} bytes on stdout and was killed`;
    case 'aborted':
      return `was stopped: ${end.reason}`;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function stderrText(run: DelegateRun): string {
  return run.stderr.trim() === '' ? '' : shown(run.stderr.trim());
}

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}
