/**
 * Spans in a line of OTLP's JSON, whoever wrote it: Braid itself, or a collector that several programs tell. Pure.
 *
 * Only what a waterfall shows is read; what else a span has may be of any shape.
 */
import * as z from 'zod/mini';
import { firstIssue } from '../../schema/issue-text.ts';
import { isJsonObject } from '../../schema/json.ts';
import { parseJsonText } from '../../schema/json-fault.ts';

/** Scalars; of another kind of value nothing is known. */
export type Attributes = ReadonlyMap<string, string | number | boolean>;

/** A span. Times are nanoseconds since 1970. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  readonly scope: string;
  readonly host: string;
  readonly name: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Attributes;
  readonly isFailed: boolean;
  /** Empty where the span has none. */
  readonly message: string;
}

const id = z.string().check(z.regex(/^([0-9a-f]{2})+$/i, 'must be an id in hexadecimal digits'));
const nanoseconds = z.pipe(
  z.custom<string | number>(isNanoseconds, 'must be a time in nanoseconds'),
  z.transform((value) => BigInt(value)),
);
const attributes = z.optional(z.array(z.object({ key: z.string(), value: z.optional(z.unknown()) })));

const shape = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.optional(z.object({ attributes })),
      scopeSpans: z.optional(
        z.array(
          z.object({
            scope: z.optional(z.object({ name: z.optional(z.string()) })),
            spans: z.optional(
              z.array(
                z.object({
                  traceId: id,
                  spanId: id,
                  parentSpanId: z.optional(z.union([z.literal(''), id])),
                  name: z._default(z.string(), ''),
                  startTimeUnixNano: nanoseconds,
                  endTimeUnixNano: nanoseconds,
                  attributes,
                  status: z.optional(z.object({ code: z.optional(z.unknown()), message: z.optional(z.string()) })),
                }),
              ),
            ),
          }),
        ),
      ),
    }),
  ),
});

type Given = NonNullable<
  NonNullable<z.infer<typeof shape>['resourceSpans'][number]['scopeSpans']>[number]['spans']
>[number];

/** Reads a line. Throws: Error saying what is wrong with it. */
export function otlpSpans(line: string): OtlpSpan[] {
  const parsed = shape.safeParse(parseJsonText(line));
  if (!parsed.success) throw new Error(`it is no trace in OTLP's JSON: ${firstIssue(parsed.error)}`);
  return parsed.data.resourceSpans.flatMap(({ resource, scopeSpans = [] }) => {
    const host = String(scalars(resource?.attributes).get('host.name') ?? '');
    return scopeSpans.flatMap(({ scope, spans = [] }) =>
      spans.map((span) => spanOf(span, { scope: scope?.name ?? '', host })),
    );
  });
}

/** OTLP has texts, for they have 64 bits; not everybody does. */
function isNanoseconds(value: unknown): boolean {
  return typeof value === 'string' ? /^\d{1,20}$/.test(value) : Number.isInteger(value) && Number(value) >= 0;
}

function spanOf(span: Given, origin: Pick<OtlpSpan, 'scope' | 'host'>): OtlpSpan {
  const { traceId, spanId, parentSpanId = '', startTimeUnixNano: start, endTimeUnixNano: end, status } = span;
  // A clock that was put back in between.
  const isBackwards = end < start;
  return {
    ...origin,
    traceId: traceId.toLowerCase(),
    spanId: spanId.toLowerCase(),
    parentSpanId: parentSpanId.toLowerCase(),
    name: span.name,
    start,
    end: isBackwards ? start : end,
    attributes: scalars(span.attributes),
    isFailed: status?.code === 2 || status?.code === 'STATUS_CODE_ERROR',
    message: status?.message ?? '',
  };
}

function scalars(given: z.infer<typeof attributes> = []): Attributes {
  const pairs = given.flatMap(({ key, value }): [string, string | number | boolean][] => {
    const scalar = isJsonObject(value) ? scalarOf(value) : undefined;
    return scalar === undefined ? [] : [[key, scalar]];
  });
  return new Map(pairs);
}

/** Whole numbers may be texts, for they have 64 bits. */
function scalarOf({ stringValue, intValue, doubleValue, boolValue }: Readonly<Record<string, unknown>>) {
  if (typeof stringValue === 'string') return stringValue;
  if (typeof boolValue === 'boolean') return boolValue;
  const number = intValue ?? doubleValue;
  return (typeof number === 'number' || typeof number === 'string') && Number.isFinite(Number(number))
    ? Number(number)
    : undefined;
}
