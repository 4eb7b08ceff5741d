import { describe, expect, test } from 'vitest';
import { CniError } from '../../src/errors.ts';
import { attachAll, takeBack } from '../../src/execute/attach.ts';
import { contextOf, failed, type Script, scriptedDelegates } from '../samples/delegates.ts';
import { failure } from '../samples/failure.ts';
import { memoryState } from '../samples/memory-state.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';

const record = recordOf(['a', 'b', 'c'].map((name, index) => attachmentOf(name, `eth${index}`)));
const TYPES = ['a-cni', 'b-cni', 'c-cni'];

async function scene(script: Script = {}, rest: Parameters<typeof contextOf>[2] = {}) {
  const delegates = scriptedDelegates(script);
  const store = memoryState();
  const context = await contextOf(delegates.run, TYPES, rest);
  return { delegates, store, context, attach: () => attachAll(record, { context, state: store.state }) };
}

const address = (text: string) => ({ stdout: { ips: [{ address: text }] } });

describe('attachAll', () => {
  test('M11, M13: one after the other, the whole record written first, each noted before it begins, all settled at the end', async () => {
    const { delegates, store, attach } = await scene();
    const { outcomes, record: made } = await attach();
    expect(delegates.log).toEqual(['ADD a-cni eth0', 'ADD b-cni eth1', 'ADD c-cni eth2']);
    expect(store.log).toEqual([
      'write adding,planned,planned',
      'note 0 added, 1 adding',
      'note 1 added, 2 adding',
      'note 2 added',
      'settle added,added,added',
    ]);
    expect(outcomes.map(({ attachment, result }) => [attachment.network, result.interfaces[0]?.name])).toEqual([
      ['a', 'eth0'],
      ['b', 'eth1'],
      ['c', 'eth2'],
    ]);
    expect(store.read()).toEqual(made);
    expect(made.attachments[2]?.result).toMatchObject({ cniVersion: '1.1.0', interfaces: [{ name: 'eth2' }] });
  });

  test('M12: when one fails, every one that was tried is deleted in reverse, the failing one too', async () => {
    const { delegates, store, attach } = await scene({ 'ADD b-cni': failed(50, 'no subnet') });
    expect(await failure(attach)).toMatchObject({
      code: 50,
      message: 'network "b" (eth1), plugin "b-cni" ADD: no subnet',
      details: '',
    });
    expect(delegates.log).toEqual(['ADD a-cni eth0', 'ADD b-cni eth1', 'DEL b-cni eth1', 'DEL a-cni eth0']);
    expect(store.read()).toBeUndefined();
  });

  test('M12: a DEL of the rollback that fails stops no other; its error is in details, the record stays', async () => {
    const { delegates, store, attach } = await scene({
      'ADD c-cni': failed(50, 'no subnet'),
      'DEL b-cni': failed(11, 'busy'),
    });
    expect(await failure(attach)).toMatchObject({
      code: 50,
      message: 'network "c" (eth2), plugin "c-cni" ADD: no subnet',
      details:
        'not everything could be taken back, the next DEL tries again: network "b" (eth1), plugin "b-cni" DEL: busy',
    });
    expect(delegates.log.slice(3)).toEqual(['DEL c-cni eth2', 'DEL b-cni eth1', 'DEL a-cni eth0', 'DEL b-cni eth1']);
    expect(store.read()?.attachments.map(({ phase }) => phase)).toEqual(['gone', 'deleting', 'gone']);
  });

  test('M13: a disk that refuses the record is told before any delegate has run', async () => {
    const { delegates, store, attach } = await scene();
    store.refuses.set('write', () => true);
    expect(await failure(attach)).toMatchObject({
      code: 5,
      message: expect.stringContaining('no space left for write'),
    });
    expect(delegates.log).toEqual([]);
  });

  test.each([
    ['note', 1, ['ADD a-cni eth0', 'DEL b-cni eth1', 'DEL a-cni eth0']],
    [
      'note',
      3,
      ['ADD a-cni eth0', 'ADD b-cni eth1', 'ADD c-cni eth2', 'DEL c-cni eth2', 'DEL b-cni eth1', 'DEL a-cni eth0'],
    ],
  ] as const)('M13: a disk that fills up at %s %i takes everything back', async (method, at, calls) => {
    const { delegates, store, attach } = await scene();
    store.refuses.set(method, (count) => count >= at);
    expect(await failure(attach)).toMatchObject({ code: 5, message: expect.stringContaining('no space left') });
    expect(delegates.log).toEqual(calls);
    expect(store.read()).toBeUndefined();
  });

  test('M13: so does one that fills up at the last write', async () => {
    const { delegates, store, attach } = await scene();
    store.refuses.set('settle', () => true);
    expect(await failure(attach)).toMatchObject({ code: 5 });
    expect(delegates.log.slice(3)).toEqual(['DEL c-cni eth2', 'DEL b-cni eth1', 'DEL a-cni eth0']);
    expect(store.read()).toBeUndefined();
  });

  test('M22: one address from two networks is an error that names both, and nothing is left', async () => {
    const { delegates, store, attach } = await scene({
      'ADD a-cni': address('10.0.0.2/24'),
      'ADD b-cni': address('10.0.0.2/16'),
    });
    expect(await failure(attach)).toMatchObject({
      code: 102,
      message: 'network "b" (eth1) and network "a" (eth0) both gave the address 10.0.0.2',
      details: 'give the two networks ranges that do not overlap',
    });
    expect(delegates.log).toEqual(['ADD a-cni eth0', 'ADD b-cni eth1', 'DEL b-cni eth1', 'DEL a-cni eth0']);
    expect(store.read()).toBeUndefined();
  });

  test('M22: a link-local IPv6 address may be given twice', async () => {
    const { attach } = await scene({ 'ADD a-cni': address('fe80::1/64'), 'ADD b-cni': address('fe80::1/64') });
    expect((await attach()).outcomes).toHaveLength(3);
  });

  test.each([
    [{ name: 'eth0', sandbox: '/run/netns/pod', mac: '02:00:00:00:00:02' }, false],
    [{ name: 'eth0', sandbox: '/run/netns/pod', mac: '02:00:00:00:00:0A' }, true],
    [{ name: 'eth0', sandbox: '/run/netns/pod' }, true],
    [{ name: 'eth0', mac: '02:00:00:00:00:02' }, true],
  ])('a hardware address that the pod asked for and %j is served: %s', async (link, isServed) => {
    const asking = recordOf([attachmentOf('a', 'eth0', { wantedMac: '02:00:00:00:00:0a' })]);
    const { store, context } = await scene({ 'ADD a-cni': { stdout: { interfaces: [link] } } });
    const error = await attachAll(asking, { context, state: store.state }).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    const message =
      'network "a" (eth0) gave the hardware address 02:00:00:00:00:02, not 02:00:00:00:00:0a as the pod asked';
    if (isServed) expect(error).toBeUndefined();
    else expect(error).toMatchObject({ code: 102, message });
  });

  test('M12: an ADD that is stopped is taken back all the same, under a signal of its own', async () => {
    const stop = new AbortController();
    const { delegates, store, attach } = await scene(
      {
        'ADD b-cni': () => {
          stop.abort(new Error('Braid got SIGTERM'));
          return { end: { kind: 'aborted', reason: 'Braid got SIGTERM' } };
        },
      },
      { signal: stop.signal },
    );
    expect(await failure(attach)).toMatchObject({
      code: 11,
      message: expect.stringContaining('was stopped: Braid got SIGTERM'),
    });
    expect(delegates.log.slice(2)).toEqual(['DEL b-cni eth1', 'DEL a-cni eth0']);
    expect(delegates.calls.slice(2).map(({ signal }) => signal.aborted)).toEqual([false, false]);
    expect(store.read()).toBeUndefined();
  });

  test('M8: results are recorded at the version of their own list', async () => {
    const mixed = recordOf([attachmentOf('a', 'eth0', { cniVersion: '0.3.1' }), attachmentOf('b', 'eth1')]);
    const { store, context } = await scene({
      'ADD a-cni': { stdout: { cniVersion: '1.0.0', ips: [{ address: '10.0.0.2/24' }] } },
    });
    await attachAll(mixed, { context, state: store.state });
    expect(store.read()?.attachments[0]?.result).toMatchObject({
      cniVersion: '0.3.1',
      ips: [{ version: '4', address: '10.0.0.2/24' }],
    });
  });
});

