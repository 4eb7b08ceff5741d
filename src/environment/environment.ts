/**
 * What the process was given: the only room that reads `process.env`, argv, stdin and the clock.
 *
 * Not pure. Out: an `Environment`, whose stdin is read when asked for (VERSION must not touch it).
 */
import { readSync, statSync } from 'node:fs';

/** The process' surroundings, as values and small functions, so that tests can pass their own. */
export interface Environment {
  readonly variables: Readonly<Record<string, string>>;
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  /** The command that runs this program again. */
  readonly program: readonly string[];
  /** Standard input to its end, as UTF-8. Throws what the read throws. */
  readStdin(): string;
  /** True when `netnsPath` is the network namespace in which this process runs (same device and inode). */
  isOwnNetns(netnsPath: string): boolean;
}

/** The real surroundings of this process. */
export function processEnvironment(): Environment {
  return {
    variables: definedVariables(process.env),
    argv: process.argv.slice(2),
    program: ownProgram(),
    readStdin,
    isOwnNetns,
  };
}

function definedVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** A binary compiled by Bun carries its program inside, under a path that exists for itself alone. */
function ownProgram(): string[] {
  const script = process.argv[1];
  return script === undefined || script.startsWith('/$bunfs/') ? [process.execPath] : [process.execPath, script];
}

/** As the largest file that a command reads: what has no end would fill the memory. */
const MOST_STDIN_BYTES = 64 * 1024 * 1024;

/** Synchronous on purpose: nothing can be done before the request is known, and no stream has to be set up. */
function readStdin(): string {
  const chunks: Buffer[] = [];
  for (let bytes = 0; bytes <= MOST_STDIN_BYTES; ) {
    const chunk = Buffer.allocUnsafe(64 * 1024);
    const length = readChunk(chunk);
    if (length === 0) return Buffer.concat(chunks).toString('utf8');
    bytes += length;
    chunks.push(chunk.subarray(0, length));
  }
  throw new Error(`standard input has more than ${MOST_STDIN_BYTES} bytes`);
}

function readChunk(chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(0, chunk);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      // A runtime may hand over a non-blocking pipe whose writer is a moment behind us.
      if (code !== 'EAGAIN') throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function isOwnNetns(netnsPath: string): boolean {
  try {
    const theirs = statSync(netnsPath, { bigint: true });
    const ours = statSync('/proc/self/ns/net', { bigint: true });
    return theirs.dev === ours.dev && theirs.ino === ours.ino;
  } catch {
    // A namespace that cannot be opened is not our business here: DEL must succeed without it, ADD's delegate will say so.
    return false;
  }
}
