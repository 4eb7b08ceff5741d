/** How numbers, ends and texts of a trace are shown, on a terminal and on a page. Pure. */
import type { TracedError, TracedRequest, TracedSpan } from './traced-request.ts';

/** `12.3 ms`, `4.56 s`. */
export function durationText(ms: number): string {
  return ms < 10_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** `412 B`, `1.2 kB`; empty for what is not known. */
export function bytesText(bytes: number | undefined): string {
  if (bytes === undefined) return '';
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `message; details (code 11)`. */
export function errorLine({ code, message, details }: TracedError): string {
  const text = details === '' ? message : `${message}; ${details}`;
  return code === undefined ? text : `${text} (code ${code})`;
}

/** Who the request was for: the pod, else the container, else nobody. */
export function subjectOf({ pod, containerId, verb }: TracedRequest): string {
  if (pod !== '') return pod;
  return containerId === '' ? `all of the node (${verb})` : containerId;
}

/** How it ended, in a word or two. */
export function endOf(span: TracedSpan): string {
  if (span.error === undefined) return span.end;
  return span.end === '' || span.end === 'exit 0' ? 'failed' : span.end;
}
