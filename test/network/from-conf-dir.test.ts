import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { NetworkLookup } from '../../src/network/network-source.ts';
import { failure } from '../samples/failure.ts';
import { confDir, type Files, findOne, list, single, sourceOf } from './network-scene.ts';

async function find(folder: string, name?: string): Promise<NetworkLookup | undefined> {
  const choice = name === undefined ? { kind: 'first-in-conf-dir' as const } : { kind: 'named' as const, name };
  const [lookup] = await sourceOf({ confDir: folder }).find([choice]);
  return lookup;
}

async function originOf(files: Files, name?: string): Promise<string> {
  const lookup = await find(confDir(files), name);
  return lookup?.kind === 'found' ? (lookup.list.origin.split('/').at(-1) ?? '') : (lookup?.kind ?? '');
}

describe('a network by its name', () => {
  test('R2: any list beats a single configuration, whatever their file names', async () => {
    expect(await originOf({ '10-a.conf': single('a'), '90-a.conflist': list('a', 'ptp') }, 'a')).toBe('90-a.conflist');
  });

  test('R1: file names are sorted by their bytes', async () => {
    expect(await originOf({ '9-a.conf': single('a'), '10-a.json': single('a') }, 'a')).toBe('10-a.json');
  });

  test('R1: only the three extensions count, case and last dot as in the reference library', async () => {
    const files = {
      '1.CONF': single('a'),
      '2.conf.bak': single('a'),
      conflist: list('a', 't'),
      '.conflist': list('a', 't'),
    };
    expect(await originOf(files, 'a')).toBe('.conflist');
  });

  test('R1: folders are skipped, links to files followed', async () => {
    const folder = confDir({ 'b.conf/x': '' });
    symlinkSync(join(confDir({ target: single('a') }), 'target'), join(folder, 'a.conf'));
    expect(await find(folder, 'a')).toMatchObject({ kind: 'found' });
    expect(await find(folder)).toMatchObject({ kind: 'found' });
  });

  test('a named pipe in the folder keeps nobody waiting', async () => {
    const folder = confDir({ '20-a.conf': single('a') });
    spawnSync('mkfifo', [join(folder, '10-pipe.conf')]);
    expect(await find(folder, 'a')).toMatchObject({ kind: 'found' });
  });

  test('R3: a broken file that nobody asked for is passed over; the one asked for is told', async () => {
    const files = { '10-x.conf': '{', '20-y.conflist': { name: 'y', plugins: [] }, '30-a.conf': single('a') };
    const folder = confDir(files);
    expect(await find(folder, 'a')).toMatchObject({ kind: 'found' });
    expect(await find(folder, 'y')).toEqual({
      kind: 'broken',
      nodeNetwork: 'y',
      origin: join(folder, '20-y.conflist'),
      cause: 'no plugins in list',
    });
    expect(await find(folder, 'x')).toMatchObject({ kind: 'broken', origin: join(folder, '10-x.conf') });
  });

  test('R4: a name that is not there is answered with the names that are', async () => {
    const folder = confDir({ '10-a.conf': single('a'), '20-x.conf': '{', '00-braid.conf': single('ours', 'braid') });
    expect(await find(folder, 'b')).toEqual({ kind: 'absent', known: ['a', 'x'], searched: folder });
  });

  test('M26: our own configuration is found by who asks for it, so that the recursion can be told', async () => {
    expect(await originOf({ '00-braid.conf': single('ours', 'braid') }, 'ours')).toBe('00-braid.conf');
  });

  test('R7, R9, R13: the list is ready to be planned', async () => {
    const raw = { type: 'bridge', capabilities: { ips: true }, ipam: { type: 'host-local' } };
    const file = { name: 'a', cniVersions: ['0.4.0', '1.0.0'], disableCheck: 'true', disableGC: false, plugins: [raw] };
    const folder = confDir({ 'a.conflist': file });
    expect(await find(folder, 'a')).toEqual({
      kind: 'found',
      warnings: [],
      list: {
        name: 'a',
        reference: 'a',
        isNodeFile: true,
        cniVersion: '1.0.0',
        isCheckDisabled: true,
        isGcDisabled: false,
        plugins: [{ type: 'bridge', capabilities: ['ips'], raw }],
        origin: join(folder, 'a.conflist'),
      },
    });
  });

  test('several names are answered in their order, from one reading of the folder', async () => {
    const folder = confDir({ 'a.conf': single('a'), 'b.conf': single('b') });
    const named = ['b', 'c', 'a', 'b'].map((name) => ({ kind: 'named' as const, name }));
    const lookups = await sourceOf({ confDir: folder }).find(named);
    expect(lookups.map((lookup) => (lookup.kind === 'found' ? lookup.list.name : lookup.kind))).toEqual([
      'b',
      'absent',
      'a',
      'b',
    ]);
  });
});

describe('the first network of the folder', () => {
  test('R6: all three extensions in one order; ours and broken ones are not taken', async () => {
    const folder = confDir({
      '00-braid.conflist': list('ours', 'braid'),
      '05-torn.conf': '{',
      '10-a.conf': single('a'),
      '07-b.json': single('b'),
      '20-c.conflist': list('c', 'ptp'),
    });
    const lookup = await find(folder);
    expect(lookup).toMatchObject({ kind: 'found', list: { name: 'b' } });
    expect(lookup?.kind === 'found' ? lookup.warnings : []).toEqual([
      expect.stringContaining(`skipped ${join(folder, '05-torn.conf')}: `),
    ]);
  });

  test('no candidate: what was looked at is named', async () => {
    const folder = confDir({ '05-torn.conflist': '[]', '00-braid.conf': single('ours', 'braid') });
    expect(await find(folder)).toEqual({
      kind: 'absent',
      known: [],
      searched: `${folder} (${join(folder, '05-torn.conflist')}: not a JSON object)`,
    });
    const empty = confDir({});
    expect(await find(empty)).toMatchObject({ searched: `${empty} (no files)` });
  });
});

