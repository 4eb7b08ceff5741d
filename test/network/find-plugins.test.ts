import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findPlugins } from '../../src/network/find-plugins.ts';
import { scratchFolder, script } from '../samples/scratch.ts';

async function find(type: string, ...folders: string[]) {
  return (await findPlugins([type], folders)).get(type);
}

test('R24: the first regular file of that name in the folders, links followed; folders and dead links are passed over', async () => {
  const [first, second] = [scratchFolder(), scratchFolder()];
  mkdirSync(join(first, 'a'));
  symlinkSync('/nowhere/at/all', join(first, 'b'));
  symlinkSync(script(second, 'a', 'exit 0'), join(first, 'c'));
  script(second, 'b', 'exit 0');
  expect(await find('a', first, second)).toEqual({ kind: 'found', path: join(second, 'a') });
  expect(await find('b', first, second)).toEqual({ kind: 'found', path: join(second, 'b') });
  expect(await find('c', '/nowhere', first)).toEqual({ kind: 'found', path: join(first, 'c') });
});

test('R24: a file that is not executable shadows a good one further on, and we say which', async () => {
  const [first, second] = [scratchFolder(), scratchFolder()];
  writeFileSync(join(first, 'a'), '');
  chmodSync(join(first, 'a'), 0o644);
  script(second, 'a', 'exit 0');
  expect(await find('a', first, second)).toEqual({ kind: 'not-executable', path: join(first, 'a') });
});

test.each(['', '.', '..', 'a/b', '../evil', 'a\0b', 'a\nb', 'x'.repeat(5000)])(
  'R24: %o is the name of no plugin',
  async (type) => {
    const folder = join(scratchFolder(), 'bin');
    mkdirSync(folder);
    script(join(folder, '..'), 'evil', 'exit 0');
    expect(await find(type, folder)).toEqual({ kind: 'absent' });
  },
);

test('all types are answered, each once', async () => {
  const folder = scratchFolder();
  script(folder, 'a', 'exit 0');
  const found = await findPlugins(['a', 'b', 'a'], [folder]);
  expect([...found.entries()].map(([type, { kind }]) => [type, kind])).toEqual([
    ['a', 'found'],
    ['b', 'absent'],
  ]);
});
