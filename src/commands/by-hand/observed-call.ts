/** Delegates run as they always are, with a note of what was run and how long it took. */
import { basename } from 'node:path';
import type { DelegateCall, DelegateEnd, DelegateRun, RunDelegate } from '../../execute/run-delegate.ts';
import { isJsonObject } from '../../schema/json.ts';

/** One run of a plugin, or of the helper, which has no verb. */
export interface ObservedCall {
  readonly verb: string;
  readonly containerId: string;
  readonly network: string;
  readonly interface: string;
  readonly plugin: string;
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

function observation({ path, variables, stdin }: DelegateCall, { end, durationMs }: DelegateRun): ObservedCall {
  return {
    verb: variables['CNI_COMMAND'] ?? '',
    containerId: variables['CNI_CONTAINERID'] ?? '',
    network: networkIn(stdin),
    interface: variables['CNI_COMMAND'] === 'VERSION' ? '' : (variables['CNI_IFNAME'] ?? ''),
    plugin: basename(path),
    durationMs: Math.round(durationMs * 10) / 10,
    end: endText(end),
  };
}

/** The helper gets lines of commands. */
function networkIn(stdin: string): string {
  try {
    const config: unknown = JSON.parse(stdin);
    return isJsonObject(config) && typeof config['name'] === 'string' ? config['name'] : '';
  } catch {
    return '';
  }
}

function endText(end: DelegateEnd): string {
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
