import { describe, expect, test } from 'vitest';
import { add, del } from '../../src/pipeline.ts';
import type { Phase } from '../../src/state/state-store.ts';
import { failed } from '../samples/delegates.ts';
import { failure } from '../samples/failure.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { requestOf } from '../samples/request.ts';
import { type Setting, scene } from './pipeline-scene.ts';

const KEY = { containerId: 'c1', ifName: 'eth0' };
const DEL = requestOf({ CNI_COMMAND: 'DEL', CNI_NETNS: '' });

/** A scene whose container was attached before; nothing of that is in the logs. */
async function attached(setting: Setting = {}) {
  const first = scene();
  await add(requestOf(), first.ports);
  first.store.log.length = 0;
  return scene({ ...setting, store: first.store });
}

const unreachable: Setting = {
  podSources: [{ find: () => Promise.reject(new Error('must not be asked')) }],
  networks: {},
};

describe('DEL of a record', () => {
  test('M11, M15: deletes in reverse from the record alone; pod, API server and folder are not asked', async () => {
    const { ports, delegates, store, events } = await attached(unreachable);
    const networks = { find: () => Promise.reject(new Error('must not be asked')) };
    await del(DEL, { ...ports, networks });
    expect(delegates.log).toEqual(['DEL back-cni eth1', 'DEL front-cni eth0']);
    expect(delegates.calls.map(({ variables }) => variables['CNI_NETNS'])).toEqual(['', '']);
    expect(JSON.parse(delegates.calls[0]?.stdin ?? '')).toMatchObject({
      name: 'back',
      prevResult: { interfaces: [{ name: 'eth1' }] },
    });
    expect(store.records.size).toBe(0);
    expect(events).toEqual([]);
  });

  test('P33: a repeated DEL succeeds and runs nothing', async () => {
    const { ports, delegates } = await attached();
    await del(DEL, ports);
    await del(DEL, ports);
    expect(delegates.log).toHaveLength(2);
  });

  test('M14: all are tried, the first error is told with the others in details, and a retry does only what is left', async () => {
    let isBusy = true;
    const { ports, delegates, store } = await attached({
      script: { 'DEL back-cni': () => (isBusy ? failed(11, 'busy') : {}) },
    });
    expect(await failure(() => del(DEL, ports))).toMatchObject({
      code: 11,
      message: 'network "back" (eth1), plugin "back-cni" DEL: busy',
    });
    expect(store.read()?.attachments.map(({ phase }) => phase)).toEqual(['gone', 'deleting']);
    isBusy = false;
    delegates.log.length = 0;
    await del(DEL, ports);
    expect(delegates.log).toEqual(['DEL back-cni eth1']);
    expect(store.records.size).toBe(0);
  });

  test('M14: two errors are both told', async () => {
    const { ports } = await attached({ script: { DEL: failed(11, 'busy') } });
    expect(await failure(() => del(DEL, ports))).toMatchObject({
      code: 11,
      message: 'network "back" (eth1), plugin "back-cni" DEL: busy',
      details: 'network "front" (eth0), plugin "front-cni" DEL: busy',
    });
  });

  test('M14, M25: a binary that was removed keeps the record, in words that no runtime takes for success', async () => {
    const { ports, store } = await attached({ missing: ['back-cni'] });
    const error = await failure(() => del(DEL, ports));
    expect(error).toMatchObject({ code: 7, message: expect.stringContaining('failed to find plugin "back-cni"') });
    expect(`${error.message}${error.details}`).not.toMatch(/not found|no such file/i);
    expect(store.read()?.attachments.map(({ phase }) => phase)).toEqual(['gone', 'deleting']);
  });

  test('M32: plugins are looked for where they were found, also when the node’s folders have changed', async () => {
    const { ports, delegates } = await attached();
    await del(requestOf({ CNI_COMMAND: 'DEL', CNI_PATH: '/new' }), ports);
    expect(delegates.calls[0]?.variables['CNI_PATH']).toBe('/new:/opt/cni/bin');
  });
});

describe('DEL after a call that was killed', () => {
  test.each([
    [['planned', 'planned'], false],
    [['adding', 'planned'], true],
    [['added', 'adding'], true],
    [['added', 'added'], false],
    [['deleting', 'gone'], true],
  ] satisfies [Phase[], boolean][])(
    'M13: from %j everything that may exist is deleted; survivors are ended first: %s',
    async (phases, isEnded) => {
      const { ports, store, delegates, events, log } = scene({ survivors: [7, 8] });
      await store.state.write(
        recordOf(phases.map((phase, index) => attachmentOf(`n${index}`, `eth${index}`, { phase }))),
      );
      await del(DEL, ports);
      const expected = ['DEL n1-cni eth1', 'DEL n0-cni eth0'].filter((_call, index) => phases[1 - index] !== 'gone');
      expect(delegates.log).toEqual(expected);
      expect(events).toEqual(isEnded ? ['end survivors of /var/lib/cni/braid:c1'] : []);
      expect(log.warnings).toEqual(isEnded ? ['ended 2 delegate process(es) that had outlived an earlier call'] : []);
      expect(store.records.size).toBe(0);
    },
  );
});

describe('DEL without a record', () => {
  test('P33, M15: and without a prevResult runs nothing and succeeds', async () => {
    const { ports, delegates, log } = scene(unreachable);
    await del(DEL, ports);
    expect(delegates.log).toEqual([]);
    expect(log.warnings).toEqual([]);
  });

  const known = requestOf({ CNI_COMMAND: 'DEL' }, { prevResult: { cniVersion: '1.1.0' } });

  test('M15: but with a prevResult deletes what local sources name, and asks nobody else', async () => {
    const { ports, delegates, log, store } = scene({ podSources: unreachable.podSources ?? [] });
    await del(known, ports);
    expect(delegates.log).toEqual(['DEL back-cni eth1', 'DEL front-cni eth0']);
    expect(log.warnings).toEqual(['no record of this container: deleted what its annotations or the defaults name']);
    expect(store.log).toEqual(['lock c1']);
  });

  test.each([
    ['delegates fail', { script: { DEL: failed(7, 'never heard of it') } }, 'never heard of it'],
    ['no network is there', { networks: {} }, 'nothing to go by'],
    ['a plugin is gone', { missing: ['back-cni'] }, 'nothing to go by'],
  ])('P33: where %s it succeeds and says so', async (_why, setting, words) => {
    const { ports, log } = scene(setting);
    await del(known, ports);
    expect(log.warnings.join()).toContain(words);
  });
});

describe('DEL of a damaged record', () => {
  test('M13: sets it aside, deletes what can be guessed, and fails once, loudly', async () => {
    const { ports, delegates, store } = scene();
    store.damage(KEY);
    expect(await failure(() => del(DEL, ports))).toMatchObject({
      code: 103,
      message: "the record of this container's attachments is damaged: its checksum does not match",
      details: 'it lies in /state/quarantine/x.json',
    });
    expect(store.log).toEqual(['lock c1', 'quarantine']);
    expect(delegates.log).toEqual(['DEL back-cni eth1', 'DEL front-cni eth0']);
    delegates.log.length = 0;
    await del(DEL, ports);
    expect(delegates.log).toEqual([]);
  });
});
