/** A child process run to its end, with its output collected. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';

/** How a child ended. `code` is null when `signal` ended it; `timedOut` when that signal was ours. */
export type RunResult = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
};

/** `kill` ends the child and its children when `timeoutMs` (default 60 s) have passed. */
export type RunToEndOptions = {
  readonly stdin?: string | Uint8Array | undefined;
  readonly timeoutMs?: number | undefined;
  readonly kill: () => void;
};

/**
 * Resolves when the child has ended and its output is closed, or soon after the deadline.
 * Throws: an Error when the program cannot be started.
 */
export async function runToEnd(child: ChildProcessWithoutNullStreams, options: RunToEndOptions): Promise<RunResult> {
  // A program that ends without reading its stdin is no error of ours: its exit code tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    options.kill();
    // A grandchild that went its own way may hold them open: it shall not hang the test.
    child.stdout.destroy();
    child.stderr.destroy();
  }, options.timeoutMs ?? 60_000);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal, stdout: stdout(), stderr: stderr(), timedOut };
  } finally {
    clearTimeout(timer);
  }
}

/** Gathers what a stream says; the returned function gives the text so far. */
export function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
