import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame } from '../../src/agent/encode-frame.ts';
import { agentFrames, launcherFrames } from '../../src/agent/frame-decoder.ts';
import {
  type AgentFrame,
  END_KINDS,
  type ExecFrame,
  type ExitedFrame,
  FRAMES_VERSION,
  FrameError,
  FrameLimit,
  type LauncherFrame,
  NETNS_KINDS,
  type RequestFrame,
} from '../../src/agent/frames.ts';
import { MALFORMED, shownFrame, WELL_FORMED } from '../samples/frame-vectors.ts';

const HELLO: AgentFrame & LauncherFrame = { kind: 'hello', version: FRAMES_VERSION, silenceMs: 0 };
const greeting = encodeFrame(HELLO);
const decoderFrom = { agent: agentFrames, launcher: launcherFrames };

/** What comes of a connection: its frames, and the fault that ended it. */
function decoded(from: 'agent' | 'launcher', chunks: Iterable<Buffer>) {
  const decoder = decoderFrom[from]();
  const frames: Record<string, unknown>[] = [];
  try {
    for (const chunk of chunks) for (const frame of decoder.push(chunk)) frames.push(shownFrame(frame));
    return { frames, end: decoder.isBetweenFrames ? 'whole' : 'partial' };
  } catch (cause) {
    if (!(cause instanceof FrameError)) throw cause;
    return { frames, end: cause.fault };
  }
}

