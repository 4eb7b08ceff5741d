import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WHOLE_HOST } from '../../src/catalogue/whole-host.ts';
import { hostWith } from '../samples/catalogue.ts';
import { DoctorScene } from './doctor-scene.ts';

test('what plugins need and the node has not, once for all its networks', async () => {
  const scene = new DoctorScene();
  scene.network('20-a.conflist', 'a', { type: 'flannel' });
  scene.network('30-b.conflist', 'b', { type: 'flannel' });
  const findings = await scene.find('host', { ports: { host: hostWith() } });
  expect(findings[0]).toMatchObject({ id: 'host/file', severity: 'error', where: '/run/flannel/subnet.env' });
  expect(findings[0]?.why).toBe('every ADD of "a", "b" fails');
  expect(findings.filter(({ where }) => where === '/run/flannel/subnet.env')).toHaveLength(1);
});

test('what nobody can tell is a note, and a kernel module that is no must a warning', async () => {
  const scene = new DoctorScene();
  scene.network('20-a.conflist', 'a', { type: 'flannel' });
  const unsure = await scene.ids('host', { ports: { host: { ...WHOLE_HOST, file: async () => 'unknown' } } });
  expect(new Set(unsure)).toEqual(new Set(['note host/unsure']));
  const modules = { ...WHOLE_HOST, kernelModule: (name: string) => (name === 'veth' ? 'absent' : 'there') } as const;
  expect(await scene.ids('host', { ports: { host: modules } })).toEqual(['warning host/kernel-module']);
});

test('a profile of the operator that is broken', async () => {
  const scene = new DoctorScene();
  scene.own({ profileDir: join(scene.dir, 'profiles') });
  scene.file('profiles/mine/profile.yaml', 'name: other\n');
  const [finding] = await scene.find('host');
  expect(finding).toMatchObject({ id: 'host/profile', severity: 'warning', where: join(scene.dir, 'profiles') });
  expect(finding?.what).toContain('mine/profile.yaml');
});
