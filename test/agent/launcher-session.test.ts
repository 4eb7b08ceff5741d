/** The agent's end of a connection, against launchers that do everything wrong that can be done wrong. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { encodeFrame } from '../../src/agent/encode-frame.ts';
import { FrameLimit, type LauncherFrame } from '../../src/agent/frames.ts';
import type { LauncherSession } from '../../src/agent/launcher-session.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { exitedFrame, HELLO, sessionScene } from './session-scene.ts';

const REQUEST: LauncherFrame = { kind: 'request', netns: 'other', variables: { CNI_COMMAND: 'ADD' }, stdin: '{}' };
const SIGTERM: LauncherFrame = { kind: 'signal', signal: 15 };

/** Orders a delegate; gives its end and what kills it. */
function order(session: LauncherSession, path = '/opt/cni/bin/bridge') {
  let kill: () => void = () => undefined;
  const delegate = { path, variables: { CNI_COMMAND: 'ADD' }, stdin: '{}', cniVersion: '1.0.0' };
  const exit = session.order({ ...delegate, deadlineMs: 1000, maxStdoutBytes: 1000 }, (killIt) => {
    kill = killIt;
  });
  return { exit, kill: () => kill() };
}

type Scene = Awaited<ReturnType<typeof sessionScene>>;

/** A session whose request has come. */
async function begun(): Promise<Scene> {
  const scene = await sessionScene();
  scene.launcher.begin();
  await told(() => scene.told.requests.length === 1, 'the request');
  expect(await scene.launcher.next()).toMatchObject({ kind: 'hello', version: 1 });
  return scene;
}

async function told(isTrue: () => boolean, what: string): Promise<void> {
  await pollUntil(() => isTrue() || undefined, { withinMs: 10_000, what });
}

async function closed({ told: { closes } }: Scene): Promise<string | undefined> {
  await told(() => closes.length > 0, 'the close');
  expect(closes).toHaveLength(1);
  return closes[0];
}

test('who greets and goes has only knocked; who goes without a word, or has asked, has not', async () => {
  const [knock, mute, asked] = [await sessionScene(), await sessionScene(), await begun()];
  knock.launcher.send(HELLO);
  for (const scene of [knock, mute, asked]) {
    scene.launcher.socket.end();
    await closed(scene);
  }
  expect([knock, mute, asked].map(({ session }) => session.isKnock)).toEqual([true, false, false]);
});

