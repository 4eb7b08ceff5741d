/** The spans of a request: what stands on them, whose children they are, what delegates are told of them. */
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { describe, expect, test } from 'vitest';
import { CniError } from '../../src/errors.ts';
import type { RunDelegate } from '../../src/execute/run-delegate.ts';
import { errorAnswer } from '../../src/result/answer.ts';
import type { Ports } from '../../src/stages/ports.ts';
import { MOST_SPANS } from '../../src/tracing/span-recorder.ts';
import { watchRequest } from '../../src/tracing/watch-request.ts';
import { failed, pluginsExcept, type Script, scriptedDelegates } from '../samples/delegates.ts';
import { memoryState } from '../samples/memory-state.ts';
import { requestOf } from '../samples/request.ts';

const RUNTIME = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const SUCCESS = { exitCode: 0, stdout: '{}' } as const;
const BEGIN_MS = 1_800_000_000_000;

/** A request that is looked on at, by a clock that goes when told. */
function watched({ script = {}, variables = {} }: { script?: Script; variables?: Record<string, string> } = {}) {
  let ms = BEGIN_MS;
  const delivered: ReadableSpan[] = [];
  const delegates = scriptedDelegates(script);
  const watch = watchRequest(requestOf(), variables, {
    deliver: (spans) => {
      delivered.push(...spans);
      return [];
    },
    now: () => ms,
  });
  const pass = (more: number) => {
    ms += more;
  };
  const ports = watch.ports({
    podSources: [],
    networks: {
      find: async (choices: readonly unknown[]) => {
        pass(2.5);
        if (choices.length > 0) throw new CniError(7, 'no such network');
        return [];
      },
    },
    findPlugins: pluginsExcept(),
    runDelegate: (async (call) => {
      pass(40);
      return delegates.run(call);
    }) satisfies RunDelegate,
    state: memoryState().state,
  } as unknown as Ports);
  const end = async (answer: Parameters<typeof watch.end>[0] = SUCCESS) => {
    await watch.end(answer);
    const root = delivered.at(-1);
    if (!root) throw new Error('no spans');
    return { root, spans: delivered.slice(0, -1) };
  };
  return { ports, end, pass, calls: delegates.calls };
}

function callOf(plugin: string, variables: Record<string, string> = {}, stdin: object | string = { name: 'front' }) {
  return {
    path: `/opt/cni/bin/${plugin}`,
    variables: { CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'c1', CNI_IFNAME: 'net1', ...variables },
    stdin: typeof stdin === 'string' ? stdin : JSON.stringify(stdin),
    timeoutMs: 1000,
    signal: new AbortController().signal,
  };
}

const msOf = ([seconds, nanos]: readonly [number, number]) => seconds * 1000 + nanos / 1e6;

