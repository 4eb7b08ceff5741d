import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DoctorScene } from './doctor-scene.ts';

test('a default network that there is not, with what could be meant', async () => {
  const scene = new DoctorScene();
  scene.own({ defaultPlugin: 'frnt' });
  const [finding] = await scene.find('networks');
  expect(finding).toMatchObject({ id: 'networks/default', severity: 'error' });
  expect(`${finding?.what} ${finding?.mend}`).toMatch(/frnt.*front/);
});

test('no network at all', async () => {
  const scene = new DoctorScene();
  rmSync(join(scene.confDir, '10-front.conflist'));
  expect(await scene.ids('networks')).toEqual(['error networks/default']);
});

test('a file that nobody can use, and a name that two files have', async () => {
  const scene = new DoctorScene();
  const where = scene.file('net.d/20-broken.conf', '{"type":');
  scene.network('30-front.conflist', 'front');
  const findings = await scene.find('networks');
  expect(findings).toMatchObject([{ id: 'networks/broken', where }, { id: 'networks/same-name' }]);
});

test('a link to itself hides no other file', async () => {
  const scene = new DoctorScene();
  const where = join(scene.confDir, '20-loop.conflist');
  symlinkSync('20-loop.conflist', where);
  expect(await scene.find()).toMatchObject([{ id: 'networks/broken', where }, { id: 'agent/none' }]);
});

test.each([
  ['flannel', { delegate: { type: 'braid' } }, 'error networks/recursion'],
  ['multus', { clusterNetwork: 'front' }, 'warning networks/multiplexer'],
  ['genie', {}, 'warning networks/multiplexer'],
])('a network that leads back, by %s %j', async (type, keys, expected) => {
  const scene = new DoctorScene();
  scene.network('20-back.conflist', 'back', { type, ...keys });
  expect(await scene.ids('networks')).toEqual([expected]);
});

test('another multiplexer that every pod gets', async () => {
  const scene = new DoctorScene();
  scene.program('genie');
  scene.network('05-genie.conflist', 'genie', { type: 'genie' });
  expect(await scene.ids('networks')).toEqual(['error networks/multiplexer']);
});
