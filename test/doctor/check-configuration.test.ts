import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WHOLE_HOST } from '../../src/catalogue/whole-host.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { DoctorScene } from './doctor-scene.ts';

const CHECK = 'configuration';

test('a node where all is well has no finding but that it has no agent', async () => {
  expect(await new DoctorScene().ids()).toEqual(['note agent/none']);
});

test('without a file of ours, and without the folder', async () => {
  const scene = new DoctorScene();
  rmSync(join(scene.confDir, '00-braid.conflist'));
  expect(await scene.ids(CHECK)).toEqual(['error configuration/missing']);
  rmSync(scene.confDir, { recursive: true });
  expect(await scene.ids(CHECK)).toEqual(['error configuration/missing']);
});

test.each([
  ['{', 'not JSON'],
  [
    { cniVersion: '1.0.0', name: 'braid', plugins: [{ type: 'braid', apiTimeoutMs: 'soon' }] },
    '"apiTimeoutMs" must be',
  ],
  [{ cniVersion: '1.0.0', plugins: [{ type: 'braid' }] }, '"name" must be'],
])('a file of ours that is broken: %j', async (content, cause) => {
  const scene = new DoctorScene();
  scene.file('net.d/00-braid.conflist', content);
  const [finding] = await scene.find(CHECK);
  expect(finding).toMatchObject({ id: 'configuration/broken', severity: 'error' });
  expect(finding?.where).toBe(join(scene.confDir, '00-braid.conflist'));
  if (cause !== 'not JSON') expect(finding?.what).toContain(cause);
});

test('a wrong key leaves the other keys their meaning for the other checks', async () => {
  const scene = new DoctorScene();
  scene.own({ apiTimeoutMs: 'soon' });
  await scene.record(recordOf([attachmentOf('front', 'eth0', { phase: 'added' })]));
  const ports = { host: { ...WHOLE_HOST, namespace: () => 'absent' as const } };
  expect(await scene.ids('journal', { ports })).toEqual(['warning journal/leak']);
});

test('keys that nobody knows are notes', async () => {
  const scene = new DoctorScene();
  scene.own({ statDir: '/x' });
  const [finding] = await scene.find(CHECK);
  expect(finding).toMatchObject({
    severity: 'note',
    what: 'unknown key "statDir" is ignored; did you mean "stateDir"?',
  });
});

test('a file that comes before ours wins, by name and whatever its extension; one that comes after does not', async () => {
  const scene = new DoctorScene();
  scene.network('00-a.conf', 'a');
  scene.file('net.d/00-b.conflist', { cniVersion: '1.0.0', name: 'm', plugins: [{ type: 'multus' }] });
  scene.file('net.d/00-aa.json', '{');
  scene.network('01-z.conflist', 'z');
  const findings = await scene.find(CHECK);
  expect(findings.map(({ severity, id }) => `${severity} ${id}`)).toEqual([
    'error configuration/broken-before',
    'error configuration/broken-before',
    'error configuration/other-multiplexer',
  ]);
  scene.file('net.d/00-a.conf', { cniVersion: '1.0.0', name: 'a', type: 'bridge' });
  const [first] = await scene.find(CHECK);
  expect(first).toMatchObject({
    id: 'configuration/not-first',
    what: '00-a.conf (bridge) comes before 00-braid.conflist',
  });
});

test('a token that everybody can read; without a token the mode does not matter', async () => {
  const scene = new DoctorScene();
  rmSync(join(scene.confDir, '00-braid.conflist'));
  const policy = { k8s_api_root: 'https://127.0.0.1:1', k8s_auth_token: 'secret' };
  scene.own({ policy }, '00-braid.conflist', 0o644);
  const findings = await scene.find(CHECK);
  expect(findings).toMatchObject([{ id: 'configuration/readable', severity: 'warning' }]);
  expect(JSON.stringify(findings)).not.toContain('secret');
  rmSync(join(scene.confDir, '00-braid.conflist'));
  scene.own({}, '00-braid.conflist', 0o644);
  expect(await scene.ids(CHECK)).toEqual([]);
});

test('a second configuration of ours', async () => {
  const scene = new DoctorScene();
  const where = scene.own({}, '01-braid.conflist');
  expect(await scene.find(CHECK)).toMatchObject([{ id: 'configuration/second', severity: 'warning', where }]);
});

test("what Cilium has renamed: others' files, and ours", async () => {
  const scene = new DoctorScene();
  scene.file('net.d/10-old.conflist.cilium_bak', '{"plugins":[{"type":"flannel"}]}');
  expect(await scene.ids(CHECK)).toEqual(['warning configuration/renamed-by-cilium']);
  rmSync(join(scene.confDir, '00-braid.conflist'));
  scene.file('net.d/00-braid.conflist.cilium_bak', '{"plugins":[{"type": "braid"}]}');
  expect(await scene.ids(CHECK)).toEqual([
    'error configuration/missing',
    'error configuration/taken-by-cilium',
    'warning configuration/renamed-by-cilium',
  ]);
  scene.file('net.d/00-braid.conflist.cilium_bak', '{"plugins":[{"type": "braid-standalone"}]}');
  expect(await scene.ids(CHECK)).toContain('error configuration/taken-by-cilium');
});

test('programs of other multiplexers are a note', async () => {
  const scene = new DoctorScene();
  scene.program('multus');
  scene.program('genie');
  const [finding] = await scene.find(CHECK);
  expect(finding).toMatchObject({ id: 'configuration/leftover-binary', severity: 'note' });
  expect(finding?.what).toContain('multus');
});
