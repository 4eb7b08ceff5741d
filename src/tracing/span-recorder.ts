/**
 * The spans of one request, by OpenTelemetry's SDK: a root, and children of it.
 *
 * In: the runtime's TRACEPARENT, and what begins and ends. Out: finished spans for `JsonTraceSerializer`. Touches nothing.
 * Invariant: the spans of a request come to an end with it, and there are no more than `MOST_SPANS`.
 */
import { hostname } from 'node:os';
import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, type ReadableSpan, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { CniError } from '../errors.ts';
import { clipped } from '../schema/clipped-text.ts';
import { HIDDEN } from '../schema/secret-texts.ts';
import { hideInText } from '../schema/secrets.ts';
import { BRAID_VERSION } from '../version.ts';
import { Attribute, SCOPE } from './attributes.ts';

/** GC may run thousands of delegates. */
export const MOST_SPANS = 2000;
/** Texts are cut after so many characters. */
const MOST_CHARACTERS = 1000;
/** A plugin may say megabytes, which whoever waits for the call need not wait for: no more is looked through for secrets. */
const MOST_LOOKED_THROUGH = 64_000;

/** Milliseconds since 1970, with fractions. */
export type Clock = () => number;

const PROPAGATOR = new W3CTraceContextPropagator();

/** A span that has begun. */
export interface BegunSpan {
  /** As W3C has it, for whoever works on behalf of the span. */
  readonly traceparent: string;
  end(attributes?: Attributes, error?: CniError): void;
}

/** Records the spans of a request; `variables` are the runtime's. */
export class SpanRecorder {
  /** False: the runtime names no span, or in no valid way, so that a trace begins here. */
  readonly hasParent: boolean;
  readonly #now: Clock;
  readonly #tracer: Tracer;
  readonly #finished: ReadableSpan[] = [];
  readonly #open = new Set<BegunSpan>();
  readonly #root: Span;
  readonly #inRoot: Context;
  #count = 0;

  constructor(
    root: { readonly name: string; readonly attributes: Attributes },
    variables: Readonly<Record<string, string>>,
    now: Clock,
  ) {
    this.#now = now;
    this.#tracer = new TracerProvider({
      resource: resourceFromAttributes({
        'service.name': SCOPE,
        'service.version': BRAID_VERSION,
        'host.name': hostname(),
      }),
      // Whoever writes the key "trace" wants to see the calls, whatever the runtime samples.
      sampler: new AlwaysOnSampler(),
      spanLimits: { attributeValueLengthLimit: MOST_CHARACTERS },
      spanProcessors: [keptBy(this.#finished)],
    }).getTracer(SCOPE, BRAID_VERSION);
    const carrier = { traceparent: variables['TRACEPARENT'], tracestate: variables['TRACESTATE'] };
    const outside = PROPAGATOR.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
    this.hasParent = trace.getSpanContext(outside) !== undefined;
    const options = { kind: SpanKind.SERVER, startTime: now(), attributes: shown(root.attributes) };
    this.#root = this.#tracer.startSpan(root.name, options, outside);
    this.#inRoot = trace.setSpan(outside, this.#root);
  }

  /** Begins a child of the root; beyond the most that are kept, one that nobody will see. */
  begin(name: string, kind: 'stage' | 'delegate', attributes: Attributes): BegunSpan {
    this.#count += 1;
    if (this.#count > MOST_SPANS) return { traceparent: traceparentOf(this.#inRoot), end: () => undefined };
    const span = this.#tracer.startSpan(
      name,
      {
        kind: kind === 'stage' ? SpanKind.INTERNAL : SpanKind.CLIENT,
        startTime: this.#now(),
        attributes: shown(attributes),
      },
      this.#inRoot,
    );
    const begun: BegunSpan = {
      traceparent: traceparentOf(trace.setSpan(this.#inRoot, span)),
      end: (more = {}, error = undefined) => {
        this.#open.delete(begun);
        endSpan(span, { attributes: more, error, endTime: this.#now() });
      },
    };
    this.#open.add(begun);
    return begun;
  }

  /** Ends the root, and whatever has not ended; answers all spans. */
  end(attributes: Attributes, error?: CniError): readonly ReadableSpan[] {
    for (const begun of [...this.#open]) begun.end({ [Attribute.isUnfinished]: true });
    const dropped = this.#count - MOST_SPANS;
    const all = { ...attributes, ...(dropped > 0 && { [Attribute.droppedSpans]: dropped }) };
    endSpan(this.#root, { attributes: all, error, endTime: this.#now() });
    return this.#finished;
  }
}

function keptBy(finished: ReadableSpan[]): SpanProcessor {
  const nothing = async () => undefined;
  return {
    onStart: () => undefined,
    onEnd: (span) => finished.push(span),
    forceFlush: nothing,
    shutdown: nothing,
  };
}

function traceparentOf(context: Context): string {
  const carrier: { traceparent?: string } = {};
  PROPAGATOR.inject(context, carrier, defaultTextMapSetter);
  return carrier.traceparent ?? '';
}

interface SpanEnd {
  readonly attributes: Attributes;
  readonly error: CniError | undefined;
  readonly endTime: number;
}

function endSpan(span: Span, { attributes, error, endTime }: SpanEnd): void {
  span.setAttributes(shown(attributes));
  if (error) {
    const { code, message, details } = error;
    span.setAttributes(shown({ [Attribute.errorCode]: code, ...(details && { [Attribute.errorDetails]: details }) }));
    span.setStatus({ code: SpanStatusCode.ERROR, message: clipped(shownText(message), MOST_CHARACTERS) });
  }
  span.end(endTime);
}

/** What of them may be shown. An empty text says nothing. */
function shown(attributes: Attributes): Attributes {
  const given = Object.entries(attributes).filter(([, value]) => value !== '' && value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, typeof value === 'string' ? shownText(value) : value]));
}

function shownText(text: string): string {
  if (text.length <= MOST_LOOKED_THROUGH) return hideInText(text);
  // The beginning of a JSON text is none, so that its secrets would not be found as they are in the whole.
  return /^\s*[[{]/.test(text) ? HIDDEN : hideInText(text.slice(0, MOST_LOOKED_THROUGH));
}
