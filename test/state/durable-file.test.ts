import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder, syncFolder, temporaryOf, writeDurably } from '../../src/state/durable-file.ts';
import { scratchFolder } from '../samples/scratch.ts';

test('R46: a file is replaced whole, readable by its owner alone, and nothing is left beside it', async () => {
  const file = join(scratchFolder(), 'a.json');
  await writeDurably(file, 'a longer first content');
  await writeDurably(file, 'é');
  expect(readFileSync(file, 'utf8')).toBe('é');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(file, '..'))).toEqual(['a.json']);
});

test('what a killed writer left, however long, does not reach the file', async () => {
  const file = join(scratchFolder(), 'a.json');
  writeFileSync(temporaryOf(file), 'x'.repeat(10_000));
  await writeDurably(file, 'new');
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(readdirSync(join(file, '..'))).toEqual(['a.json']);
});

test('when it fails the old content stays and no litter is left', async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'a.json'));
  await expect(writeDurably(join(folder, 'a.json'), 'new')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(readdirSync(folder)).toEqual(['a.json']);
  await expect(writeDurably(join(folder, 'none', 'a.json'), 'new')).rejects.toThrow('ENOENT');
});

test('a folder that is not there cannot be made durable', async () => {
  const folder = scratchFolder();
  chmodSync(folder, 0o700);
  await expect(syncFolder(folder)).resolves.toBeUndefined();
  await expect(syncFolder(join(folder, 'none'))).rejects.toThrow('ENOENT');
});

test('a folder that others are making at the same time is made by one of them, and nobody fails', async () => {
  const root = scratchFolder();
  for (let round = 0; round < 50; round += 1) {
    const folder = join(root, `${round}`, 'a', 'b', 'c');
    await Promise.all(Array.from({ length: 8 }, () => makeFolder(folder)));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  }
});

test('a folder where none can be made is an error, not a hang', async () => {
  await expect(makeFolder('/proc/none/below')).rejects.toThrow('ENOENT');
});
