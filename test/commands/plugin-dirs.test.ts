/** Where the plugins are taken to be when nobody says it, by whatever command. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { usualPluginDirs } from '../../src/commands/plugin-dirs.ts';
import { scratchFolder } from '../samples/scratch.ts';

test('CNI_PATH, else the folders in which a runtime finds Braid, else all', () => {
  const dirs = ['one', 'two'].map((name) => join(scratchFolder(), name));
  for (const dir of dirs) mkdirSync(dir);
  expect(usualPluginDirs({ variables: { CNI_PATH: '/a::/b' } }, dirs)).toEqual(['/a', '/b']);
  expect(usualPluginDirs({ variables: {} }, dirs)).toEqual(dirs);
  writeFileSync(join(dirs[0] ?? '', 'braid'), '');
  expect(usualPluginDirs({ variables: { CNI_PATH: '' } }, dirs)).toEqual(dirs.slice(0, 1));
});
