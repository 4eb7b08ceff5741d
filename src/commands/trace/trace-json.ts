/** Requests as a document for programs: docs/trace.md has its keys. Pure. */
import type { DamagedLine } from './read-traces.ts';
import type { TracedError, TracedRequest, TracedSpan } from './traced-request.ts';

/** The document. What a span does not say is null. */
export function traceDocument(requests: readonly TracedRequest[], damaged: readonly DamagedLine[]): object {
  return { requests: requests.map(requestDocument), damaged };
}

function requestDocument({ spans, error, exitStatus, ...request }: TracedRequest): object {
  return {
    ...request,
    exitStatus: exitStatus ?? null,
    error: errorDocument(error),
    spans: spans.map(spanDocument),
  };
}

function spanDocument({ error, stdinBytes, stdoutBytes, stderrBytes, ...span }: TracedSpan): object {
  return {
    ...span,
    stdinBytes: stdinBytes ?? null,
    stdoutBytes: stdoutBytes ?? null,
    stderrBytes: stderrBytes ?? null,
    error: errorDocument(error),
  };
}

function errorDocument(error: TracedError | undefined): object | null {
  return error === undefined ? null : { ...error, code: error.code ?? null };
}
