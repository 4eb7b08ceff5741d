import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { script } from '../samples/scratch.ts';
import { DoctorScene } from './doctor-scene.ts';

test('a plugin, its IPAM plugin and its helper that are nowhere, once each with all their networks', async () => {
  const scene = new DoctorScene();
  scene.network('20-a.conflist', 'a', { type: 'ghost', ipam: { type: 'spirit' } });
  scene.network('30-b.conflist', 'b', { type: 'ghost' });
  scene.network('40-c.conflist', 'c', { type: 'flannel' });
  const findings = await scene.find('plugins');
  expect(findings.map(({ severity, what, why }) => [severity, what, why])).toEqual([
    ['error', 'the plugin "ghost" is in none of the folders that are searched', 'networks "a", "b" cannot be attached'],
    ['error', 'the plugin "spirit" is in none of the folders that are searched', 'network "a" cannot be attached'],
    ['error', 'the plugin "flannel" is in none of the folders that are searched', 'network "c" cannot be attached'],
  ]);
});

test('one that is no program', async () => {
  const scene = new DoctorScene();
  chmodSync(join(scene.binDir, 'bridge'), 0o644);
  scene.file('bin/host-local', 'neither ELF nor a script');
  expect(await scene.ids('plugins')).toEqual(['error plugins/no-program', 'error plugins/no-program']);
});

test('one that everybody may write', async () => {
  const scene = new DoctorScene();
  chmodSync(join(scene.binDir, 'host-local'), 0o775);
  chmodSync(join(scene.binDir, 'bridge'), 0o757);
  expect(await scene.find('plugins')).toMatchObject([
    { id: 'plugins/writable', severity: 'warning', what: expect.stringContaining('bridge has mode 0757') },
  ]);
});

test('our own programs: missing, of another version, not running, apart', async () => {
  const scene = new DoctorScene();
  for (const name of ['braid', 'braid-standalone', 'braid-netns']) rmSync(join(scene.binDir, name));
  expect(await scene.ids('plugins')).toEqual([
    'error plugins/own-missing',
    'error plugins/own-missing',
    'warning plugins/own-missing',
  ]);
  scene.program('braid-netns');
  script(scene.binDir, 'braid', `echo '{"supportedVersions":["1.0.0"]}'`);
  script(scene.binDir, 'braid-standalone', 'echo braid 0.0.9');
  expect((await scene.find('plugins')).map(({ what }) => what)).toEqual([
    expect.stringMatching(/^braid answers VERSION otherwise/),
    expect.stringMatching(/^braid-standalone is of version 0.0.9, not /),
  ]);
  script(scene.binDir, 'braid', 'exit 7');
  script(scene.binDir, 'braid-standalone', 'kill -9 $$');
  expect((await scene.find('plugins')).map(({ what }) => what)).toEqual([
    'braid does not run: it ended with status 7',
    'braid-standalone does not run: it was ended by SIGKILL',
  ]);
  rmSync(join(scene.binDir, 'braid-standalone'));
  scene.own({ binDir: join(scene.dir, 'other') });
  scene.file('other/x', '');
  script(join(scene.dir, 'other'), 'braid-standalone', 'echo braid 0.0.9');
  expect(await scene.ids('plugins')).toContain('error plugins/apart');
});

test('a configuration that names braid-standalone needs no launcher', async () => {
  const scene = new DoctorScene();
  scene.own({ type: 'braid-standalone' });
  rmSync(join(scene.binDir, 'braid'));
  expect(await scene.ids('plugins')).toEqual([]);
  rmSync(join(scene.binDir, 'braid-standalone'));
  expect(await scene.find('plugins')).toMatchObject([
    { id: 'plugins/own-missing', why: 'it is what runtimes call: no pod can be started' },
  ]);
});
