/**
 * Requests as one page for a browser, with nothing outside of it. Pure.
 *
 * What stands in it comes from pods and plugins: every text passes `escaped`, and the page forbids by its own policy whatever is not
 * its own style and script. Bars are SVG, whose places are attributes, as the policy allows no styles of elements.
 */
import { createHash } from 'node:crypto';
import { BRAID_VERSION } from '../../version.ts';
import { plainText } from '../printable.ts';
import { hasFailed } from './choose-requests.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { bytesText, durationText, endOf, errorLine, subjectOf } from './shown-values.ts';
import type { TracedError, TracedRequest, TracedSpan } from './traced-request.ts';

/** Width of a chart, in units of its own. */
const WIDTH = 10_000;
/** So wide is what took no time. */
const LEAST = 25;
/** Parts of the axis. */
const QUARTERS = [0, 1, 2, 3, 4];
/** So many of those that failed are open from the beginning, and the newest of all. */
const OPEN_FAILED = 10;
const DEEPEST_INDENT = 4;

/** What is said of the requests beside themselves. */
export interface PageFacts {
  readonly files: readonly string[];
  /** How many are wanted and not on the page. */
  readonly earlier: number;
}

/** The whole page; `requests` with the oldest first, which stands last. */
export function tracePage(requests: readonly TracedRequest[], facts: PageFacts): string {
  const newestFirst = requests.toReversed();
  const open = new Set([...newestFirst.slice(0, 1), ...newestFirst.filter(hasFailed).slice(0, OPEN_FAILED)]);
  const policy = `default-src 'none'; style-src '${hashOf(PAGE_STYLE)}'; script-src '${hashOf(PAGE_SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Braid: ${countText(requests.length)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
${headerOf(requests, facts)}
<main>
${newestFirst.map((request) => requestPart(request, open.has(request))).join('\n')}
</main>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** A text of others as text, in an attribute or between elements. */
function escaped(text: string): string {
  return plainText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function countText(count: number): string {
  return count === 1 ? '1 call' : `${count} calls`;
}

function headerOf(requests: readonly TracedRequest[], { files, earlier }: PageFacts): string {
  const first = requests[0];
  const last = requests.at(-1);
  const failed = requests.filter(hasFailed).length;
  const slowest = requests.reduce((most, { durationMs }) => Math.max(most, durationMs), 0);
  const when =
    first && last ? `<p>${escaped(first.startedAt)} to ${escaped(last.startedAt)}, the newest first</p>` : '';
  const legend = (['stage', 'delegate', 'other', 'failed'] as const).map(
    (kind) =>
      `<li><svg viewBox="0 0 3 1" aria-hidden="true"><rect class="${kind}" width="3" height="1"/></svg>${LEGEND[kind]}</li>`,
  );
  return `<header>
<h1>${countText(requests.length)} of Braid</h1>
<p>${failed} failed, the slowest took ${durationText(slowest)}${earlier > 0 ? `; ${countText(earlier)} before these` : ''}</p>
${when}
<p>from ${files.map(escaped).join(', ')}, by Braid ${escaped(BRAID_VERSION)}</p>
<ul class="legend">${legend.join('')}</ul>
</header>
<form class="tools" id="tools" hidden>
<input type="search" id="filter" placeholder="pod, container, network, plugin, error" aria-label="filter">
<label><input type="checkbox" id="failed"> failed only</label>
<button type="button" id="open">open all</button>
<button type="button" id="close">close all</button>
<output id="count"></output>
</form>`;
}

const LEGEND = {
  stage: 'a stage of Braid',
  delegate: 'a call of a plugin',
  other: 'what a plugin traced itself',
  failed: 'failed',
} as const;

function requestPart(request: TracedRequest, isOpen: boolean): string {
  const { verb, interface: ifName, durationMs, error, startedAt, spans } = request;
  const state = error ? 'failed' : 'ok';
  return `<details class="request${hasFailed(request) ? ' failed' : ''}"${isOpen ? ' open' : ''}>
<summary>
<span class="verb">${escaped(verb)}</span>
<span class="subject">${escaped(subjectOf(request))}</span>
<span class="interface quiet">${escaped(ifName)}</span>
<svg class="strip" viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" aria-hidden="true">${spans.map((span) => barOf(span, request)).join('')}</svg>
<span class="number">${durationText(durationMs)}</span>
<span class="state-${state}">${state}</span>
<span class="when quiet">${escaped(startedAt)}</span>
</summary>
<div class="body">
<p class="facts">${factsOf(request)}</p>
${tableOf(request)}
${error ? errorPart(error) : ''}
</div>
</details>`;
}

function factsOf({ containerId, host, traceId, spanId, exitStatus, droppedSpans }: TracedRequest): string {
  const facts = [
    containerId === '' ? '' : `container ${containerId}`,
    host === '' ? '' : `on ${host}`,
    exitStatus === undefined ? '' : `exit ${exitStatus}`,
    `trace ${traceId}`,
    `span ${spanId}`,
    droppedSpans === 0 ? '' : `${droppedSpans} further spans were not kept`,
  ];
  return facts
    .filter((fact) => fact !== '')
    .map(escaped)
    .join(' · ');
}

function errorPart(error: TracedError): string {
  return `<p class="error">${escaped(errorLine(error))}</p>`;
}

function tableOf(request: TracedRequest): string {
  if (request.spans.length === 0) return '<p class="facts">No spans.</p>';
  const ticks = QUARTERS.map((quarter) => `<span>${durationText((request.durationMs * quarter) / 4)}</span>`);
  return `<table class="waterfall">
<thead><tr><th>span</th><th>network</th><th>interface</th><th class="chart"><div>${ticks.join('')}</div></th><th class="number">start</th><th class="number">duration</th><th class="number">in</th><th class="number">out</th><th class="number">err</th><th>end</th></tr></thead>
<tbody>
${request.spans.map((span) => spanRows(span, request)).join('\n')}
</tbody>
</table>`;
}

function spanRows(span: TracedSpan, request: TracedRequest): string {
  const { kind, depth, name, network, interface: ifName, startMs, durationMs, error } = span;
  const label = `${name}: from ${durationText(startMs)} for ${durationText(durationMs)}`;
  const numbers = [
    durationText(startMs),
    durationText(durationMs),
    bytesText(span.stdinBytes),
    bytesText(span.stdoutBytes),
    bytesText(span.stderrBytes),
  ];
  const row = `<tr class="${kind}"><td class="name depth-${Math.min(depth, DEEPEST_INDENT)}">${escaped(name)}</td><td>${escaped(network)}</td><td>${escaped(ifName)}</td><td class="chart"><svg class="bar" viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" role="img" aria-label="${escaped(label)}"><title>${escaped(label)}</title>${barOf(span, request)}</svg></td>${numbers.map((number) => `<td class="number">${number}</td>`).join('')}<td class="${error ? 'state-failed' : ''}">${escaped(endOf(span))}</td></tr>`;
  return error ? `${row}\n<tr class="error-row"><td colspan="10">${escaped(errorLine(error))}</td></tr>` : row;
}

/** What lies outside of the request stands at its edge. */
function barOf({ kind, startMs, durationMs, error }: TracedSpan, { durationMs: wholeMs }: TracedRequest): string {
  const place = (ms: number) => (wholeMs === 0 ? 0 : Math.round((ms / wholeMs) * WIDTH));
  const x = Math.min(Math.max(place(startMs), 0), WIDTH - LEAST);
  const end = Math.min(Math.max(place(startMs + durationMs), x + LEAST), WIDTH);
  return `<rect class="${error ? 'failed' : kind}" x="${x}" y="1" width="${end - x}" height="8"/>`;
}