describe('a call', () => {
  test('is greeted, ordered, answered', async () => {
    const scene = await begun();
    const { session, launcher } = scene;
    expect([session.hasBegun, session.isOpen, session.answeredAt]).toEqual([false, true, undefined]);
    const { exit } = order(session);
    const id = await launcher.order();
    expect(session.hasBegun).toBe(true);
    launcher.send(exitedFrame(id, { stdout: '{"a":1}', value: 3 }));
    expect(await exit).toMatchObject({ end: 'exited', value: 3, stdout: Buffer.from('{"a":1}') });
    expect(session.log('a word\n')).toBe(true);
    expect(session.done(0, '{}')).toBe(true);
    const rest = await launcher.rest();
    expect(rest.map(({ kind }) => kind)).toEqual(['log', 'done']);
    expect(await closed(scene)).toBeUndefined();
    expect(session.answeredAt).toBeLessThanOrEqual(performance.now());
  });

  test('has its request in any pieces', async () => {
    const scene = await sessionScene();
    const bytes = Buffer.concat([encodeFrame(HELLO), encodeFrame(REQUEST)]);
    for (const byte of bytes) scene.launcher.socket.write(Buffer.from([byte]));
    await told(() => scene.told.requests.length === 1, 'the request');
    expect(scene.told.requests[0]).toMatchObject({ netns: 'other', variables: { CNI_COMMAND: 'ADD' } });
  });

  test('orders one delegate at a time, whoever asks for more', async () => {
    const { session, launcher } = await begun();
    const exits = ['/a/1', '/a/2', '/a/3'].map((path) => order(session, path).exit);
    for (const value of [1, 2, 3]) {
      const frame = await launcher.next();
      expect(frame).toMatchObject({ kind: 'exec', id: value, path: `/a/${value}` });
      launcher.send(exitedFrame(value, { value }));
    }
    expect((await Promise.all(exits)).map((exit) => 'value' in exit && exit.value)).toEqual([1, 2, 3]);
  });

  test('an order that fits into no frame is an error, and the next one is given', async () => {
    const { session, launcher } = await begun();
    const large = order(session, `/${'x'.repeat(FrameLimit.pathBytes)}`).exit;
    const next = order(session).exit;
    await expect(large).rejects.toMatchObject({ name: 'FrameError', fault: 'oversize' });
    launcher.send(exitedFrame(await launcher.order()));
    expect(await next).toMatchObject({ end: 'exited' });
  });

  test('a killed delegate’s end is that of the launcher; a kill too late is nothing', async () => {
    const { session, launcher } = await begun();
    const { exit, kill } = order(session);
    const id = await launcher.order();
    kill();
    expect(await launcher.next()).toEqual({ kind: 'kill', id });
    launcher.send(exitedFrame(id, { end: 'stopped' }));
    expect(await exit).toMatchObject({ end: 'stopped' });
    kill();
    session.done(0, '');
    expect((await launcher.rest()).map((frame) => frame.kind)).toEqual(['done']);
  });

  test('whose launcher tells no end of a delegate, long after its deadline, is lost', async () => {
    const scene = await begun();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const first = order(scene.session);
    scene.launcher.send(exitedFrame(await scene.launcher.order()));
    await first.exit;
    const { exit } = order(scene.session);
    await scene.launcher.order();
    await vi.advanceTimersByTimeAsync(30_999);
    expect([scene.session.isOpen, vi.getTimerCount()]).toEqual([true, 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await exit).toEqual({ end: 'lost' });
    expect(await closed(scene)).toBe('it tells no end of a delegate');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('long words for stderr are cut into frames', async () => {
    const { session, launcher } = await begun();
    const text = 'ä'.repeat(FrameLimit.logBytes);
    session.log(text);
    session.done(0, '');
    const logs = (await launcher.rest()).filter((frame) => frame.kind === 'log');
    expect(logs).toHaveLength(2);
    expect(Buffer.concat(logs.map((frame) => frame.text)).toString()).toBe(text);
  });

  test('an answer that is too long is an error, and a shorter one can still be given', async () => {
    const { session, launcher } = await begun();
    expect(() => session.done(0, 'x'.repeat(FrameLimit.contentBytes + 1))).toThrow(/bytes/);
    expect(session.answeredAt).toBeUndefined();
    expect(session.done(1, 'x'.repeat(FrameLimit.contentBytes))).toBe(true);
    expect(await launcher.rest()).toMatchObject([{ kind: 'done', exitCode: 1 }]);
    expect([session.done(0, ''), session.log('x')]).toEqual([false, false]);
  });
});

describe('signals', () => {
  test('fire stop, and the call goes on to its answer', async () => {
    const { session, launcher } = await begun();
    const { exit } = order(session);
    const id = await launcher.order();
    launcher.send(exitedFrame(id, { end: 'stopped', value: 15 }), SIGTERM);
    expect(await exit).toMatchObject({ end: 'stopped', value: 15 });
    await told(() => session.stop.aborted, 'stop');
    expect(String(session.stop.reason)).toContain('Braid got SIGTERM');
    const rollback = order(session).exit;
    launcher.send(exitedFrame(await launcher.order()));
    expect(await rollback).toMatchObject({ end: 'exited' });
    expect(session.done(1, '{}')).toBe(true);
  });

  test('the first one counts', async () => {
    const { session, launcher } = await begun();
    launcher.send(SIGTERM, { kind: 'signal', signal: 2 });
    launcher.socket.end();
    await told(() => !session.isOpen, 'the close');
    expect(String(session.stop.reason)).toContain('SIGTERM');
  });
});

describe('what a launcher must not do', () => {
  const wrong: [string, (scene: Scene) => void, RegExp][] = [
    ['anything before HELLO', ({ launcher }) => launcher.send(REQUEST), /HELLO/],
    ['a second HELLO', ({ launcher }) => launcher.send(HELLO, HELLO), /HELLO/],
    ['another version', ({ launcher }) => launcher.send({ ...HELLO, version: 2 } as LauncherFrame), /version 2/],
    ['a second request', ({ launcher }) => launcher.send(HELLO, REQUEST, REQUEST), /second request/],
    ['an end that was not ordered', ({ launcher }) => launcher.send(HELLO, REQUEST, exitedFrame(1)), /does not run/],
    ['an end before the request', ({ launcher }) => launcher.send(HELLO, exitedFrame(0)), /does not run/],
    ['a frame of the agent', ({ launcher }) => launcher.socket.write(Buffer.from([4, 0, 0, 0, 8, 0, 0, 0])), /type 8/],
    ['an empty body', ({ launcher }) => launcher.socket.write(Buffer.from([0, 0, 0, 0, 1, 0, 0, 0])), /without a body/],
    ['a body that is too long', ({ launcher }) => launcher.socket.write(Buffer.alloc(8, 0xff)), /type|bytes/],
    ['no frame at all', ({ launcher }) => launcher.socket.write('GET /metrics HTTP/1.1\r\n\r\n'), /type/],
  ];

  test.each(wrong)('%s', async (_name, misbehave, fault) => {
    const scene = await sessionScene();
    misbehave(scene);
    expect(await closed(scene)).toMatch(fault);
    expect(scene.session.isOpen).toBe(false);
    expect(scene.session.stop.aborted).toBe(true);
    expect(scene.session.done(0, '')).toBe(false);
    expect(await order(scene.session).exit).toEqual({ end: 'lost' });
  });

  test('the end of a delegate twice', async () => {
    const scene = await begun();
    const { exit } = order(scene.session);
    const id = await scene.launcher.order();
    scene.launcher.send(exitedFrame(id), exitedFrame(id));
    expect(await exit).toMatchObject({ end: 'exited' });
    expect(await closed(scene)).toMatch(/does not run/);
  });

  test('the end of another delegate than the one that runs', async () => {
    const scene = await begun();
    const { exit } = order(scene.session);
    await scene.launcher.order();
    scene.launcher.send(exitedFrame(7));
    expect(await exit).toEqual({ end: 'lost' });
    expect(await closed(scene)).toMatch(/delegate 7/);
  });
});

describe('a launcher that goes', () => {
  const points: [string, (scene: Scene) => Promise<void>][] = [
    ['at once', async () => undefined],
    ['in the middle of HELLO', async ({ launcher }) => void launcher.socket.write(encodeFrame(HELLO).subarray(0, 5))],
    ['after HELLO', async ({ launcher }) => launcher.send(HELLO)],
    [
      'in the middle of its request',
      async ({ launcher }) => {
        launcher.send(HELLO);
        launcher.socket.write(encodeFrame(REQUEST).subarray(0, 20));
      },
    ],
    ['after its request', async ({ launcher }) => launcher.begin()],
  ];

  test.each(points)('%s', async (_name, play) => {
    for (const end of ['end', 'destroy'] as const) {
      const scene = await sessionScene();
      await play(scene);
      scene.launcher.socket[end]();
      expect(await closed(scene)).toBeUndefined();
      expect(scene.session.stop.aborted).toBe(true);
    }
  });

  test('with its answer: what is left to do goes on', async () => {
    const scene = await begun();
    expect(scene.session.done(0, '{}')).toBe(true);
    scene.launcher.socket.destroy();
    expect(await closed(scene)).toBeUndefined();
    expect(scene.session.stop.aborted).toBe(false);
  });

  test('while a delegate runs: that is lost, and those that wait are never ordered', async () => {
    const scene = await begun();
    const { exit, kill } = order(scene.session);
    const waiting = order(scene.session).exit;
    await scene.launcher.order();
    scene.launcher.socket.destroy();
    expect(await exit).toEqual({ end: 'lost' });
    expect(await waiting).toEqual({ end: 'lost' });
    kill();
    expect(await closed(scene)).toBeUndefined();
    expect(scene.session.stop.aborted).toBe(true);
  });

  test('a call that is left to others is closed without a word', async () => {
    const scene = await begun();
    scene.session.close();
    expect(await scene.launcher.rest()).toEqual([]);
    expect(await closed(scene)).toBeUndefined();
    expect(scene.session.answeredAt).toBeUndefined();
  });

  test('one that never reads its answer can be got rid of', async () => {
    const scene = await begun();
    scene.launcher.socket.pause();
    expect(scene.session.done(0, 'x'.repeat(4 << 20))).toBe(true);
    scene.session.close();
    scene.session.destroy();
    expect(await closed(scene)).toBeUndefined();
  });
});

test('a connection leaves no listener and no timer on what outlives it', async () => {
  const scene = await begun();
  for (let count = 0; count < 50; count += 1) {
    const { exit } = order(scene.session);
    scene.launcher.send(exitedFrame(await scene.launcher.order()));
    await exit;
  }
  const listeners = scene.serverEnd.eventNames().map((name) => scene.serverEnd.listenerCount(name));
  expect(Math.max(...listeners)).toBeLessThan(4);
});
