/**
 * Delegates as child processes.
 *
 * Each gets a process group of its own, a deadline, and an output cap; when one of them strikes, the whole group is
 * killed. A grandchild that keeps stdout open does not delay us: what counts is the delegate's own exit, plus a short
 * drain.
 */
import { bun } from '../bun.ts';
import { errorText } from '../errors.ts';
import { childrenOnBun } from './child-on-bun.ts';
import { type DelegateCall, type DelegateEnd, MAX_STDOUT_BYTES, type RunDelegate } from './run-delegate.ts';
import { type Attempt, runUntilFree } from './run-until-free.ts';
import type { Child, ChildEvents, StartChild } from './start-child.ts';

const KEPT_STDERR_BYTES = 16 * 1024;
/** How long a pipe that outlives its delegate is still read. */
const DRAIN_MS = 50;
/** How long a killed delegate is waited for: one that sleeps in the kernel may not die at all. */
const DEATH_MS = 5000;

/** What delegates inherit and where their stderr goes. */
export interface SpawnOptions {
  readonly inherited: Readonly<Record<string, string>>;
  readonly forwardStderr: (chunk: Buffer) => void;
  /** An absolute path and arguments, to which a plugin's path is added: a program that runs it elsewhere. */
  readonly through?: readonly string[];
}

/** The options, and the end of the time for this delegate. */
interface Running extends SpawnOptions {
  readonly deadline: AbortSignal;
}

/** A RunDelegate that starts real processes. */
export function spawnDelegates(options: SpawnOptions): RunDelegate {
  return runUntilFree((call, deadline) => runOnce(call, { ...options, deadline }));
}

async function runOnce(call: DelegateCall, options: Running): Promise<Attempt> {
  const start = bun ? childrenOnBun(bun) : (await import('./child-on-node.ts')).startOnNode;
  if (call.signal.aborted) return notRun({ kind: 'aborted', reason: errorText(call.signal.reason) });
  return watch(start, call, options);
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

function watch(start: StartChild, call: DelegateCall, options: Running): Promise<Attempt> {
  return new Promise((resolve) => {
    let child: Child | undefined;
    let cut: DelegateEnd | undefined;
    let end: DelegateEnd = { kind: 'exited', status: 0 };
    let drained: NodeJS.Timeout | undefined;
    const finish = (attempt: Omit<Attempt, 'stdout' | 'stderr'>) => {
      clearTimeout(drained);
      options.deadline.removeEventListener('abort', onDeadline);
      call.signal.removeEventListener('abort', onAbort);
      child?.release();
      resolve({ ...attempt, stdout: stdout.text(), stderr: stderr.text() });
    };
    const cutShort = (why: DelegateEnd) => {
      if (cut) return;
      cut = why;
      killGroup(child);
      setTimeout(() => finish({ end: why, isBusy: false }), DEATH_MS).unref();
    };
    const onDeadline = () => cutShort({ kind: 'timed-out', timeoutMs: call.timeoutMs });
    const onAbort = () => cutShort({ kind: 'aborted', reason: errorText(call.signal.reason) });
    const stdout = collector(MAX_STDOUT_BYTES, (limitBytes) => cutShort({ kind: 'overflowed', limitBytes }));
    const stderr = collector(KEPT_STDERR_BYTES, () => undefined);
    const events: ChildEvents = {
      stdout: stdout.take,
      stderr: (chunk) => {
        options.forwardStderr(chunk);
        stderr.take(chunk);
      },
      exited: (status, signal) => {
        end = cut ?? (signal === null ? { kind: 'exited', status: status ?? 0 } : { kind: 'signaled', signal });
        drained = setTimeout(() => setImmediate(() => finish({ end, isBusy: false })), DRAIN_MS);
      },
      closed: () => finish({ end, isBusy: false }),
      failed: (cause) => finish(notStarted(cause, call)),
    };
    try {
      const argv = [...(options.through ?? []), call.path];
      child = start({ argv, env: { ...options.inherited, ...call.variables }, stdin: call.stdin }, events);
    } catch (cause) {
      return finish(notStarted(cause, call));
    }
    options.deadline.addEventListener('abort', onDeadline, { once: true });
    call.signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** What a pipe says, up to a limit; `onOverflow` is called for what goes beyond. */
function collector(limitBytes: number, onOverflow: (limitBytes: number) => void) {
  const chunks: Buffer[] = [];
  let length = 0;
  return {
    take(chunk: Buffer): void {
      const isOver = length + chunk.length > limitBytes;
      if (length < limitBytes) chunks.push(isOver ? chunk.subarray(0, limitBytes - length) : chunk);
      length += chunk.length;
      if (isOver) onOverflow(limitBytes);
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

function killGroup(child: Child | undefined): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already; its exit has been or will be seen.
  }
}
