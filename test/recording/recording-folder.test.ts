/** Bundles of several processes in one folder. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleNames, hasRoom, knowsContainer, writeBundle } from '../../src/recording/recording-folder.ts';
import { scratchFolder } from '../samples/scratch.ts';
import { sampleBundle } from './sample-bundle.ts';

test('they are numbered to the limit and no further', async () => {
  const place = { folder: join(scratchFolder(), 'new'), limit: 3 };
  const files: (string | undefined)[] = [];
  for (const _ of [1, 2, 3, 4]) files.push(await writeBundle(sampleBundle({}), place));
  expect(files.map((file) => file?.split('/').at(-1))).toEqual([
    '0001-ADD-c1-eth0.json',
    '0002-ADD-c1-eth0.json',
    '0003-ADD-c1-eth0.json',
    undefined,
  ]);
  expect(await hasRoom(place.folder, 3)).toBe(false);
  expect(readdirSync(place.folder)).toHaveLength(3);
});

test('a number that another process is about to write, or died over, is left to it', async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, '.claim-0001'), '');
  expect(await writeBundle(sampleBundle({}), { folder, limit: 9 })).toBe(join(folder, '0002-ADD-c1-eth0.json'));
});

test('a bundle that cannot be written costs no number and leaves nothing', async () => {
  const folder = scratchFolder();
  const bundle = sampleBundle({});
  const ifName = 'x'.repeat(300);
  const unwritable = { ...bundle, request: { ...bundle.request, variables: { CNI_IFNAME: ifName } } };
  await expect(writeBundle(unwritable, { folder, limit: 9 })).rejects.toThrow('ENAMETOOLONG');
  expect(readdirSync(folder)).toEqual([]);
  expect(await writeBundle(bundle, { folder, limit: 9 })).toBe(join(folder, '0001-ADD-c1-eth0.json'));
});

test('numbers go on where bundles were taken away, and other files are none', async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, '2026-11-21T10-00-00'));
  writeFileSync(join(folder, 'notes.json'), '');
  for (const _ of [1, 2]) await writeBundle(sampleBundle({}), { folder, limit: 9 });
  rmSync(join(folder, '0001-ADD-c1-eth0.json'));
  await writeBundle(sampleBundle({ verb: 'DEL' }), { folder, limit: 9 });
  expect(await bundleNames(folder)).toEqual(['0002-ADD-c1-eth0.json', '0003-DEL-c1-eth0.json']);
  expect(JSON.parse(readFileSync(join(folder, '0003-DEL-c1-eth0.json'), 'utf8'))).toMatchObject({ bundle: 1 });
});

test('a container is known by the bundle of its ADD', async () => {
  const folder = scratchFolder();
  const id = 'a'.repeat(64);
  await writeBundle(sampleBundle({ verb: 'DEL', containerId: 'other' }), { folder, limit: 9 });
  await writeBundle(sampleBundle({ containerId: id }), { folder, limit: 9 });
  expect([await knowsContainer(folder, id), await knowsContainer(folder, 'other')]).toEqual([true, false]);
  expect(await knowsContainer(join(folder, 'nowhere'), id)).toBe(false);
  // The beginning of an id is another id.
  expect(await knowsContainer(folder, 'a'.repeat(31))).toBe(false);
});
