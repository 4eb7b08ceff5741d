/** Requests found in lines of OTLP's JSON, and lines that are none. */
import { describe, expect, test } from 'vitest';
import { readTraces } from '../../../src/commands/trace/read-traces.ts';
import { delegateSpan, otlpLine, requestLine, stageSpan } from '../../samples/otlp-trace.ts';

const read = (...lines: readonly string[]) => readTraces([{ file: 'trace.jsonl', text: `${lines.join('\n')}\n` }]);
const ROOT = 'a'.repeat(16);

describe('a request', () => {
  test('is what its spans say', () => {
    const { requests, damaged } = read(requestLine([delegateSpan('ADD bridge', 20.5, 80), stageSpan('lock', 1, 3.25)]));
    expect(damaged).toEqual([]);
    expect(requests).toMatchObject([
      {
        verb: 'ADD',
        pod: 'shop/web',
        containerId: '4f2a9c',
        interface: 'eth0',
        host: 'node-1',
        startedAt: '2026-11-21T12:00:00.000Z',
        durationMs: 100,
        exitStatus: 0,
        error: undefined,
        spans: [
          { kind: 'stage', name: 'lock', startMs: 1, durationMs: 2.25, depth: 1, end: '' },
          {
            kind: 'delegate',
            name: 'ADD bridge',
            plugin: 'bridge',
            network: 'front',
            interface: 'eth0',
            startMs: 20.5,
            durationMs: 59.5,
            stdinBytes: 412,
            stdoutBytes: 1310,
            end: 'exit 0',
          },
        ],
      },
    ]);
  });

  test.each([
    [{ 'cni.end': 'signaled', 'cni.signal': 'SIGKILL' }, 'SIGKILL'],
    [{ 'cni.end': 'timed-out', 'cni.timeout_ms': 500 }, 'no end within 500 ms'],
    [{ 'cni.end': 'not-started' }, 'not started'],
    [{ 'cni.unfinished': true }, 'unfinished'],
    [{ 'process.exit.code': 3 }, 'exit 3'],
  ])('of a delegate tells how it ended: %j', (attributes, end) => {
    expect(read(requestLine([delegateSpan('ADD bridge', 1, 2, { attributes })])).requests[0]?.spans[0]?.end).toBe(end);
  });

  test('tells errors with their codes', () => {
    const error = {
      error: 'no more addresses',
      attributes: { 'cni.error.code': 110, 'cni.error.details': 'free some' },
    };
    const { requests } = read(requestLine([delegateSpan('ADD bridge', 1, 2, error)], { error: '' }));
    const told = { code: 110, message: 'no more addresses', details: 'free some' };
    expect(requests[0]).toMatchObject({
      error: { code: undefined, message: 'failed', details: '' },
      spans: [{ error: told }],
    });
  });
});

