/** Writing to stdout and stderr: whole, at once, and without dying of a reader that went away. */
import { writeSync } from 'node:fs';

/** Writes all of `text` to stdout, also to a slow reader. False when nobody reads any more. */
export function writeStdout(text: string): boolean {
  return writeAll(1, Buffer.from(text));
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
  writeAll(2, typeof text === 'string' ? Buffer.from(text) : text);
}

function writeAll(descriptor: 1 | 2, bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code !== 'EAGAIN' || (descriptor === 2 && stderrWaitedMs >= STDERR_PATIENCE_MS)) return false;
      if (descriptor === 2) stderrWaitedMs += PAUSE_MS;
      // A pipe that the runtime made non-blocking is full: its reader is slow, not gone.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
  return true;
}
