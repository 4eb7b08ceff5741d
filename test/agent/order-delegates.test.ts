/** Delegates that the launcher runs end in the words that the standalone form has for its own. */
import { describe, expect, test } from 'vitest';
import type { ExitedFrame } from '../../src/agent/frames.ts';
import { orderDelegates } from '../../src/agent/order-delegates.ts';
import type { DelegateCall } from '../../src/execute/run-delegate.ts';
import { spawnDelegates } from '../../src/execute/spawn-delegate.ts';
import { scratchFolder, script } from '../samples/scratch.ts';
import { exitedFrame, sessionScene } from './session-scene.ts';

const ETXTBSY = 26;
const ENOENT = 2;
const EACCES = 13;

function callOf(changes: Partial<DelegateCall> = {}): DelegateCall {
  const variables = { CNI_COMMAND: 'ADD', CNI_IFNAME: 'eth0' };
  const signal = new AbortController().signal;
  return { path: '/opt/cni/bin/bridge', variables, stdin: '{"a":"ä"}', timeoutMs: 20_000, signal, ...changes };
}

/** The RunDelegate of a call whose launcher is at hand. */
async function scene() {
  const { session, launcher } = await sessionScene();
  launcher.begin();
  await launcher.next();
  return { session, launcher, run: orderDelegates(session, '1.0.0') };
}

/** Runs one delegate that ends like this. */
async function runEnding(changes: Partial<ExitedFrame>) {
  const { run, launcher } = await scene();
  const running = run(callOf());
  launcher.send(exitedFrame(await launcher.order(), changes));
  return running;
}

test('an order has all that the call says', async () => {
  const { run, launcher } = await scene();
  const running = run(callOf());
  const frame = await launcher.next();
  expect(frame).toMatchObject({
    kind: 'exec',
    path: '/opt/cni/bin/bridge',
    variables: { CNI_COMMAND: 'ADD', CNI_IFNAME: 'eth0' },
    stdin: Buffer.from('{"a":"ä"}'),
    deadlineMs: 20_000,
    maxStdoutBytes: 8 << 20,
    cniVersion: '1.0.0',
  });
  launcher.send(exitedFrame(1, { stdout: '{"ips":["ü"]}', stderr: 'words' }));
  const { durationMs, ...run1 } = await running;
  expect(run1).toEqual({ end: { kind: 'exited', status: 0 }, stdout: '{"ips":["ü"]}', stderr: 'words' });
  expect(durationMs).toBeGreaterThan(0);
});

