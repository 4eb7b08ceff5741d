import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isPassedOver } from '../../src/commands/test/watch.ts';
import { scratchFolder } from '../samples/scratch.ts';

test('links to what they lie in are not followed, and packages not watched', () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'sub'));
  mkdirSync(join(folder, 'su'));
  symlinkSync('.', join(folder, 'itself'));
  symlinkSync('..', join(folder, 'sub', 'up'));
  symlinkSync('../su', join(folder, 'sub', 'aside'));
  symlinkSync('nowhere', join(folder, 'dangling'));
  const passedOver = (path: string) => isPassedOver(join(folder, path));
  expect(['itself', 'sub/up', 'node_modules'].map(passedOver)).toEqual([true, true, true]);
  expect(['sub', 'sub/aside', 'dangling', 'not-there'].map(passedOver)).toEqual([false, false, false, false]);
});
