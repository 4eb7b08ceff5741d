/** What `--fix` mends, and what it leaves alone because there is more than one answer. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diffOf, mend, writeMended } from '../../src/validate/apply-fixes.ts';
import { braid, folderWith, network, pod, validateFolder } from './given-files.ts';

/** The text of the one file after all its fixes; `undefined` where there is none. */
async function mended(name: string, content: unknown): Promise<string | undefined> {
  const { findings } = await validateFolder(folderWith({ [name]: content }));
  return mend(findings)[0]?.after;
}

describe('a fix', () => {
  test('takes commas after last members away, all of one file at once', async () => {
    const text = '{\n  "name": "a", // no';
    const good = '{"name": "a,}", "plugins": [{"type": "bridge",} , ] , }';
    expect(await mended('a.conflist', good)).toBe('{"name": "a,}", "plugins": [{"type": "bridge"}  ]  }');
    expect(await mended('a.conflist', text)).toBeUndefined();
    expect(await mended('a.conflist', '{"name": "a",, }')).toBeUndefined();
  });

  test('takes a byte order mark away', async () => {
    expect(await mended('a.conflist', '\ufeff{"name": "a"}')).toBe('{"name": "a"}');
  });

  test('renames a key that is nearly one that there is', async () => {
    const text = JSON.stringify(braid({ defaultPlugn: 'a', namespaceisolation: true }));
    const after = await mended('0.conflist', text);
    expect(after).toBe(
      text.replace('defaultPlugn', 'defaultPlugin').replace('namespaceisolation', 'namespaceIsolation'),
    );
  });

  test.each([
    ['is far from all', { frobnicate: 'a' }],
    ['is near to two', { niDir: '/a' }],
    ['stands there already by its right name', { defaultPlugn: 'a', defaultPlugin: 'b' }],
    ['would have a wrong value', { defaultPlugn: 7 }],
    ['means the same as another one', { defaultPlugn: 'a', defultPlugin: 'b' }],
    ['lacks more than a letter or two', { timeoutMs: 5 }],
  ])('renames no key that %s', async (_what, keys) => {
    expect(await mended('0.conflist', JSON.stringify(braid(keys)))).toBeUndefined();
  });

  test('takes the last comma of an annotation away, in quotes and without', async () => {
    expect(await mended('p.yaml', pod({ cni: 'a, b@x, ' }))).toBe(pod({ cni: 'a, b@x' }));
    expect(await mended('p.yaml', pod({ cni: 'A' }).replace('"A"', 'a,'))).toBe(pod({ cni: 'A' }).replace('"A"', 'a'));
  });

  test('leaves an annotation alone that has more wrong with it', async () => {
    expect(await mended('p.yaml', pod({ cni: 'a,,b,' }))).toBeUndefined();
    expect(await mended('p.yaml', pod({ cni: ',' }))).toBeUndefined();
  });
});

test('a file is written at once: through its link, with its mode, and nothing is left beside it', async () => {
  const folder = folderWith({
    'real/a.txt': '{"name": "a", "plugins": [{"type": "bridge"}],}',
    'n/b.conflist': network('b'),
  });
  const real = join(folder, 'real/a.txt');
  const link = join(folder, 'n/a.conflist');
  symlinkSync(real, link);
  chmodSync(real, 0o640);
  const [file] = mend((await validateFolder(join(folder, 'n'))).findings);
  if (!file) throw new Error('there is nothing to mend');
  expect(diffOf(file)).toContain('-{"name": "a", "plugins": [{"type": "bridge"}],}\n');
  writeMended(file);
  expect(readFileSync(real, 'utf8')).toBe('{"name": "a", "plugins": [{"type": "bridge"}]}');
  expect([lstatSync(link).isSymbolicLink(), statSync(real).mode & 0o777]).toEqual([true, 0o640]);
  expect(readdirSync(join(folder, 'real'))).toEqual(['a.txt']);
  expect(() => writeMended(file)).toThrow('was changed meanwhile');
});

test('a file under two names is mended once', async () => {
  const folder = folderWith({ 'a.conflist': '{"name": "a", "plugins": [{"type": "bridge"}],}' });
  symlinkSync('a.conflist', join(folder, 'b.conflist'));
  const files = mend((await validateFolder(folder)).findings);
  expect(files.map(({ fixes }) => fixes.length)).toEqual([1]);
});

describe('a file that is mended', () => {
  const text = '{"name": "a", "plugins": [{"type": "bridge"}],}';

  /** A folder with one file that has something to mend, and what would be written. */
  async function toMend() {
    const folder = folderWith({ 'a.conflist': text });
    const [file] = mend((await validateFolder(folder)).findings);
    if (!file) throw new Error('there is nothing to mend');
    return { folder, file };
  }

  test('keeps owner, group and a mode with special bits, and a chain of links', async () => {
    const { folder, file } = await toMend();
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(file.file, 65_534, 12_345);
    chmodSync(file.file, 0o2754);
    const { uid, gid, mode } = statSync(file.file);
    symlinkSync('a.conflist', join(folder, 'b'));
    symlinkSync(join(folder, 'b'), join(folder, 'c'));
    writeMended({ ...file, file: join(folder, 'c') });
    const after = statSync(file.file);
    expect(readFileSync(file.file, 'utf8')).toBe(file.after);
    expect([after.uid, after.gid, after.mode]).toEqual([uid, gid, mode]);
    expect([readlinkSync(join(folder, 'b')), readlinkSync(join(folder, 'c'))]).toEqual([
      'a.conflist',
      join(folder, 'b'),
    ]);
    expect(mode & 0o7777).toBe(0o2754);
  });

  test('is left alone when it has another name, which a new file would not have', async () => {
    const { folder, file } = await toMend();
    linkSync(file.file, join(folder, 'other.txt'));
    expect(() => writeMended(file)).toThrow('it is one file under 2 names (hard links)');
    expect([readFileSync(file.file, 'utf8'), statSync(file.file).nlink]).toEqual([text, 2]);
    expect(readdirSync(folder).toSorted()).toEqual(['a.conflist', 'other.txt']);
  });

  /** For one user more than its mode tells, as `setfacl -m u:65534:r` does by setxattr(2). */
  const GIVE_ACCESS_LIST = `
    my $list = pack("V", 2) . join("", map { pack("vvV", @$_) } [1,6,-1], [2,4,65534], [4,0,-1], [16,4,-1], [32,0,-1]);
    my ($file, $name) = ($ARGV[0], "system.posix_acl_access");
    exit(syscall(188, $file, $name, $list, length($list), 0) == 0 ? 0 : 1);`;

  test('is left alone when it has an access control list, which a new file would not have', async (context) => {
    const { file } = await toMend();
    const { status } = spawnSync('perl', ['-e', GIVE_ACCESS_LIST, file.file]);
    if (process.arch !== 'x64' || status !== 0) context.skip();
    expect(() => writeMended(file)).toThrow('it has an access control list');
    expect(readFileSync(file.file, 'utf8')).toBe(text);
  });

  test('stays as it is when the new one cannot be put in its place, and takes nothing away that is there', async () => {
    const { folder, file } = await toMend();
    const stranger = `${file.file}.braid-${process.pid}`;
    writeFileSync(stranger, 'not ours');
    expect(() => writeMended(file)).toThrow('EEXIST');
    expect([readFileSync(file.file, 'utf8'), readFileSync(stranger, 'utf8')]).toEqual([text, 'not ours']);
    expect(readdirSync(folder)).toHaveLength(2);
  });
});