describe('ends', () => {
  const ends: [string, Partial<ExitedFrame>, object][] = [
    ['a status', { end: 'exited', value: 7 }, { kind: 'exited', status: 7 }],
    ['a signal', { end: 'signaled', value: 9 }, { kind: 'signaled', signal: 'SIGKILL' }],
    ['a signal without a name', { end: 'signaled', value: 40 }, { kind: 'signaled', signal: 'signal 40' }],
    ['its deadline', { end: 'timed-out', value: 20_000 }, { kind: 'timed-out', timeoutMs: 20_000 }],
    ['too much output', { end: 'overflowed', value: 8 << 20 }, { kind: 'overflowed', limitBytes: 8 << 20 }],
    ['no start', { end: 'not-started', value: ENOENT }, { kind: 'not-started', cause: 'ENOENT (/opt/cni/bin/bridge)' }],
    [
      'a refused start',
      { end: 'not-started', value: EACCES },
      { kind: 'not-started', cause: 'EACCES (/opt/cni/bin/bridge)' },
    ],
    [
      'an error of no name',
      { end: 'not-started', value: 0 },
      { kind: 'not-started', cause: 'errno 0 (/opt/cni/bin/bridge)' },
    ],
    ['a signal of the launcher’s', { end: 'stopped', value: 15 }, { kind: 'aborted', reason: 'Braid got SIGTERM' }],
  ];
  test.each(ends)('%s', async (_name, changes, end) => {
    expect((await runEnding(changes)).end).toEqual(end);
  });

  test('being told to stop', async () => {
    const { run, launcher } = await scene();
    const stop = new AbortController();
    const running = run(callOf({ signal: stop.signal }));
    const id = await launcher.order();
    stop.abort(new Error('Braid got SIGINT'));
    expect(await launcher.next()).toEqual({ kind: 'kill', id });
    launcher.send(exitedFrame(id, { end: 'stopped', value: 0 }));
    expect((await running).end).toEqual({ kind: 'aborted', reason: 'Braid got SIGINT' });
  });

  test('being told to stop while it waits for its turn, or before', async () => {
    const { run, launcher } = await scene();
    const stop = new AbortController();
    const first = run(callOf());
    const second = run(callOf({ signal: stop.signal }));
    const id = await launcher.order();
    stop.abort(new Error('enough'));
    launcher.send(exitedFrame(id));
    await first;
    expect(await launcher.order()).toBe(2);
    expect(await launcher.next()).toEqual({ kind: 'kill', id: 2 });
    launcher.send(exitedFrame(2, { end: 'stopped' }));
    expect((await second).end).toEqual({ kind: 'aborted', reason: 'enough' });
    expect((await run(callOf({ signal: stop.signal }))).end).toEqual({ kind: 'aborted', reason: 'enough' });
    const third = run(callOf());
    expect(await launcher.order()).toBe(3);
    launcher.send(exitedFrame(3));
    expect((await third).end).toMatchObject({ kind: 'exited' });
  });

  test('a launcher that is gone', async () => {
    const { run, launcher } = await scene();
    const running = run(callOf());
    await launcher.order();
    launcher.socket.destroy();
    expect((await running).end).toEqual({ kind: 'aborted', reason: 'the launcher is gone' });
    expect((await run(callOf())).end).toEqual({ kind: 'aborted', reason: 'the launcher is gone' });
  });

  test('what fits into no frame', async () => {
    const { run } = await scene();
    const { end } = await run(callOf({ stdin: 'x'.repeat((8 << 20) + 1) }));
    expect(end).toMatchObject({ kind: 'not-started' });
  });

  test('a missing program is told as the standalone form tells it', async () => {
    const path = `${scratchFolder()}/missing`;
    const alone = await spawnDelegates({ inherited: {}, forwardStderr: () => undefined })(callOf({ path }));
    const { run, launcher } = await scene();
    const running = run(callOf({ path }));
    launcher.send(exitedFrame(await launcher.order(), { end: 'not-started', value: ENOENT }));
    expect((await running).end).toEqual(alone.end);
  });
});

describe('a file that is being written', () => {
  test('is ordered again until it can be started', async () => {
    const { run, launcher } = await scene();
    const running = run(callOf());
    launcher.send(exitedFrame(await launcher.order(), { end: 'not-started', value: ETXTBSY }));
    launcher.send(exitedFrame(await launcher.order(), { stdout: 'at last' }));
    const { durationMs, ...rest } = await running;
    expect(rest).toMatchObject({ end: { kind: 'exited', status: 0 }, stdout: 'at last' });
    expect(durationMs).toBeGreaterThan(900);
  });

  test('is not ordered again after its deadline, or once the call is told to stop', async () => {
    for (const cut of ['deadline', 'stop'] as const) {
      const { run, launcher, session } = await scene();
      const stop = new AbortController();
      const running = run(callOf({ signal: stop.signal, ...(cut === 'deadline' ? { timeoutMs: 200 } : {}) }));
      launcher.send(exitedFrame(await launcher.order(), { end: 'not-started', value: ETXTBSY }));
      if (cut === 'stop') setTimeout(() => stop.abort(new Error('enough')), 50);
      const { end } = await running;
      expect(end.kind).toMatch(cut === 'stop' ? /aborted|not-started/ : /timed-out|not-started/);
      session.done(0, '');
      expect((await launcher.rest()).map(({ kind }) => kind)).toEqual(['done']);
    }
  });
});

test('an abort signal that outlives many delegates keeps no listener', async () => {
  const folder = scratchFolder();
  script(folder, 'plugin', 'exit 0');
  const { run, launcher } = await scene();
  const stop = new AbortController();
  let listeners = 0;
  const counted = new Proxy(stop.signal, {
    get: (signal, key) => {
      if (key === 'addEventListener') listeners += 1;
      if (key === 'removeEventListener') listeners -= 1;
      const value = Reflect.get(signal, key, signal);
      return typeof value === 'function' ? value.bind(signal) : value;
    },
  });
  for (let count = 1; count <= 30; count += 1) {
    const running = run(callOf({ signal: counted }));
    launcher.send(exitedFrame(await launcher.order()));
    await running;
  }
  expect(listeners).toBe(0);
});
