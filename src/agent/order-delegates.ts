/**
 * Delegates run by the launcher on our word: the adapter of the `RunDelegate` port.
 *
 * Deadline, output cap and process group are the launcher's business; what it says of the end is put as the standalone
 * form would put it.
 */
import { errorText } from '../errors.ts';
import type { DelegateCall, DelegateEnd, RunDelegate } from '../execute/run-delegate.ts';
import { type Attempt, runUntilFree } from '../execute/run-until-free.ts';
import { type ExitedFrame, FrameLimit } from './frames.ts';
import type { Exit, LauncherSession } from './launcher-session.ts';
import { errnoName, signalName } from './signal-name.ts';

/** A RunDelegate for one call; `cniVersion` is in which the launcher reports an error should it lose us. */
export function orderDelegates(session: LauncherSession, cniVersion: string): RunDelegate {
  return runUntilFree((call) => runOnce(session, cniVersion, call));
}

async function runOnce(session: LauncherSession, cniVersion: string, call: DelegateCall): Promise<Attempt> {
  const { path, variables, stdin, timeoutMs: deadlineMs, signal } = call;
  if (signal.aborted) return notRun({ kind: 'aborted', reason: errorText(signal.reason) });
  let kill: (() => void) | undefined;
  const onAbort = () => kill?.();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const exit = await session.order(
      { path, variables, stdin, deadlineMs, cniVersion, maxStdoutBytes: FrameLimit.contentBytes },
      (killIt) => {
        kill = killIt;
        // Told to stop while it waited for its turn.
        if (signal.aborted) killIt();
      },
    );
    return attemptOf(exit, call);
  } catch (cause) {
    // What does not fit into a frame.
    return notRun({ kind: 'not-started', cause: `${errorText(cause)} (${path})` });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const BUSY = 'ETXTBSY';

function attemptOf(exit: Exit, call: DelegateCall): Attempt {
  if (exit.end === 'lost') return notRun({ kind: 'aborted', reason: 'the launcher is gone' });
  const isBusy = exit.end === 'not-started' && errnoName(exit.value) === BUSY;
  return {
    end: endOf(exit, call),
    stdout: exit.stdout.toString('utf8'),
    stderr: exit.stderr.toString('utf8'),
    isBusy,
  };
}

function endOf({ end, value }: ExitedFrame<Buffer>, { path, signal }: DelegateCall): DelegateEnd {
  switch (end) {
    case 'exited':
      return { kind: 'exited', status: value };
    case 'signaled':
      return { kind: 'signaled', signal: signalName(value) };
    case 'timed-out':
      return { kind: 'timed-out', timeoutMs: value };
    case 'overflowed':
      return { kind: 'overflowed', limitBytes: value };
    case 'not-started':
      return { kind: 'not-started', cause: `${errnoName(value)} (${path})` };
    case 'stopped':
      return { kind: 'aborted', reason: value > 0 ? `Braid got ${signalName(value)}` : errorText(signal.reason) };
  }
}

function notRun(end: DelegateEnd): Attempt {
  return { end, stdout: '', stderr: '', isBusy: false };
}