/** `bytes` cut at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe('the vectors', () => {
  test.each(WELL_FORMED)('$from: $name', ({ from, bytes, frame }) => {
    const stream = frame['kind'] === 'hello' ? bytes : Buffer.concat([greeting, bytes]);
    const last = [...decoderFrom[from]().push(stream)].at(-1);
    expect(shownFrame(last ?? {})).toEqual(frame);
    expect(last && encodeFrame(last)).toEqual(bytes);
  });

  test.each(MALFORMED)('refused from the $from: $name', ({ from, bytes, fault }) => {
    expect(decoded(from, [bytes]).end).toBe(fault);
    const singly = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
    expect(decoded(from, singly).end).toBe(fault);
  });

  test('every kind of frame has one, and every fault', () => {
    const kinds = new Set(WELL_FORMED.map(({ frame }) => frame['kind']));
    expect(kinds).toEqual(new Set(['hello', 'request', 'exec', 'exited', 'kill', 'signal', 'log', 'done']));
    const faults = new Set(MALFORMED.map(({ fault }) => fault));
    expect(faults).toEqual(new Set(['unknown-type', 'oversize', 'malformed', 'out-of-turn', 'other-version']));
  });
});

const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const content = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const name = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !/[=\0]/.test(text));
const value = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
const variables = fc.dictionary(name, value, { maxKeys: 20 });
const ascii = (maxLength: number) => fc.string({ maxLength });

const agentFrame: fc.Arbitrary<AgentFrame> = fc.oneof(
  fc.record({
    kind: fc.constant('exec' as const),
    id: number,
    deadlineMs: number,
    maxStdoutBytes: fc.integer({ min: 0, max: FrameLimit.contentBytes }),
    cniVersion: ascii(16),
    path: ascii(100),
    variables,
    stdin: content,
  }),
  fc.record({ kind: fc.constant('kill' as const), id: number }),
  fc.record({ kind: fc.constant('log' as const), text: content }),
  fc.record({ kind: fc.constant('done' as const), exitCode: fc.integer({ min: 0, max: 255 }), stdout: content }),
);
const launcherFrame: fc.Arbitrary<LauncherFrame> = fc.oneof(
  fc.record({
    kind: fc.constant('request' as const),
    netns: fc.constantFrom(...NETNS_KINDS),
    variables,
    stdin: content,
  }),
  fc.record({
    kind: fc.constant('exited' as const),
    id: number,
    end: fc.constantFrom(...END_KINDS),
    value: number,
    durationUs: number,
    maxRssKib: number,
    stdout: content,
    stderr: content,
  }),
  fc.record({ kind: fc.constant('signal' as const), signal: number }),
);
const conversation = fc.oneof(
  fc.record({ from: fc.constant('agent' as const), frames: fc.array(agentFrame, { maxLength: 5 }) }),
  fc.record({ from: fc.constant('launcher' as const), frames: fc.array(launcherFrame, { maxLength: 5 }) }),
);
const places = fc.array(fc.nat(), { maxLength: 12 });

describe('any frames', () => {
  test('come back as they were, however the stream is cut', () => {
    fc.assert(
      fc.property(conversation, places, ({ from, frames }, at) => {
        const stream = Buffer.concat([greeting, ...frames.map(encodeFrame)]);
        expect(decoded(from, cut(stream, at))).toEqual({ frames: [HELLO, ...frames].map(shownFrame), end: 'whole' });
      }),
    );
  });

  test('cut off anywhere are those before the cut', () => {
    fc.assert(
      fc.property(conversation, fc.nat(), ({ from, frames }, at) => {
        const stream = Buffer.concat([greeting, ...frames.map(encodeFrame)]);
        const whole = decoded(from, [stream]).frames;
        const { frames: some, end } = decoded(from, [stream.subarray(0, at % stream.length)]);
        expect(some).toEqual(whole.slice(0, some.length));
        expect(some.length).toBeLessThan(whole.length);
        expect(['whole', 'partial']).toContain(end);
      }),
    );
  });
});

describe('bytes that are no frames', () => {
  const damaged = fc.record({
    vector: fc.constantFrom(...WELL_FORMED, ...MALFORMED),
    damages: fc.array(fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }), { maxLength: 4 }),
    tail: fc.uint8Array({ maxLength: 40 }),
  });

  test('end in a FrameError and nothing else, and chunks make no difference', () => {
    fc.assert(
      fc.property(damaged, places, ({ vector, damages, tail }, at) => {
        const stream = Buffer.concat([greeting, vector.bytes, tail]);
        for (const damage of damages) stream[damage.at % stream.length] = damage.byte;
        for (const from of ['agent', 'launcher'] as const)
          expect(decoded(from, cut(stream, at))).toEqual(decoded(from, [stream]));
      }),
      { numRuns: 500 },
    );
  });

  test('take no memory for what they only announce', () => {
    const header = Buffer.alloc(9);
    header.writeUInt32LE(FrameLimit.contentBytes, 0);
    header.writeUInt32LE(8, 4);
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 100 }, () => {
      const decoder = agentFrames();
      expect([...decoder.push(greeting), ...decoder.push(header)]).toHaveLength(1);
      return decoder;
    });
    expect(decoders.every(({ isBetweenFrames }) => !isBetweenFrames)).toBe(true);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(FrameLimit.contentBytes);
  });
});

describe('the limits', () => {
  const exec: ExecFrame = {
    kind: 'exec',
    id: 1,
    deadlineMs: 1,
    maxStdoutBytes: 0,
    cniVersion: '1.0.0',
    path: '/p',
    variables: {},
    stdin: '',
  };
  const exited: ExitedFrame = {
    kind: 'exited',
    id: 1,
    end: 'exited',
    value: 0,
    durationUs: 0,
    maxRssKib: 0,
    stdout: '',
    stderr: '',
  };
  const request: RequestFrame = { kind: 'request', netns: 'absent', variables: {}, stdin: '' };
  const some = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`A${index}`, '']));

  const largest: [string, 'agent' | 'launcher', AgentFrame | LauncherFrame, AgentFrame | LauncherFrame][] = [
    ['a silence', 'agent', { ...HELLO, silenceMs: 600_000 }, { ...HELLO, silenceMs: 600_001 }],
    ['a stdin', 'agent', { ...exec, stdin: text(8 << 20) }, { ...exec, stdin: text((8 << 20) + 1) }],
    ['a path', 'agent', { ...exec, path: text(4095) }, { ...exec, path: text(4096) }],
    ['a version', 'agent', { ...exec, cniVersion: text(16) }, { ...exec, cniVersion: text(17) }],
    ['a cap', 'agent', { ...exec, maxStdoutBytes: 8 << 20 }, { ...exec, maxStdoutBytes: (8 << 20) + 1 }],
    ['variables', 'agent', { ...exec, variables: some(64) }, { ...exec, variables: some(65) }],
    [
      'a block',
      'agent',
      { ...exec, variables: { A: text((1 << 20) - 3) } },
      { ...exec, variables: { A: text((1 << 20) - 2) } },
    ],
    ['a text', 'agent', { kind: 'log', text: text(65_536) }, { kind: 'log', text: text(65_537) }],
    [
      'an answer',
      'agent',
      { kind: 'done', exitCode: 255, stdout: text(8 << 20) },
      { kind: 'done', exitCode: 255, stdout: text((8 << 20) + 1) },
    ],
    ['an exit code', 'agent', { kind: 'done', exitCode: 255, stdout: '' }, { kind: 'done', exitCode: 256, stdout: '' }],
    ['a request', 'launcher', { ...request, stdin: text(8 << 20) }, { ...request, stdin: text((8 << 20) + 1) }],
    ['a stdout', 'launcher', { ...exited, stdout: text(8 << 20) }, { ...exited, stdout: text((8 << 20) + 1) }],
    ['a stderr', 'launcher', { ...exited, stderr: text(16_384) }, { ...exited, stderr: text(16_385) }],
    ['a number', 'launcher', { ...exited, value: 2 ** 32 - 1 }, { ...exited, value: 2 ** 32 }],
  ];

  test.each(largest)(
    '%s from the %s as large as it may be is read, a larger one is not written',
    (_, from, at, over) => {
      const bytes = encodeFrame(at);
      expect(decoded(from, at.kind === 'hello' ? [bytes] : [greeting, bytes]).end).toBe('whole');
      expect(() => encodeFrame(over)).toThrow(FrameError);
    },
  );

  test('the longest order of all is read', () => {
    const order = { ...exec, cniVersion: text(16), path: text(4095), variables: { A: text((1 << 20) - 3) } };
    const bytes = encodeFrame({ ...order, stdin: text(8 << 20) });
    expect(decoded('agent', [greeting, ...cut(bytes, [1, 9, 5000, 3_000_000])]).end).toBe('whole');
  });

  test.each([
    ['a name with =', { 'A=': '1' }],
    ['an empty name', { '': '1' }],
    ['a NUL in a name', { 'A\0': '1' }],
    ['a NUL in a value', { A: '1\0B=2' }],
  ])('%s is not written', (_, odd) => {
    expect(() => encodeFrame({ ...exec, variables: odd })).toThrow(FrameError);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 32])('the number %d is not written', (id) => {
    expect(() => encodeFrame({ kind: 'kill', id })).toThrow(FrameError);
  });

  test('of a variable that is there twice the first counts', () => {
    const block = Buffer.from('A=1\0A=2\0');
    const body = Buffer.concat([word(0), word(block.length), block, word(0)]);
    const frames = [...launcherFrames().push(Buffer.concat([greeting, word(body.length), word(2), body]))];
    expect(frames[1]).toMatchObject({ variables: { A: '1' } });
  });
});

function text(length: number): string {
  return 'x'.repeat(length);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
