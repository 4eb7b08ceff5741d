import { expect, test } from 'vitest';
import { add, check } from '../../src/pipeline.ts';
import { failed } from '../samples/delegates.ts';
import { failure } from '../samples/failure.ts';
import { requestOf } from '../samples/request.ts';
import { type Setting, scene } from './pipeline-scene.ts';

const KEY = { containerId: 'c1', ifName: 'eth0' };
const CHECK = requestOf({ CNI_COMMAND: 'CHECK' }, { prevResult: { cniVersion: '1.1.0' } });

async function attached(setting: Setting = {}) {
  const first = scene({ networks: setting.networks ?? { front: {}, back: {} } });
  await add(requestOf(), first.ports);
  return scene({ ...setting, store: first.store });
}

test('M17: each delegate is checked with its own recorded result, in the order of ADD, and nothing changes', async () => {
  const { ports, delegates, store } = await attached();
  const before = store.read();
  await check(CHECK, ports);
  expect(delegates.log).toEqual(['CHECK front-cni eth0', 'CHECK back-cni eth1']);
  expect(delegates.calls.map(({ stdin }) => JSON.parse(stdin).prevResult.interfaces)).toEqual([
    [{ name: 'eth0', sandbox: '/run/netns/pod' }],
    [{ name: 'eth1', sandbox: '/run/netns/pod' }],
  ]);
  expect(store.read()).toEqual(before);
});

test('R37: a list with disableCheck and one before 0.4.0 are passed over', async () => {
  const networks = { front: { isCheckDisabled: true }, back: { cniVersion: '0.3.1' as const } };
  const { ports, delegates } = await attached({ networks });
  await check(CHECK, ports);
  expect(delegates.log).toEqual([]);
});

test('P34: a delegate’s error is told with its code and where it came from', async () => {
  const { ports } = await attached({ script: { 'CHECK back-cni': failed(7, 'no address 10.0.0.2') } });
  expect(await failure(() => check(CHECK, ports))).toMatchObject({
    code: 7,
    message: 'network "back" (eth1), plugin "back-cni" CHECK: no address 10.0.0.2',
  });
});

test('P34: without a prevResult nothing is checked', async () => {
  const { ports, delegates } = await attached();
  expect(await failure(() => check(requestOf({ CNI_COMMAND: 'CHECK' }), ports))).toMatchObject({
    code: 7,
    message: expect.stringContaining('CHECK needs the key "prevResult"'),
  });
  expect(delegates.log).toEqual([]);
});

test('P32: a prevResult of another form is code 6', async () => {
  const { ports } = await attached();
  const request = requestOf({ CNI_COMMAND: 'CHECK' }, { prevResult: { cniVersion: '0.2.0' } });
  expect(await failure(() => check(request, ports))).toMatchObject({
    code: 6,
    message: expect.stringContaining('could not parse prevResult'),
  });
});

test('P25: a container without a record is unknown', async () => {
  const { ports } = scene();
  expect(await failure(() => check(CHECK, ports))).toMatchObject({
    code: 3,
    message: 'container c1 has no recorded attachment for eth0',
  });
});

test('M13: a damaged record is an error that says where it lies, and is not touched', async () => {
  const { ports, store } = await attached();
  store.damage(KEY);
  expect(await failure(() => check(CHECK, ports))).toMatchObject({
    code: 103,
    message: expect.stringContaining('is damaged: its checksum does not match'),
    details: 'it lies in /state/x.json',
  });
  expect(store.log).not.toContain('quarantine');
});