describe('a plugin that refuses DEL as it refused ADD', () => {
  const chained = recordOf([
    attachmentOf('a', 'eth0', {
      plugins: ['bridge', 'tuning'].map((type) => ({ type, config: { type, name: 'a', cniVersion: '1.1.0' } })),
    }),
  ]);
  const refusing = { 'ADD tuning': failed(7, 'no range'), 'DEL tuning': failed(7, 'no range') };

  async function rollback(script: Script) {
    const delegates = scriptedDelegates(script);
    const store = memoryState();
    const context = await contextOf(delegates.run, ['bridge', 'tuning']);
    const error = await failure(() => attachAll(chained, { context, state: store.state }));
    return { error, calls: delegates.log, record: store.read() };
  }

  test('got nowhere: no record is kept that would refuse every DEL of the pod', async () => {
    const { error, calls, record: left } = await rollback(refusing);
    expect(error).toMatchObject({ code: 7, message: 'network "a" (eth0), plugin "tuning" ADD: no range', details: '' });
    expect(calls.slice(2)).toEqual(['DEL tuning eth0', 'DEL bridge eth0']);
    expect(left).toBeUndefined();
  });

  test('M14: does not hide that another plugin of its chain could not be deleted', async () => {
    const { error, record: left } = await rollback({ ...refusing, 'DEL bridge': failed(11, 'busy') });
    expect(error).toMatchObject({ code: 7, details: expect.stringContaining('plugin "bridge" DEL: busy') });
    expect(left?.attachments[0]?.phase).toBe('deleting');
  });

  test.each([
    ['another error', 'DEL tuning', failed(7, 'no such range')],
    ['a try-again', 'DEL tuning', failed(11, 'no range')],
  ])('M14: with %s is kept for the next DEL', async (_what, key, reply) => {
    const { record: left } = await rollback({ ...refusing, [key]: reply });
    expect(left?.attachments[0]?.phase).toBe('deleting');
  });

  test('M14: with a deadline both times is kept for the next DEL', async () => {
    const hanging = { end: { kind: 'timed-out' as const, timeoutMs: 5 } };
    const { error, record: left } = await rollback({ 'ADD tuning': hanging, 'DEL tuning': hanging });
    expect(error).toMatchObject({ code: 101, message: expect.stringContaining('did not end within 5 ms') });
    expect(left?.attachments[0]?.phase).toBe('deleting');
  });
});

describe('takeBack', () => {
  const added = recordOf([attachmentOf('a', 'eth0', { phase: 'added' })]);

  test('answers the original error, untouched when all went well', async () => {
    const { store, context } = await scene();
    const error = new CniError(104, 'no status', 'why');
    expect(await takeBack(error, added, { context, state: store.state })).toBe(error);
  });

  test('a record that cannot be removed is in details, after those of the error', async () => {
    const { store, context } = await scene();
    store.refuses.set('remove', () => true);
    expect(await takeBack(new CniError(104, 'no status', 'why'), added, { context, state: store.state })).toMatchObject(
      {
        code: 104,
        message: 'no status',
        details: expect.stringMatching(/^why; not everything could be taken back.*no space left for remove$/),
      },
    );
  });
});