describe('the spans of a request', () => {
  test('are one for it, one for each stage and one for each delegate, with what each took', async () => {
    const { ports, end, pass } = watched();
    pass(1);
    await ports.networks.find([]);
    await ports.runDelegate(callOf('bridge'));
    const { root, spans } = await end();
    expect(spans.map(({ name, startTime, duration }) => [name, msOf(startTime) - BEGIN_MS, msOf(duration)])).toEqual([
      ['networks', 1, 2.5],
      ['ADD bridge', 3.5, 40],
    ]);
    expect([root.name, msOf(root.startTime), msOf(root.duration)]).toEqual(['ADD', BEGIN_MS, 43.5]);
    expect(root.attributes).toEqual({
      'cni.command': 'ADD',
      'container.id': 'c1',
      'cni.interface': 'eth0',
      'cni.netns': '/run/netns/pod',
      'cni.network': 'braid',
      'cni.version': '1.1.0',
      'k8s.namespace.name': 'shop',
      'k8s.pod.name': 'web-0',
      'k8s.pod.uid': 'u1',
      'process.exit.code': 0,
    });
    const { traceId, spanId } = root.spanContext();
    for (const { parentSpanContext } of spans) expect(parentSpanContext).toMatchObject({ traceId, spanId });
  });

  test('tell of a delegate what went in and out', async () => {
    const { ports, end } = watched({ script: { 'ADD bridge': { stdout: { ips: [] }, stderr: 'é' } } });
    await ports.runDelegate(callOf('bridge'));
    expect((await end()).spans[0]?.attributes).toEqual({
      'cni.command': 'ADD',
      'cni.plugin': 'bridge',
      'process.executable.path': '/opt/cni/bin/bridge',
      'cni.network': 'front',
      'cni.interface': 'net1',
      'cni.stdin.bytes': 16,
      'cni.stdout.bytes': 10,
      'cni.stderr.bytes': 2,
      'cni.end': 'exited',
      'process.exit.code': 0,
    });
  });

  test.each<[string, Script[string], object, string]>([
    [
      'an error',
      failed(110, 'no more addresses'),
      { 'cni.error.code': 110, 'process.exit.code': 1 },
      'no more addresses',
    ],
    [
      'a signal',
      { end: { kind: 'signaled', signal: 'SIGKILL' }, stdout: '' },
      { 'cni.end': 'signaled', 'cni.signal': 'SIGKILL', 'cni.error.code': 999 },
      'failed with no error message: killed by SIGKILL',
    ],
    [
      'its deadline',
      { end: { kind: 'timed-out', timeoutMs: 1000 }, stdout: '' },
      { 'cni.end': 'timed-out', 'cni.timeout_ms': 1000, 'cni.error.code': 101 },
      'did not end within 1000 ms and was killed',
    ],
    [
      'status 0 and nothing on stdout',
      { stdout: '' },
      { 'process.exit.code': 0, 'cni.error.code': 6 },
      'the plugin ended well but printed nothing on stdout',
    ],
  ])('tell of a delegate that ended by %s', async (_how, reply, attributes, message) => {
    const { ports, end } = watched({ script: { 'ADD bridge': reply } });
    await ports.runDelegate(callOf('bridge'));
    const { spans, root } = await end();
    expect(spans[0]?.attributes).toMatchObject(attributes);
    expect(spans[0]?.status).toEqual({ code: 2, message });
    // What becomes of it the request tells.
    expect(root.status).toEqual({ code: 0 });
  });

  test('tell of the error that the runtime got, and of a stage that failed', async () => {
    const { ports, end } = watched();
    await expect(ports.networks.find(['broken'] as never)).rejects.toThrow('no such network');
    const error = new CniError(102, 'address 10.0.0.2 is there twice', 'take one away');
    const { root, spans } = await end({ exitCode: 1, stdout: errorAnswer(error, '1.1.0') });
    expect(spans[0]?.attributes).toEqual({ 'cni.stage': 'networks', 'cni.error.code': 7 });
    expect(spans[0]?.status).toEqual({ code: 2, message: 'no such network' });
    expect(root.attributes).toMatchObject({
      'process.exit.code': 1,
      'cni.error.code': 102,
      'cni.error.details': 'take one away',
    });
    expect(root.status).toEqual({ code: 2, message: 'address 10.0.0.2 is there twice' });
  });

  test('end with the request, and say that they had not', async () => {
    const { ports, end, pass } = watched({ script: { 'ADD bridge': () => new Promise(() => undefined) } });
    void ports.runDelegate(callOf('bridge'));
    pass(5);
    const { spans } = await end();
    expect(spans[0]?.attributes).toMatchObject({ 'cni.unfinished': true });
    expect(spans[0]?.ended).toBe(true);
  });

  test('are so many and no more', async () => {
    const { ports, end } = watched();
    for (let count = 0; count < MOST_SPANS + 3; count += 1) await ports.runDelegate(callOf('bridge'));
    const { root, spans } = await end();
    expect([spans.length, root.attributes['cni.dropped_spans']]).toEqual([MOST_SPANS, 3]);
  });

  test('hold no secrets, and no more of a text than anybody reads', async () => {
    const said = failed(7, `http://admin:hunter2@proxy/ ${'x'.repeat(5000)}`);
    const { ports, end } = watched({ script: { 'ADD bridge': said } });
    await ports.runDelegate(callOf('bridge', {}, { name: 'front', token: 'hunter2' }));
    const { spans } = await end();
    const text = Buffer.from(JsonTraceSerializer.serializeRequest(spans) ?? '').toString();
    expect(text).not.toContain('hunter2');
    expect(text).toContain('http://admin:(hidden)@proxy/ xxx');
    expect(spans[0]?.status.message).toHaveLength(1000);
  });

  test.each([
    ['nested deeper than anybody can follow', '['.repeat(30_000) + ']'.repeat(30_000), '['.repeat(999)],
    [
      'JSON of more than is looked through',
      `{"env": [{"name": "TOKEN", "value": "hunter2"}${' '.repeat(70_000)}]}`,
      '(hidden)',
    ],
    ['long, with a secret', `token: hunter2 ${'x'.repeat(2_000_000)}`, 'token: (hidden) xxx'],
  ])('do no harm where a plugin says what is %s', async (_how, message, shown) => {
    const reply = failed(7, message);
    const { ports, end } = watched({ script: { 'ADD bridge': reply } });
    const { stdout } = await ports.runDelegate(callOf('bridge'));
    expect(JSON.parse(stdout)).toMatchObject({ code: 7 });
    const { root, spans } = await end({ exitCode: 1, stdout: errorAnswer(new CniError(7, message), '1.1.0') });
    for (const { status } of [root, ...spans]) expect(status.message?.startsWith(shown)).toBe(true);
  });
});

