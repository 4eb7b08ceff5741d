/**
 * A binary that is just being replaced cannot be started (ETXTBSY): it is tried again, and in the end that is an error.
 *
 * The same for all ways of running delegates. In: one attempt. Out: a RunDelegate, with the duration of all attempts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { withDeadline } from '../deadline.ts';
import type { DelegateCall, DelegateRun, RunDelegate } from './run-delegate.ts';

const ATTEMPTS = 6;
const PAUSE_MS = 1000;
/** The delegate's own deadline; being told to stop ends a delegate in another way. */
const NEVER = new AbortController().signal;

/** One try; `isBusy` when the file was being written. */
export type Attempt = Omit<DelegateRun, 'durationMs'> & { readonly isBusy: boolean };

/** Tries again, a second later, while the file is being written and the deadline has not passed. */
export function runUntilFree(attempt: (call: DelegateCall, deadline: AbortSignal) => Promise<Attempt>): RunDelegate {
  return async (call) => {
    const startedAt = performance.now();
    const run = await withDeadline(NEVER, call.timeoutMs, async (deadline) => {
      for (let count = 1; ; count += 1) {
        const { isBusy, ...tried } = await attempt(call, deadline);
        // A deadline that has passed would not strike again, so nothing may be started after it.
        if (!isBusy || count === ATTEMPTS) return tried;
        await pause(call.signal, deadline);
        if (deadline.aborted) return tried;
      }
    });
    return { ...run, durationMs: performance.now() - startedAt };
  };
}

async function pause(signal: AbortSignal, deadline: AbortSignal): Promise<void> {
  await sleep(PAUSE_MS, undefined, { signal: AbortSignal.any([signal, deadline]) }).catch(() => undefined);
}
