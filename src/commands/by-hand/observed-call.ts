/** Delegates run as they always are, with a note of what was run and how long it took. */
import { type CalledPlugin, calledPlugin } from '../../execute/called-plugin.ts';
import type { DelegateCall, DelegateEnd, DelegateRun, RunDelegate } from '../../execute/run-delegate.ts';

/** One run of a plugin, or of the helper, which has no verb. */
export interface ObservedCall extends CalledPlugin {
  readonly durationMs: number;
  /** `ok`, or how it ended. */
  readonly end: string;
}

/** Runs delegates by `run` and gives an account of each. */
export function observed(run: RunDelegate, account: (call: ObservedCall) => void): RunDelegate {
  return async (call) => {
    const result = await run(call);
    account(observation(call, result));
    return result;
  };
}

function observation(call: DelegateCall, { end, durationMs }: DelegateRun): ObservedCall {
  return { ...calledPlugin(call), durationMs: Math.round(durationMs * 10) / 10, end: endText(end) };
}

/** `ok`, or how it ended, for people. */
export function endText(end: DelegateEnd): string {
  switch (end.kind) {
    case 'exited':
      return end.status === 0 ? 'ok' : `exit status ${end.status}`;
    case 'signaled':
      return `ended by ${end.signal}`;
    case 'not-started':
      return `not started: ${end.cause}`;
    case 'timed-out':
      return `no end within ${end.timeoutMs} ms`;
    case 'overflowed':
      return `printed more than ${end.limitBytes} bytes`;
    case 'aborted':
      return 'stopped';
  }
}
