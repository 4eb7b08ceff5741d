/** Waterfalls on a terminal: bars in their places, and nothing that a pod could do to the terminal. */
import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import { chooseRequests } from '../../../src/commands/trace/choose-requests.ts';
import { readTraces } from '../../../src/commands/trace/read-traces.ts';
import { barText, waterfallText } from '../../../src/commands/trace/waterfall-text.ts';
import { delegateSpan, requestLine, stageSpan } from '../../samples/otlp-trace.ts';

const requestsOf = (...lines: readonly string[]) => readTraces([{ file: 'f', text: lines.join('\n') }]).requests;
const textOf = (line: string) =>
  requestsOf(line).map((request) => waterfallText(request, createColors(false)))[0] ?? '';

test('a request has a line for each span, and one for each error', () => {
  const failed = { error: 'no more addresses', attributes: { 'cni.error.code': 110, 'process.exit.code': 1 } };
  const below = [
    stageSpan('lock', 0, 25),
    stageSpan('journal', 25, 25.5),
    delegateSpan('ADD bridge', 25, 50),
    delegateSpan('ADD ptp', 50, 100, failed),
  ];
  const text = textOf(
    requestLine(below, { error: 'network "front": no more addresses', attributes: { 'cni.error.code': 110 } }),
  );
  expect(text).toBe(`\
ADD shop/web eth0  100.0 ms  failed
  2026-11-21T12:00:00.000Z, container 4f2a9c, trace 11111111111111111111111111111111
  SPAN        NETWORK  INTERFACE  WHEN                                START       DURATION    IN       OUT      END
  lock                            ▕████████                        ▏      0.0 ms     25.0 ms
  ADD bridge  front    eth0       ▕        ████████                ▏     25.0 ms     25.0 ms    412 B   1.3 kB  exit 0
  ADD ptp     front    eth0       ▕                ████████████████▏     50.0 ms     50.0 ms    412 B   1.3 kB  exit 1
  1 stage of less than 1 ms not shown
  ADD ptp: no more addresses (code 110)
  network "front": no more addresses (code 110)
`);
});

test.each([
  [0, 100, 100, 0, 32],
  [50, 25, 100, 16, 8],
  [99.9, 0, 100, 31, 1],
  [-10, 5, 100, 0, 1],
  [200, 50, 100, 31, 1],
  [0, 0, 0, 0, 1],
])('a bar from %d ms for %d of %d begins in column %d and has %d', (startMs, durationMs, wholeMs, begin, length) => {
  const bar = barText({ startMs, durationMs }, wholeMs);
  expect([bar.length, bar.indexOf('█'), bar.trim().length]).toEqual([32, begin, length]);
});

test('of spans without end so many are shown as somebody reads', () => {
  const steps = Array.from({ length: 510 }, (_, index) => delegateSpan(`ADD step${index}`, 1, 2));
  const text = textOf(requestLine(steps));
  expect(text).toContain('ADD step499 ');
  expect(text).not.toContain('ADD step500 ');
  expect(text).toContain('\n  10 further spans are not shown; --json has all of them\n');
});

test('no text of a pod or plugin reaches the terminal as it is', () => {
  const hostile = '\u001b[2J\u001b]0;x\u0007\u202e\u009b31m\r\n';
  const line = requestLine([delegateSpan('ADD bridge', 0, 1, { name: hostile, error: hostile })], {
    error: hostile,
    attributes: { 'k8s.pod.name': hostile, 'container.id': hostile, 'cni.interface': hostile },
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(textOf(line)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});

test('what is wanted is chosen by container, pod, duration and failure', () => {
  const trace = (digit: number) => String(digit).repeat(32);
  const requests = requestsOf(
    requestLine([], { to: 10 }, trace(1)),
    requestLine([], { to: 700, attributes: { 'k8s.pod.name': 'db', 'container.id': '77' } }, trace(2)),
    requestLine([delegateSpan('ADD bridge', 0, 1, { error: 'x' })], { to: 20 }, trace(3)),
    requestLine([], { to: 30, error: 'x', attributes: { 'k8s.namespace.name': 'other' } }, trace(4)),
  );
  const chosen = (wanted: Parameters<typeof chooseRequests>[1]) =>
    chooseRequests(requests, wanted).map(({ traceId }) => Number(traceId[0]));
  expect(chosen({})).toEqual([1, 2, 3, 4]);
  expect(chosen({ containerId: '4f2' })).toEqual([1, 3, 4]);
  expect(chosen({ pod: 'web' })).toEqual([1, 3, 4]);
  expect(chosen({ pod: 'shop/web' })).toEqual([1, 3]);
  expect(chosen({ pod: 'eb' })).toEqual([]);
  expect(chosen({ slow: 30 })).toEqual([2, 4]);
  expect(chosen({ failed: true })).toEqual([3, 4]);
  expect(chosen({ failed: true, pod: 'other/web' })).toEqual([4]);
});
