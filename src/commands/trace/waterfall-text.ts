/** Requests on a terminal: each as a waterfall of bars, aligned, with what every span took, moved and came to. Pure. */
import { type coloursFor, plainTable } from '../plain-table.ts';
import { plainText } from '../printable.ts';
import { bytesText, durationText, endOf, errorLine, subjectOf } from './shown-values.ts';
import type { TracedRequest, TracedSpan } from './traced-request.ts';

type Colours = ReturnType<typeof coloursFor>;

const BAR_COLUMNS = 32;
/** A stage that took less than this part of the request, and less than this many ms, is left out. */
const SMALL_PART = 0.01;
const SMALL_MS = 1;

/** Nobody reads more of one request, and what plugins trace by themselves may be of any number. */
const MOST_ROWS = 500;

const HEAD = ['SPAN', 'NETWORK', 'INTERFACE', 'WHEN', 'START', 'DURATION', 'IN', 'OUT', 'ERR', 'END'];

/** What a bar says as well, or other forms of the report: left out first where a terminal is narrow. */
const LEAST = ['ERR', 'OUT', 'IN', 'START', 'INTERFACE', 'NETWORK'];

/** The waterfall of one request. */
export function waterfallText(request: TracedRequest, colours: Colours): string {
  const shown = request.spans.filter((span) => !isSmall(span, request));
  const left = request.spans.length - shown.length;
  const rows = shown.slice(0, MOST_ROWS);
  const parts = [
    titleLine(request, colours),
    shown.length === 0
      ? ''
      : plainTable(
          HEAD,
          rows.map((span) => row(span, request, colours)),
          colours,
          { least: LEAST },
        ),
    rows.length === shown.length
      ? ''
      : colours.dim(`  ${shown.length - rows.length} further spans are not shown; --json has all of them\n`),
    left === 0 ? '' : colours.dim(`  ${left} ${left === 1 ? 'stage' : 'stages'} of less than 1 ms not shown\n`),
    request.droppedSpans === 0 ? '' : colours.dim(`  ${request.droppedSpans} further spans were not kept\n`),
    ...errorLines(request, colours),
  ];
  return parts.join('');
}

function isSmall({ kind, error, durationMs }: TracedSpan, request: TracedRequest): boolean {
  return (
    kind === 'stage' && error === undefined && durationMs < SMALL_MS && durationMs < request.durationMs * SMALL_PART
  );
}

function titleLine(request: TracedRequest, { bold, dim, green, red }: Colours): string {
  const { verb, containerId, interface: ifName, startedAt, durationMs, error } = request;
  const subject = subjectOf(request);
  const who = [verb, subject, ifName].filter((text) => text !== '').map(plainText);
  const container = containerId === '' || containerId === subject ? '' : `, container ${plainText(containerId)}`;
  const state = error ? red('failed') : green('ok');
  return `${bold(who.join(' '))}  ${durationText(durationMs)}  ${state}\n${dim(`  ${startedAt}${container}, trace ${request.traceId}`)}\n`;
}

function row(span: TracedSpan, request: TracedRequest, { red, green, dim }: Colours): string[] {
  const bar = barText(span, request.durationMs);
  const paint = span.error ? red : span.kind === 'stage' ? dim : green;
  const end = endOf(span);
  return [
    `${'  '.repeat(span.depth - 1)}${plainText(span.name)}`,
    plainText(span.network),
    plainText(span.interface),
    `${dim('▕')}${paint(bar)}${dim('▏')}`,
    durationText(span.startMs).padStart(10),
    durationText(span.durationMs).padStart(10),
    bytesText(span.stdinBytes).padStart(7).trimEnd(),
    bytesText(span.stdoutBytes).padStart(7).trimEnd(),
    bytesText(span.stderrBytes || undefined)
      .padStart(7)
      .trimEnd(),
    span.error ? red(plainText(end)) : plainText(end),
  ];
}

/** As many columns as the request took; a span has one at the least. What lies outside of the request stands at its edge. */
export function barText({ startMs, durationMs }: Pick<TracedSpan, 'startMs' | 'durationMs'>, wholeMs: number): string {
  const columnOf = (ms: number) => (wholeMs === 0 ? 0 : Math.round((ms / wholeMs) * BAR_COLUMNS));
  const begin = Math.min(Math.max(columnOf(startMs), 0), BAR_COLUMNS - 1);
  const end = Math.min(Math.max(columnOf(startMs + durationMs), begin + 1), BAR_COLUMNS);
  return `${' '.repeat(begin)}${'█'.repeat(end - begin)}${' '.repeat(BAR_COLUMNS - end)}`;
}

/** Errors have lines of their own, for they are sentences. */
function errorLines({ error, spans }: TracedRequest, { red }: Colours): string[] {
  const below = spans.flatMap((span) => (span.error ? [`${span.name}: ${errorLine(span.error)}`] : []));
  const all = error ? [...below, errorLine(error)] : below;
  return all.map((line) => `  ${red(plainText(line))}\n`);
}
