import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CniError, ErrorCode } from '../../src/errors.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { DoctorScene } from './doctor-scene.ts';

const CHECK = 'disk';
const FULL_OF_ROOM = { free: async () => ({ space: 0.5, inodes: undefined }) };

test('a disk with room is no finding, and no folder is made on it', async () => {
  const scene = new DoctorScene();
  scene.own({ stateDir: join(scene.dir, 'new/state') });
  expect(await scene.ids(CHECK, { node: FULL_OF_ROOM })).toEqual([]);
  expect(existsSync(join(scene.dir, 'new'))).toBe(false);
});

test('little space, few inodes', async () => {
  const scene = new DoctorScene();
  const findings = await scene.find(CHECK, { node: { free: async () => ({ space: 0.04, inodes: 0.001 }) } });
  expect(findings.map(({ severity, id, what }) => `${severity} ${id} ${what}`)).toEqual([
    'warning disk/space 4.0 % of the space of this file system is left',
    'warning disk/inodes 0.1 % of the inodes of this file system is left',
  ]);
});

test('a folder that cannot be written, tried as STATUS does where it is there', async () => {
  const scene = new DoctorScene();
  await scene.record(recordOf([attachmentOf('front', 'eth0')]));
  const state = {
    ...(await statePort(scene)),
    probe: () => Promise.reject(new CniError(ErrorCode.io, 'EROFS', 'mount it')),
  };
  const [finding] = await scene.find(CHECK, { ports: { state }, node: { ...FULL_OF_ROOM, isRoot: true } });
  expect(finding).toMatchObject({ id: 'disk/not-writable', severity: 'error', what: 'EROFS', mend: 'mount it' });
  expect(await scene.ids(CHECK, { node: FULL_OF_ROOM })).toEqual([]);
  expect(readdirSync(join(scene.stateDir, 'attachments'))).toHaveLength(1);
});

async function statePort(scene: DoctorScene) {
  const { openStateDir } = await import('../../src/state/on-disk.ts');
  return openStateDir(scene.stateDir);
}
