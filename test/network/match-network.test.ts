import { describe, expect, test } from 'vitest';
import {
  type ConfigFile,
  filesOfType,
  matchJsonName,
  matchNetwork,
  nameInFileName,
} from '../../src/network/match-network.ts';

function read(file: string, name: string, ...types: string[]): ConfigFile {
  const plugins = types.map((type) => ({ type, capabilities: [], raw: { type } }));
  const switches = { cniVersion: undefined, isCheckDisabled: false, isGcDisabled: false };
  return {
    kind: 'read',
    file,
    list: { name, reference: name, isNodeFile: true, ...switches, plugins, origin: file },
  };
}

function broken(file: string, name?: string): ConfigFile {
  return { kind: 'broken', file, name, cause: 'torn' };
}

describe('matchNetwork', () => {
  test('the JSON name wins over a file name, a file name over a type', () => {
    const files = [read('/d/10-c.conf', 'a', 'b'), read('/d/20-a.conf', 'x', 'c'), read('/d/30-b.conf', 'y', 'd')];
    expect(matchNetwork('a', files)?.file.file).toBe('/d/10-c.conf');
    expect(matchNetwork('b', files)?.file.file).toBe('/d/30-b.conf');
    expect(matchNetwork('d', files)?.file.file).toBe('/d/30-b.conf');
    expect(matchNetwork('c', files)?.file.file).toBe('/d/10-c.conf');
  });

  test('R5: of two files with one name the first is used, and a warning names both', () => {
    const files = [read('/d/10-x.conflist', 'a', 't'), read('/d/05-y.conf', 'a', 't')];
    expect(matchNetwork('a', files)).toEqual({
      file: files[0],
      warnings: ['network "a" stands in several files by its name: /d/10-x.conflist is used, not /d/05-y.conf'],
    });
    const filed = [read('/d/10-w.conf', 'a', 't'), read('/d/20-w.conf', 'b', 't')];
    expect(matchNetwork('w', filed)?.warnings).toEqual([
      'network "w" stands in several files by its file name: /d/10-w.conf is used, not /d/20-w.conf',
    ]);
  });

  test('a type that two files have first means neither; a type further down the list means nothing', () => {
    const files = [
      read('/d/1.conf', 'a', 'bridge'),
      read('/d/2.conf', 'b', 'bridge'),
      read('/d/3.conf', 'c', 'x', 'tuning'),
    ];
    expect(matchNetwork('bridge', files)).toBeUndefined();
    expect(matchNetwork('tuning', files)).toBeUndefined();
    expect(matchNetwork('x', files)?.file.file).toBe('/d/3.conf');
  });

  test('R3: a broken file counts where it is the one asked for, by either name', () => {
    const files = [broken('/d/10-a.conf', 'named'), read('/d/20-b.conf', 'b', 't')];
    expect(matchNetwork('named', files)?.file.kind).toBe('broken');
    expect(matchNetwork('a', files)?.file.kind).toBe('broken');
    expect(matchNetwork('b', files)?.file.kind).toBe('read');
  });
});

test('matchJsonName looks at nothing but the JSON name, a broken file’s too', () => {
  const files = [read('/d/10-b.conf', 'a', 'c'), broken('/d/20-x.conf', 'y'), read('/d/30-z.conf', 'a', 't')];
  expect(matchJsonName('a', files)).toEqual({
    file: files[0],
    warnings: ['network "a" stands in several files by its name: /d/10-b.conf is used, not /d/30-z.conf'],
  });
  expect(matchJsonName('y', files)?.file).toBe(files[1]);
  for (const other of ['b', 'x', 'c', 'constructor']) expect(matchJsonName(other, files)).toBeUndefined();
});

test('filesOfType looks at the first plugin', () => {
  const files = [read('/d/1.conf', 'a', 'x', 'y'), read('/d/2.conf', 'b', 'y'), broken('/d/3.conf')];
  expect(filesOfType('y', files)).toEqual([files[1]]);
  expect(filesOfType('x', files)).toEqual([files[0]]);
});

test.each([
  ['/d/10-weave.conf', 'weave'],
  ['/d/10-my-net.conflist', 'my-net'],
  ['/d/weave.conf', 'weave'],
  ['/d/.conflist', '.conflist'],
  ['/d/10-a.b.json', 'a.b'],
])('CNI-Genie reads the name of %s as %s', (file, name) => {
  expect(nameInFileName(file)).toBe(name);
});
