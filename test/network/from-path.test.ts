import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { NetworkLookup } from '../../src/network/network-source.ts';
import { confDir, type Files, findOne, foundList, list, single } from './network-scene.ts';

const findPath = (path: string): Promise<NetworkLookup> => findOne({ kind: 'path', path }, {});

const types = (lookup: NetworkLookup): string[] => foundList(lookup).plugins.map(({ type }) => type);

describe('a configuration by its path', () => {
  test('a list, with the plugins of the folder of its name', async () => {
    const folder = confDir({
      '10-a.conflist': list('a', 'ptp'),
      'a/20.conf': { type: 'y' },
      'a/10.conf': { type: 'x' },
    });
    const lookup = await findPath(join(folder, '10-a.conflist'));
    expect(types(lookup)).toEqual(['ptp', 'x', 'y']);
    expect(foundList(lookup)).toMatchObject({
      name: 'a',
      reference: 'a',
      isNodeFile: true,
      origin: join(folder, '10-a.conflist'),
    });
  });

  test.each(['a.conf', 'a.json', 'a', 'a.d'])('a single plugin in a file named %s', async (name) => {
    expect(types(await findPath(join(confDir({ [name]: single('a', 'ptp') }), name)))).toEqual(['ptp']);
  });

  test('a list in a file that is not named so is broken', async () => {
    const path = join(confDir({ 'a.conf': list('a', 'ptp') }), 'a.conf');
    expect(await findPath(path)).toEqual({ kind: 'broken', nodeNetwork: 'a', origin: path, cause: "missing 'type'" });
  });

  test('a file that is not there is absent, one that is none is broken', async () => {
    const folder = confDir({ 'a.conf': '{' });
    const missing = join(folder, 'b.conf');
    expect(await findPath(missing)).toEqual({ kind: 'absent', known: [], searched: missing });
    expect(await findPath(join(folder, 'a.conf'))).toMatchObject({ kind: 'broken', origin: join(folder, 'a.conf') });
    spawnSync('mkfifo', [join(folder, 'pipe.conf')]);
    expect(await findPath(join(folder, 'pipe.conf'))).toMatchObject({ cause: 'it is not a regular file' });
    expect(await findPath(join(folder, 'a.conf/b'))).toMatchObject({ cause: expect.stringContaining('ENOTDIR') });
    expect(await findPath('/a\0b')).toMatchObject({ kind: 'broken' });
  });

  test.each(['a.conf', './a.conf', ''])('the path %j is refused, for nobody knows from where', async (path) => {
    expect(await findPath(path)).toEqual({ kind: 'broken', origin: path, cause: 'the path is not absolute' });
  });
});

describe('a configuration by its folder', () => {
  const originOf = async (files: Files): Promise<string | undefined> =>
    foundList(await findPath(confDir(files)))
      .origin.split('/')
      .at(-1);

  test('the first file of all three extensions is taken, ours passed over', async () => {
    const files = {
      '00-braid.conflist': list('ours', 'braid'),
      '05-note.txt': '{',
      '10-b.json': single('b'),
      '20-a.conflist': list('a', 'ptp'),
    };
    expect(await originOf(files)).toBe('10-b.json');
  });

  test('the first file is meant even when it is broken', async () => {
    const folder = confDir({ '10-a.conf': '{', '20-b.conf': single('b') });
    expect(await findPath(folder)).toMatchObject({ kind: 'broken', origin: join(folder, '10-a.conf') });
  });

  test('a folder without any is absent', async () => {
    const folder = confDir({ '00-braid.conf': single('ours', 'braid') });
    expect(await findPath(`${folder}/`)).toEqual({ kind: 'absent', known: [], searched: `${folder}/ (no files)` });
  });
});

describe('an auxiliary chain', () => {
  const findChain = (besidePath: string, name = 'extra') => findOne({ kind: 'chain-folder', name, besidePath }, {});

  test('the .conf files of the folder beside the configuration, after a plugin that does nothing', async () => {
    const files = { 'extra/20.conf': { type: 'y' }, 'extra/10.conf': { type: 'x', k: 1 }, 'extra/z.json': '{' };
    const folder = confDir(files);
    expect(await findChain(join(folder, '10-main.conflist'))).toEqual({
      kind: 'found',
      warnings: [],
      list: {
        name: 'extra',
        reference: 'extra',
        isNodeFile: true,
        cniVersion: undefined,
        isCheckDisabled: false,
        isGcDisabled: false,
        plugins: [
          { type: 'passthru', capabilities: [], raw: { type: 'passthru' } },
          { type: 'x', capabilities: [], raw: { type: 'x', k: 1 } },
          { type: 'y', capabilities: [], raw: { type: 'y' } },
        ],
        origin: join(folder, 'extra'),
      },
    });
  });

  test('beside a folder it is in the folder above, unless that ends in a slash, as Go splits paths', async () => {
    const folder = confDir({ 'extra/x.conf': { type: 'x' }, 'net.d/extra/y.conf': { type: 'y' } });
    expect(types(await findChain(join(folder, 'net.d')))).toEqual(['passthru', 'x']);
    expect(types(await findChain(join(folder, 'net.d/')))).toEqual(['passthru', 'y']);
  });

  test.each<[string, Files]>([
    ['no folder', {}],
    ['an empty folder', { 'extra/readme': '' }],
  ])('%s: nothing is to be attached', async (_what, files) => {
    const folder = confDir(files);
    expect(await findChain(join(folder, 'a.conf'))).toEqual({
      kind: 'nothing-to-attach',
      origin: join(folder, 'extra'),
    });
  });

  test('a broken file, a file in place of the folder, a name that leads elsewhere, a path from nowhere', async () => {
    const folder = confDir({ 'extra/x.conf': '{}', file: '', 'net.d/main.conf': '', 'evil/x.conf': { type: 'x' } });
    const cause = `${join(folder, 'extra/x.conf')}: missing 'type'`;
    expect(await findChain(join(folder, 'a.conf'))).toMatchObject({ kind: 'broken', cause });
    expect(await findChain(join(folder, 'a.conf'), 'file')).toMatchObject({
      cause: expect.stringContaining('ENOTDIR'),
    });
    expect(await findChain(join(folder, 'net.d/main.conf'), '../evil')).toEqual({
      kind: 'broken',
      origin: 'chain "../evil"',
      cause: 'the name is no network name',
    });
    expect(await findChain('a.conf')).toMatchObject({ kind: 'broken', cause: 'the path is not absolute' });
  });
});