describe('plugins from the folder of a list’s name', () => {
  test('R10: its .conf files are appended in order, nothing else', async () => {
    const folder = confDir({
      'a.conflist': list('a', 'bridge'),
      'a/20-y.conf': { type: 'y' },
      'a/10-x.conf': { type: 'x' },
      'a/30-z.json': { type: 'z' },
      'a/40.conf/deep.conf': { type: 'deep' },
    });
    const lookup = await find(folder, 'a');
    expect(lookup?.kind === 'found' ? lookup.list.plugins.map(({ type }) => type) : lookup).toEqual([
      'bridge',
      'x',
      'y',
    ]);
  });

  test('R10: loadOnlyInlinedPlugins leaves the folder alone', async () => {
    const folder = confDir({ 'a.conflist': { ...list('a', 'bridge'), loadOnlyInlinedPlugins: true }, 'a/x.conf': '{' });
    expect(await find(folder, 'a')).toMatchObject({ kind: 'found', list: { plugins: [{ type: 'bridge' }] } });
  });

  test('R10: a broken file there, a file in its place, and no plugin at all each break the list', async () => {
    const folder = confDir({ 'a.conflist': list('a', 'bridge'), 'a/x.conf': '{}', 'b.conflist': { name: 'b' }, c: '' });
    writeFileSync(join(folder, 'c.conflist'), JSON.stringify(list('c', 'bridge')));
    expect(await find(folder, 'a')).toMatchObject({
      kind: 'broken',
      cause: `${join(folder, 'a', 'x.conf')}: missing 'type'`,
    });
    expect(await find(folder, 'b')).toMatchObject({ kind: 'broken', cause: 'no plugin configs found' });
    expect(await find(folder, 'c')).toMatchObject({ kind: 'broken', cause: expect.stringContaining('ENOTDIR') });
  });

  test('R11: a name that would lead out of the folder is refused before it is used', async () => {
    const folder = confDir({ 'net.d/a.conflist': { name: '../evil' }, 'evil/x.conf': { type: 'x' } });
    expect(await find(join(folder, 'net.d'), 'a')).toMatchObject({
      kind: 'broken',
      cause: expect.stringContaining('"name" is "../evil"; it must begin with a letter or digit'),
    });
  });
});

test('a confDir that is not there is code 7, named, with the key to set', async () => {
  expect(await failure(() => find('/nowhere/net.d', 'a'))).toMatchObject({
    code: 7,
    message: 'confDir "/nowhere/net.d" does not exist',
    details: 'set the key "confDir" to the folder that holds the network configuration files',
  });
  expect(await failure(() => find('/etc/hostname', 'a'))).toMatchObject({
    code: 7,
    message: expect.stringContaining('confDir "/etc/hostname" cannot be read: ENOTDIR'),
  });
});

describe('a network that has no file', () => {
  /** Asks for `name` where all binaries are there; `needed` has those that were asked for. */
  async function ask(name: string, files: Files, isThere = true) {
    const needed: string[] = [];
    const isPluginThere = async (types: readonly string[]) => {
      needed.push(...types);
      return isThere;
    };
    const folder = confDir(files);
    return { folder, needed, lookup: await findOne({ kind: 'named', name }, { confDir: folder, isPluginThere }) };
  }

  test.each(['bridge', 'macvlan'])(
    'is generated for plugin %s, with a warning that says how to replace it',
    async (type) => {
      const { folder, needed, lookup } = await ask(type, { '10-a.conf': single('a', 'ptp') });
      expect(needed).toEqual([type, 'host-local']);
      expect(lookup).toMatchObject({
        kind: 'found',
        list: { name: type, reference: type, isNodeFile: true, origin: `generated for plugin ${type}` },
      });
      expect(lookup.kind === 'found' && lookup.warnings).toEqual([
        expect.stringContaining(`network "${type}" has no file in ${folder}, so a configuration was generated`),
      ]);
    },
  );

  test('what the warning shows is a file that replaces it', async () => {
    const { lookup } = await ask('bridge', {});
    const [, file] = /replaces it: (.*)$/.exec((lookup.kind === 'found' && lookup.warnings[0]) || '') ?? [];
    const replaced = await ask('bridge', { '10-any.conflist': file });
    expect(replaced.needed).toEqual([]);
    expect(replaced.lookup).toMatchObject({ kind: 'found', list: { name: 'bridge' }, warnings: [] });
  });

  test('is not generated when a binary is missing, nor for another plugin', async () => {
    expect((await ask('bridge', {}, false)).lookup).toMatchObject({ kind: 'absent' });
    for (const name of ['ptp', 'constructor', '__proto__']) {
      const { needed, lookup } = await ask(name, {});
      expect(lookup).toMatchObject({ kind: 'absent', known: [] });
      expect(needed).toEqual([]);
    }
  });

  test('is not generated beside a broken file that is meant, nor where files of that type leave a doubt', async () => {
    expect((await ask('bridge', { '10-bridge.conf': '{' })).lookup).toMatchObject({ kind: 'broken' });
    const { folder, lookup } = await ask('bridge', { '1.conf': single('a'), '2.conf': single('b') });
    expect(lookup).toEqual({
      kind: 'absent',
      known: ['a', '1', 'b', '2'],
      searched: `${folder} (its type "bridge" is that of several: ${join(folder, '1.conf')}, ${join(folder, '2.conf')})`,
    });
  });
});
