/** Writing to stdout and stderr: whole, at once, and without dying of a reader that went away. */
import { writeSync } from 'node:fs';

/** What becomes of a piece of output before it is written. */
export type Prepare = (piece: string | Buffer) => string;

let prepared: { readonly stdout: Prepare; readonly stderr: Prepare } | undefined;
let fault: string | undefined;

/** From here on all output is for a person: it is written as `prepare` has it. What is for a runtime is written as it is. */
export function prepareOutput(prepare: typeof prepared): void {
  prepared = prepare;
}

/** Why something is missing on stdout, such as a full disk; a reader that went away has what it wanted. */
export function stdoutFault(): string | undefined {
  return fault;
}

/** Writes all of `text` to stdout, also to a slow reader. False when nobody reads any more. */
export function writeStdout(text: string): boolean {
  return writeAll(1, Buffer.from(prepared?.stdout(text) ?? text));
}

const PAUSE_MS = 5;

let isAnswered = false;

/** Writes a request's one document to stdout; a second one is dropped. False when nobody reads any more. */
export function writeAnswer(text: string): boolean {
  if (isAnswered || text === '') return true;
  isAnswered = true;
  return writeStdout(text);
}

/** How long a slow reader of stderr is waited for in all; noise must not stop the work. */
const STDERR_PATIENCE_MS = 500;
let stderrWaitedMs = 0;

/** Writes to stderr; what nobody reads in time is dropped. */
export function writeStderr(text: string | Buffer): void {
  const given = prepared?.stderr(text) ?? text;
  writeAll(2, typeof given === 'string' ? Buffer.from(given) : given);
}

function writeAll(descriptor: 1 | 2, bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (descriptor === 1 && code !== 'EAGAIN' && code !== 'EPIPE') fault = message;
      if (code !== 'EAGAIN' || (descriptor === 2 && stderrWaitedMs >= STDERR_PATIENCE_MS)) return false;
      if (descriptor === 2) stderrWaitedMs += PAUSE_MS;
      // A pipe that the runtime made non-blocking is full: its reader is slow, not gone.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
  return true;
}
