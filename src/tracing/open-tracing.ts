/**
 * Tracing of a request, as its configuration wants it. An edge, reached by dynamic import alone: OpenTelemetry's libraries
 * come with it, and cost what a whole call does.
 */
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { Delivery } from '../deliver.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { CniRequest } from '../request/cni-request.ts';
import type { TraceSettings } from '../request/node-config.ts';
import { withoutSecrets } from '../schema/secrets.ts';
import type { ServedCall, Watch } from '../watch.ts';
import { collectorUrl, postTrace } from './post-trace.ts';
import type { Clock } from './span-recorder.ts';
import { appendLine } from './trace-file.ts';
import { type DeliverSpans, watchRequest } from './watch-request.ts';

const MB = 1_000_000;

/** Begins to look on. What cannot be delivered is said in the log, and fails nothing. */
export function openTracing(
  request: CniRequest,
  settings: TraceSettings,
  { call, log }: { readonly call: ServedCall; readonly log: Log },
): Watch {
  return watchRequest(request, call.variables, { deliver: deliverTo(settings, log), now: steadyClock() });
}

function deliverTo({ file, maxFileMb, endpoint, headers }: TraceSettings, log: Log): DeliverSpans {
  const delivery = (way: Delivery['way'], where: object, run: Delivery['run']): Delivery => ({
    way,
    run,
    lost: (cause) => log.warn({ ...where, cause: errorText(cause) }, 'the trace of this call is lost'),
  });
  return (spans) => {
    const text = () => JsonTraceSerializer.serializeRequest([...spans]) ?? new Uint8Array();
    const appended = async (path: string) => appendLine(path, text(), maxFileMb * MB);
    const posted = async (url: string) => postTrace(url, headers, text());
    return [
      ...(file === undefined ? [] : [delivery('file', { file }, () => appended(file))]),
      ...(endpoint === undefined
        ? []
        : [delivery('network', { endpoint: shownUrl(endpoint) }, () => posted(endpoint))]),
    ];
  };
}

function shownUrl(endpoint: string): unknown {
  return withoutSecrets(collectorUrl(endpoint).href);
}

/** The time of day at its beginning; from there on it goes on evenly whatever becomes of that. */
function steadyClock(): Clock {
  const begin = Date.now() - performance.now();
  return () => begin + performance.now();
}