describe('requests', () => {
  test('come with the oldest first, whatever the order of their lines', () => {
    const at = (from: number) => requestLine([], { from, to: from + 1 }, String(from).padStart(32, '0'));
    expect(read(at(30), at(10), at(20)).requests.map(({ startedAt }) => startedAt.slice(-4))).toEqual([
      '010Z',
      '020Z',
      '030Z',
    ]);
  });

  test('are found where a collector has spread their spans over lines, and among what others trace', () => {
    const [call, request] = [delegateSpan('ADD bridge', 10, 20, { spanId: 'b'.repeat(16) }), requestLine([])];
    const own = { name: 'ipam', from: 11, to: 12, parentSpanId: 'b'.repeat(16), spanId: 'c'.repeat(16) };
    const deeper = { name: 'lease', from: 11, to: 12, parentSpanId: 'c'.repeat(16), spanId: 'd'.repeat(16) };
    const foreign = { name: 'RunPodSandbox', from: -5, to: 200, attributes: { 'cni.command': 'ADD' } };
    const { requests } = read(
      otlpLine([own, deeper], { scope: 'plugin' }),
      request,
      otlpLine([foreign], { scope: 'containerd' }),
      otlpLine([call]),
    );
    expect(requests).toHaveLength(1);
    expect(requests[0]?.spans.map(({ kind, depth, name }) => [kind, depth, name])).toEqual([
      ['delegate', 1, 'ADD bridge'],
      ['other', 2, 'ipam'],
      ['other', 3, 'lease'],
    ]);
  });

  test('are all told, however deep a plugin goes', () => {
    const idOf = (index: number) => index.toString(16).padStart(16, '0');
    const chain = Array.from({ length: 30_000 }, (_, index) => ({
      name: `step ${index + 1}`,
      from: 1,
      to: 2,
      spanId: idOf(index + 1),
      parentSpanId: index === 0 ? ROOT : idOf(index),
    }));
    const spans = read(requestLine([]), otlpLine(chain, { scope: 'plugin' })).requests[0]?.spans ?? [];
    expect(spans).toHaveLength(30_000);
    expect([0, 7, 8, 29_999].map((index) => [spans[index]?.name, spans[index]?.depth])).toEqual([
      ['step 1', 1],
      ['step 8', 8],
      ['step 9', 8],
      ['step 30000', 8],
    ]);
  });

  test('count once where a line is there twice', () => {
    const line = requestLine([stageSpan('lock', 1, 2)]);
    const { requests } = read(line, line);
    expect(requests.map(({ spans }) => spans.length)).toEqual([1]);
  });

  test('may be of more spans than a call may have arguments', () => {
    const span = `{"traceId":"${'1'.repeat(32)}","spanId":"${'c'.repeat(16)}","startTimeUnixNano":1,"endTimeUnixNano":2}`;
    const line = otlpLine([]).replace('"spans":[', `"spans":[${Array(150_000).fill(span).join()}`);
    expect(read(requestLine([]), line)).toMatchObject({ requests: [{ verb: 'ADD' }], damaged: [] });
  });

  test('do not go round where somebody made up spans that are each other’s parents', () => {
    const round = { name: 'x', from: 1, to: 2, spanId: 'b'.repeat(16), parentSpanId: 'b'.repeat(16) };
    const self = { name: 'y', from: 1, to: 2, spanId: ROOT, parentSpanId: ROOT, attributes: { 'cni.command': 'ADD' } };
    expect(read(otlpLine([round, self])).requests.map(({ spans }) => spans)).toEqual([[]]);
  });

  test('have times in texts or numbers, numbers in either, and clocks that were put back', () => {
    const line = requestLine([delegateSpan('ADD bridge', 20, 10)])
      .replaceAll(/"(startTimeUnixNano)":"(\d+)"/g, '"$1":$2')
      .replaceAll(/\{"intValue":(\d+)\}/g, '{"intValue":"$1"}');
    const [span] = read(line).requests[0]?.spans ?? [];
    expect(span).toMatchObject({ durationMs: 0, stdinBytes: 412 });
    expect(span?.startMs).toBeCloseTo(20, 2);
  });

  test('have other attributes of any shape', () => {
    const odd = '{"key":"x","value":{"kvlistValue":{"values":[]}}},{"key":"y"},{"key":"z","value":null}';
    const line = requestLine([]).replaceAll('"attributes":[', `"attributes":[${odd},`);
    expect(read(line)).toMatchObject({ requests: [{ pod: 'shop/web' }], damaged: [] });
  });
});

describe('a line that is no trace', () => {
  test.each([
    ['{"resourceSpans":[{', /^it is not valid JSON: it ends too early at column 20$/],
    ['{"resourceMetrics":[]}', /^it is no trace in OTLP's JSON: "resourceSpans" must be a list$/],
    ['[]', /^it is no trace in OTLP's JSON: must be an object$/],
    [
      requestLine([]).replace('a'.repeat(16), 'none'),
      /"resourceSpans\[0\].*spanId" must be an id in hexadecimal digits$/,
    ],
    [requestLine([]).replace(/"endTimeUnixNano":"\d+"/, '"endTimeUnixNano":"soon"'), /must be a time in nanoseconds$/],
    ['\0\0\0\0', /^it is not valid JSON/],
  ])('is told with its place, and the others count: %s', (line, cause) => {
    const { requests, damaged } = read(requestLine([]), '', line);
    expect(requests).toHaveLength(1);
    expect(damaged).toEqual([{ file: 'trace.jsonl', line: 3, cause: expect.stringMatching(cause) }]);
  });

  test('is an error where there is no other', () => {
    expect(() => read('# Traces', 'of something')).toThrow('no line of trace.jsonl is a trace');
    expect(read('', '')).toEqual({ requests: [], damaged: [] });
  });
});
