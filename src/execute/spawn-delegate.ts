/**
 * Delegates as child processes.
 *
 * Each gets a process group of its own, a deadline, and an output cap; when one of them strikes, the whole group is
 * killed. A grandchild that keeps stdout open does not delay us: what counts is the delegate's own exit, plus a short
 * drain.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { errorText } from '../errors.ts';
import type { DelegateCall, DelegateEnd, RunDelegate } from './run-delegate.ts';
import { type Attempt, runUntilFree } from './run-until-free.ts';

const MAX_STDOUT_BYTES = 8 * 1024 * 1024;
const KEPT_STDERR_BYTES = 16 * 1024;
/** How long a pipe that outlives its delegate is still read. */
const DRAIN_MS = 50;
/** How long a killed delegate is waited for: one that sleeps in the kernel may not die at all. */
const DEATH_MS = 5000;

/** What delegates inherit and where their stderr goes. */
export interface SpawnOptions {
  readonly inherited: Readonly<Record<string, string>>;
  readonly forwardStderr: (chunk: Buffer) => void;
}

/** A RunDelegate that starts real processes. */
export function spawnDelegates(options: SpawnOptions): RunDelegate {
  return runUntilFree((call, deadline) => runOnce(call, { ...options, deadline }));
}

function runOnce(call: DelegateCall, options: SpawnOptions & { deadline: AbortSignal }): Promise<Attempt> {
  if (call.signal.aborted) return Promise.resolve(notRun({ kind: 'aborted', reason: errorText(call.signal.reason) }));
  let child: ChildProcess;
  try {
    child = spawn(call.path, [], {
      env: { ...options.inherited, ...call.variables },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
  } catch (cause) {
    return Promise.resolve(notStarted(cause, call));
  }
  return watch(child, call, options);
}

function notRun(end: DelegateEnd): Attempt {
  return { end, stdout: '', stderr: '', isBusy: false };
}

/** By its code, since the runtimes' own words differ, and "no such file" would make a container runtime call a DEL done. */
function notStarted(cause: unknown, { path }: DelegateCall): Attempt {
  const { code } = cause as NodeJS.ErrnoException;
  const what = code === undefined ? errorText(cause) : `${code} (${path})`;
  return { ...notRun({ kind: 'not-started', cause: what }), isBusy: code === 'ETXTBSY' };
}

function watch(
  child: ChildProcess,
  call: DelegateCall,
  options: SpawnOptions & { deadline: AbortSignal },
): Promise<Attempt> {
  return new Promise((resolve) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let cut: DelegateEnd | undefined;
    const cutShort = (end: DelegateEnd) => {
      if (cut) return;
      cut = end;
      killGroup(child);
      setTimeout(() => finish({ end, isBusy: false }), DEATH_MS).unref();
    };
    const onDeadline = () => cutShort({ kind: 'timed-out', timeoutMs: call.timeoutMs });
    const onAbort = () => cutShort({ kind: 'aborted', reason: errorText(call.signal.reason) });
    const finish = (attempt: Omit<Attempt, 'stdout' | 'stderr'>) => {
      options.deadline.removeEventListener('abort', onDeadline);
      call.signal.removeEventListener('abort', onAbort);
      for (const pipe of child.stdio) pipe?.destroy();
      resolve({ ...attempt, stdout: text(stdout), stderr: text(stderr) });
    };
    options.deadline.addEventListener('abort', onDeadline, { once: true });
    call.signal.addEventListener('abort', onAbort, { once: true });
    collect(child.stdout, stdout, {
      limitBytes: MAX_STDOUT_BYTES,
      onOverflow: (limitBytes) => cutShort({ kind: 'overflowed', limitBytes }),
    });
    child.stderr?.on('data', (chunk: Buffer) => options.forwardStderr(chunk));
    collect(child.stderr, stderr, { limitBytes: KEPT_STDERR_BYTES, onOverflow: () => undefined });
    child.once('error', (cause) => finish(notStarted(cause, call)));
    child.once('exit', (status, signal) => {
      const end: DelegateEnd =
        cut ?? (signal === null ? { kind: 'exited', status: status ?? 0 } : { kind: 'signaled', signal });
      const drained = setTimeout(() => setImmediate(() => finish({ end, isBusy: false })), DRAIN_MS);
      child.once('close', () => {
        clearTimeout(drained);
        finish({ end, isBusy: false });
      });
    });
    // A plugin may end without reading its stdin; that is its right, and its exit status tells the rest.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(call.stdin);
  });
}

interface Limit {
  readonly limitBytes: number;
  readonly onOverflow: (limitBytes: number) => void;
}

function collect(pipe: NodeJS.ReadableStream | null, into: Buffer[], { limitBytes, onOverflow }: Limit): void {
  let length = 0;
  pipe?.on('error', () => undefined);
  pipe?.on('data', (chunk: Buffer) => {
    const isOver = length + chunk.length > limitBytes;
    if (length < limitBytes) into.push(isOver ? chunk.subarray(0, limitBytes - length) : chunk);
    length += chunk.length;
    if (isOver) onOverflow(limitBytes);
  });
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already; its exit has been or will be seen.
  }
}