describe('the trace', () => {
  test('goes on where the runtime has begun it, and each delegate goes on from its own span', async () => {
    const { ports, end, calls } = watched({ variables: { TRACEPARENT: RUNTIME, TRACESTATE: 'vendor=1' } });
    await ports.runDelegate(callOf('bridge'));
    const { root, spans } = await end();
    expect(root.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true });
    const { traceId, spanId } = spans[0]?.spanContext() ?? {};
    expect(traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(calls[0]?.variables).toMatchObject({ TRACEPARENT: `00-${traceId}-${spanId}-01` });
    // It is inherited, as the runtime's other variables are.
    expect(calls[0]?.variables).not.toHaveProperty('TRACESTATE');
  });

  test.each([
    ['', '00-00000000000000000000000000000000-b7ad6b7169203331-01'],
    ['vendor=1', '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01'],
    ['vendor=1', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['vendor=1', `${RUNTIME} `.repeat(2)],
  ])('begins here where the runtime names none: state %j of %j', async (state, parent) => {
    const { ports, end, calls } = watched({ variables: { TRACEPARENT: parent, TRACESTATE: state } });
    await ports.runDelegate(callOf('bridge'));
    const { root } = await end();
    expect(root.parentSpanContext).toBeUndefined();
    expect(calls[0]?.variables['TRACEPARENT']).toContain(root.spanContext().traceId);
    // The state of a trace that nobody can go on with.
    expect(calls[0]?.variables['TRACESTATE']).toBe(state === '' ? undefined : '');
  });

  test('is recorded whatever the runtime samples', async () => {
    const { ports, end, calls } = watched({ variables: { TRACEPARENT: RUNTIME.replace(/01$/, '00') } });
    await ports.runDelegate(callOf('bridge'));
    expect((await end()).spans).toHaveLength(1);
    expect(calls[0]?.variables['TRACEPARENT']).toMatch(/-01$/);
  });

  test('the helper, which has no verb and no configuration, has a span as well', async () => {
    const { ports, end } = watched();
    const { CNI_COMMAND: _verb, ...rest } = callOf('braid-netns').variables;
    await ports.runDelegate({ ...callOf('braid-netns', {}, 'default 10.0.0.1 eth0\n'), variables: rest });
    const { spans } = await end();
    expect(spans[0]?.name).toBe('braid-netns');
    expect(spans[0]?.attributes).not.toHaveProperty('cni.network');
  });
});
