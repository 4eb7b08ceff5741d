/** Lines of OTLP's JSON as Braid and collectors write them. */
type Scalar = string | number | boolean;

/** A span; times are ms after a fixed moment. */
export interface GivenSpan {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly attributes?: Readonly<Record<string, Scalar>>;
  readonly error?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
}

/** The moment. */
const TRACE_BEGIN = Date.UTC(2026, 10, 21, 12, 0, 0);
const ROOT = 'a'.repeat(16);

const scalarValue = (value: Scalar) => {
  if (typeof value === 'boolean') return { boolValue: value };
  return typeof value === 'number' ? { intValue: value } : { stringValue: value };
};
const attributesOf = (given: Readonly<Record<string, Scalar>> = {}) =>
  Object.entries(given).map(([key, value]) => ({ key, value: scalarValue(value) }));
const timeOf = (ms: number) => String(BigInt(TRACE_BEGIN) * 1_000_000n + BigInt(Math.round(ms * 1e6)));

/** A line with these spans. */
export function otlpLine(spans: readonly GivenSpan[], { traceId = '1'.repeat(32), scope = 'braid' } = {}): string {
  const given = spans.map(({ name, from, to, attributes, error, spanId, parentSpanId }, index) => ({
    traceId,
    spanId: spanId ?? String(index).padStart(16, '0'),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    startTimeUnixNano: timeOf(from),
    endTimeUnixNano: timeOf(to),
    attributes: attributesOf(attributes),
    status: error === undefined ? { code: 0 } : { code: 2, message: error },
  }));
  const resource = { attributes: attributesOf({ 'host.name': 'node-1' }) };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: scope }, spans: given }] }] });
}

/** A stage. */
export function stageSpan(stage: string, from: number, to: number): GivenSpan {
  return { name: stage, from, to, attributes: { 'cni.stage': stage }, parentSpanId: ROOT };
}

/** A call of a delegate, `VERB plugin`, that ended well unless told otherwise. */
export function delegateSpan(name: string, from: number, to: number, rest: Partial<GivenSpan> = {}): GivenSpan {
  const [verb = '', plugin = ''] = name.split(' ');
  const attributes = {
    'cni.command': verb,
    'cni.plugin': plugin,
    'cni.network': 'front',
    'cni.interface': 'eth0',
    'cni.stdin.bytes': 412,
    'cni.stdout.bytes': 1310,
    'cni.stderr.bytes': 0,
    'cni.end': 'exited',
    'process.exit.code': 0,
    ...rest.attributes,
  };
  return { name, from, to, parentSpanId: ROOT, ...rest, attributes };
}

/** A request of the pod `shop/web` from `from` on, the spans below it before it, as Braid writes them. */
export function requestLine(
  below: readonly GivenSpan[],
  request: Partial<GivenSpan> = {},
  traceId = '1'.repeat(32),
): string {
  const attributes = {
    'cni.command': 'ADD',
    'container.id': '4f2a9c',
    'cni.interface': 'eth0',
    'k8s.namespace.name': 'shop',
    'k8s.pod.name': 'web',
    'process.exit.code': 0,
    ...request.attributes,
  };
  const root: GivenSpan = { name: 'ADD', from: 0, to: 100, spanId: ROOT, ...request, attributes };
  return otlpLine([...below, root], { traceId });
}
