/** Where the plugins are taken to be when nobody says it, by whatever command. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { usualCniPath } from '../../src/commands/usual-cni-path.ts';
import { scratchFolder } from '../samples/scratch.ts';

test('CNI_PATH, else the folders in which a runtime finds Braid, else all', () => {
  const dirs = ['one', 'two'].map((name) => join(scratchFolder(), name));
  for (const dir of dirs) mkdirSync(dir);
  expect(usualCniPath({ variables: { CNI_PATH: '/a:/b' } }, dirs)).toBe('/a:/b');
  expect(usualCniPath({ variables: {} }, dirs)).toBe(dirs.join(':'));
  writeFileSync(join(dirs[0] ?? '', 'braid'), '');
  expect(usualCniPath({ variables: {} }, dirs)).toBe(dirs[0]);
});
