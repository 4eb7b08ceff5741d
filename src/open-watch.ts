/** Who looks on at a request, by its configuration. An edge; what looks on is loaded only when it is asked for. */
import type { Log } from './log/log.ts';
import type { CniRequest } from './request/cni-request.ts';
import { allWatches, type ServedCall, type Watch } from './watch.ts';

/** Begins to look on; `undefined` where nobody wants to. Never throws: what keeps a watch from it is said in the log. */
export async function openWatch(request: CniRequest, call: ServedCall, log: Log): Promise<Watch | undefined> {
  const { trace, record } = request.config;
  const watches: (Watch | undefined)[] = [];
  // Nearest to the delegates, so that a recording holds what is the same in every run.
  if (trace) watches.push((await import('./tracing/open-tracing.ts')).openTracing(request, trace, { call, log }));
  if (record)
    watches.push((await import('./recording/open-recording.ts')).openRecording(request, record, { call, log }));
  return allWatches(watches.filter((watch) => watch !== undefined));
}
