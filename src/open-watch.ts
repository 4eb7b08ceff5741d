/** Who looks on at a request, by its configuration. An edge; what looks on is loaded only when it is asked for. */
import type { Log } from './log/log.ts';
import type { CniRequest } from './request/cni-request.ts';
import { allWatches, type Watch } from './watch.ts';

/** The call as it came. */
export interface ServedCall {
  readonly variables: Readonly<Record<string, string>>;
  readonly stdin: string;
}

/** Begins to look on; `undefined` where nobody wants to. Never throws: what stops a watch is said in the log. */
export async function openWatch(_request: CniRequest, _call: ServedCall, _log: Log): Promise<Watch | undefined> {
  const watches: Watch[] = [];
  return allWatches(watches);
}
