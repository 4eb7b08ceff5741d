import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appendDurably, createDurably, makeFolder, syncFolder, temporaryOf } from '../../src/state/durable-file.ts';
import { scratchFolder } from '../samples/scratch.ts';

test('R46: a file is made whole, readable by its owner alone, and nothing is left beside it', async () => {
  const file = join(scratchFolder(), 'a.json');
  await createDurably(file, 'é');
  expect(readFileSync(file, 'utf8')).toBe('é');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(file, '..'))).toEqual(['a.json']);
});

test('what a killed writer left, however long, does not reach the file', async () => {
  const file = join(scratchFolder(), 'a.json');
  writeFileSync(temporaryOf(file), 'x'.repeat(10_000));
  await createDurably(file, 'new');
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(readdirSync(join(file, '..'))).toEqual(['a.json']);
});

test('when it fails what is in the way stays and no litter is left', async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'a.json'));
  await expect(createDurably(join(folder, 'a.json'), 'new')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(readdirSync(folder)).toEqual(['a.json']);
  await expect(createDurably(join(folder, 'none', 'a.json'), 'new')).rejects.toThrow('ENOENT');
});

test('a file is appended to, and never made by that', async () => {
  const file = join(scratchFolder(), 'a.json');
  await expect(appendDurably(file, 'one')).rejects.toThrow('ENOENT');
  writeFileSync(file, 'one');
  await appendDurably(file, 'é');
  expect(readFileSync(file, 'utf8')).toBe('oneé');
});

test('a folder that is not there cannot be made durable', async () => {
  const folder = scratchFolder();
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
