/** Requests as their spans tell of them: each with what it did, in the order in which that began. Pure. */
import { Attribute, SCOPE } from '../../tracing/attributes.ts';
import type { Attributes, OtlpSpan } from './otlp-spans.ts';

/** An error as a span tells it; `code` is absent where the span has none. */
export interface TracedError {
  readonly code: number | undefined;
  readonly message: string;
  readonly details: string;
}

/** A span below the request's own. Texts are empty and numbers absent where it does not say. */
export interface TracedSpan {
  readonly kind: 'stage' | 'delegate' | 'other';
  /** 1 for what the request itself did, 2 for what a plugin did in its call, and so on. */
  readonly depth: number;
  readonly name: string;
  /** After the begin of the request. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly network: string;
  readonly interface: string;
  readonly plugin: string;
  readonly stdinBytes: number | undefined;
  readonly stdoutBytes: number | undefined;
  readonly stderrBytes: number | undefined;
  /** How a delegate ended: `exit 0`, `SIGKILL`, `no end within 1000 ms`. */
  readonly end: string;
  readonly error: TracedError | undefined;
}

/** A request. */
export interface TracedRequest {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly host: string;
  readonly verb: string;
  readonly containerId: string;
  readonly interface: string;
  /** `namespace/name`; empty outside Kubernetes. */
  readonly pod: string;
  /** ISO 8601, in UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly exitStatus: number | undefined;
  readonly error: TracedError | undefined;
  readonly spans: readonly TracedSpan[];
  /** Spans that were too many to be kept. */
  readonly droppedSpans: number;
}

/** Finds the requests among spans, the oldest first. A span that is there twice counts once. */
export function tracedRequests(spans: readonly OtlpSpan[]): TracedRequest[] {
  const known = [...new Map(spans.map((span) => [keyOf(span.traceId, span.spanId), span])).values()];
  const children = Map.groupBy(known, ({ traceId, parentSpanId }) => keyOf(traceId, parentSpanId));
  return known
    .filter(isRequest)
    .toSorted((left, right) => (left.start < right.start ? -1 : Number(left.start > right.start)))
    .map((root) => requestOf(root, children));
}

type Children = ReadonlyMap<string, readonly OtlpSpan[]>;

function keyOf(traceId: string, spanId: string): string {
  return `${traceId}/${spanId}`;
}

/** The calls of delegates have a verb, too. */
function isRequest({ scope, attributes }: OtlpSpan): boolean {
  return scope === SCOPE && attributes.has(Attribute.verb) && !attributes.has(Attribute.plugin);
}

function requestOf(root: OtlpSpan, children: Children): TracedRequest {
  const { attributes, traceId, spanId, parentSpanId, host } = root;
  const namespace = textOf(attributes, Attribute.namespace);
  return {
    traceId,
    spanId,
    parentSpanId,
    host,
    verb: textOf(attributes, Attribute.verb),
    containerId: textOf(attributes, Attribute.containerId),
    interface: textOf(attributes, Attribute.ifName),
    pod: namespace === '' ? '' : `${namespace}/${textOf(attributes, Attribute.pod)}`,
    startedAt: timeOf(root.start),
    durationMs: msBetween(root.start, root.end),
    exitStatus: numberOf(attributes, Attribute.exitStatus),
    error: errorOf(root),
    spans: spansBelow(root, children),
    droppedSpans: numberOf(attributes, Attribute.droppedSpans) ?? 0,
  };
}

/** What plugins trace by themselves may be as deep as they like; so far and no further it is moved in. */
const MOST_DEPTH = 8;

/** Not by recursion: a file that somebody made up may be deeper than the stack, or have a span that is its own ancestor. */
function spansBelow(root: OtlpSpan, children: Children): TracedSpan[] {
  const seen = new Set([root.spanId]);
  const found: TracedSpan[] = [];
  const next = [{ span: root, depth: 0 }];
  for (let at = next.pop(); at; at = next.pop()) {
    const { span: parent, depth } = at;
    if (parent !== root) found.push(spanOf(parent, root, Math.min(depth, MOST_DEPTH)));
    const own = children.get(keyOf(parent.traceId, parent.spanId)) ?? [];
    for (const span of own.toSorted((left, right) => Number(left.start - right.start)).toReversed()) {
      // A request of its own is not a part of this one.
      if (seen.has(span.spanId) || isRequest(span)) continue;
      seen.add(span.spanId);
      next.push({ span, depth: depth + 1 });
    }
  }
  return found;
}

function spanOf(span: OtlpSpan, root: OtlpSpan, depth: number): TracedSpan {
  const { attributes, scope, name } = span;
  const isOurs = scope === SCOPE;
  const kind = isOurs && attributes.has(Attribute.stage) ? 'stage' : 'other';
  return {
    kind: isOurs && attributes.has(Attribute.plugin) ? 'delegate' : kind,
    depth,
    name: name === '' ? '(no name)' : name,
    startMs: msBetween(root.start, span.start),
    durationMs: msBetween(span.start, span.end),
    network: textOf(attributes, Attribute.network),
    interface: textOf(attributes, Attribute.ifName),
    plugin: textOf(attributes, Attribute.plugin),
    stdinBytes: numberOf(attributes, Attribute.stdinBytes),
    stdoutBytes: numberOf(attributes, Attribute.stdoutBytes),
    stderrBytes: numberOf(attributes, Attribute.stderrBytes),
    end: endText(attributes),
    error: errorOf(span),
  };
}

function endText(attributes: Attributes): string {
  if (attributes.get(Attribute.isUnfinished) === true) return 'unfinished';
  switch (attributes.get(Attribute.end)) {
    case undefined:
      return '';
    case 'exited':
      return `exit ${textOf(attributes, Attribute.exitStatus)}`;
    case 'signaled':
      return textOf(attributes, Attribute.signal);
    case 'timed-out':
      return `no end within ${textOf(attributes, Attribute.timeoutMs)} ms`;
    default:
      return textOf(attributes, Attribute.end).replace('-', ' ');
  }
}

function errorOf({ isFailed, message, attributes }: OtlpSpan): TracedError | undefined {
  if (!isFailed) return undefined;
  return {
    code: numberOf(attributes, Attribute.errorCode),
    message: message === '' ? 'failed' : message,
    details: textOf(attributes, Attribute.errorDetails),
  };
}

function textOf(attributes: Attributes, name: string): string {
  return String(attributes.get(name) ?? '');
}

function numberOf(attributes: Attributes, name: string): number | undefined {
  const value = attributes.get(name);
  return typeof value === 'number' ? value : undefined;
}

/** Rounded to microseconds. */
function msBetween(from: bigint, to: bigint): number {
  return Number((to - from) / 1000n) / 1000;
}

/** The year 9999 is the last that is written with four digits. */
const LAST_MS = Date.UTC(9999, 11, 31);

function timeOf(nanoseconds: bigint): string {
  const ms = Number(nanoseconds / 1_000_000n);
  return new Date(Math.min(ms, LAST_MS)).toISOString();
}
