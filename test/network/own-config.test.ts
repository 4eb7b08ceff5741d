import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readOwnConfig } from '../../src/network/own-config.ts';
import { scratchFolder } from '../samples/scratch.ts';

function fileWith(content: object): string {
  const file = join(scratchFolder(), 'conf');
  writeFileSync(file, JSON.stringify(content));
  return file;
}

const ours = { type: 'braid', confDir: '/n', capabilities: { mac: true } };

test.each([
  ['a list, wherever in it', { cniVersion: '1.0.0', name: 'node', plugins: [{ type: 'tuning' }, ours] }, ['tuning']],
  ['a file of its own', { cniVersion: '1.0.0', name: 'node', ...ours }, []],
])('our plugin is found in %s, with what a runtime adds to its object', async (_where, content, otherTypes) => {
  expect(await readOwnConfig(fileWith(content))).toMatchObject({
    name: 'node',
    plugin: { type: 'braid', capabilities: ['mac'] },
    otherTypes,
    raw: { ...ours, name: 'node', cniVersion: '1.0.0' },
  });
});

test('it is ours by the name of either program', async () => {
  const file = fileWith({ name: 'node', plugins: [{ type: 'bridge' }, { ...ours, type: 'braid-standalone' }] });
  expect(await readOwnConfig(file, { orFirst: true })).toMatchObject({ plugin: { type: 'braid-standalone' } });
});

test('a configuration of another plugin is refused, and read where that is wanted', async () => {
  const file = fileWith({ name: 'node', plugins: [{ type: 'multus', confDir: '/m' }, { type: 'tuning' }] });
  await expect(readOwnConfig(file)).rejects.toThrow(
    'it is no configuration of Braid: its plugins are "multus", "tuning"',
  );
  const read = await readOwnConfig(file, { orFirst: true });
  expect(read).toMatchObject({ raw: { confDir: '/m' }, otherTypes: ['tuning'] });
});
