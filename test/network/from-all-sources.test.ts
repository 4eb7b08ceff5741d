import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { KubeClient } from '../../src/kube/kube-client.ts';
import type { NetworkChoice } from '../../src/selection/selection.ts';
import { failure } from '../samples/failure.ts';
import {
  confDir,
  definitionPath,
  fakeApi,
  findOne,
  foundList,
  hintPath,
  LOGICAL,
  list,
  ok,
  single,
  sourceOf,
} from './network-scene.ts';

const definition = (name: string, namespace = 'shop'): NetworkChoice => ({ kind: 'definition', namespace, name });
const logical = (name: string): NetworkChoice => ({ kind: 'logical', namespace: 'shop', name });
const logicalPath = (name: string) => `${LOGICAL}/namespaces/shop/logicalnetworks/${name}`;
const physicalPath = (name: string) => `${LOGICAL}/namespaces/shop/physicalnetworks/${name}`;
const inSpec = (config: object) => ok({ metadata: {}, spec: { config: JSON.stringify(config) } });

describe('all kinds of network at once', () => {
  test('are answered in the order of the choices', async () => {
    const folder = confDir({
      '10-a.conf': single('a'),
      '20-b.conflist': list('b', 'ptp'),
      'extra/x.conf': { type: 'tuning' },
    });
    const { access } = fakeApi({
      [definitionPath('shop', 'front')]: inSpec(single('front')),
      [logicalPath('net1')]: ok({ spec: { plugin: 'b' } }),
    });
    const lookups = await sourceOf({ confDir: folder, api: access }).find([
      { kind: 'chain-folder', name: 'extra', besidePath: join(folder, 'x.conf') },
      logical('net1'),
      { kind: 'inline', config: single('in'), place: 'delegates[0]' },
      definition('front'),
      { kind: 'first-in-conf-dir' },
      { kind: 'named', name: 'b' },
      { kind: 'definition-or-file', namespace: 'shop', name: 'a' },
      { kind: 'path', path: join(folder, '20-b.conflist') },
    ]);
    expect(lookups.map((lookup) => foundList(lookup).reference)).toEqual([
      'extra',
      'shop/net1',
      'in',
      'shop/front',
      'a',
      'b',
      'a',
      'b',
    ]);
  });

  test('all objects are asked for before any answer comes; each object once, however often it is chosen', async () => {
    const gate = Promise.withResolvers<void>();
    const table = {
      [logicalPath('net1')]: ok({ spec: { physicalNet: 'p1' } }),
      [logicalPath('net2')]: ok({ spec: { physicalNet: 'p2' } }),
      [logicalPath('net3')]: ok({ spec: { physicalNet: 'p1' } }),
      [definitionPath('shop', 'front')]: inSpec(single('front')),
    };
    const { access, asked, begun } = fakeApi(table, gate.promise);
    const finding = sourceOf({ api: access, confDir: confDir({}) }).find([
      definition('front'),
      logical('net1'),
      definition('back'),
      definition('front'),
      logical('net2'),
      { kind: 'definition-or-file', namespace: 'shop', name: 'back' },
      logical('net3'),
      definition('back', 'infra'),
    ]);
    await setImmediate();
    const first = [
      definitionPath('shop', 'front'),
      logicalPath('net1'),
      definitionPath('shop', 'back'),
      logicalPath('net2'),
      logicalPath('net3'),
      definitionPath('infra', 'back'),
    ];
    expect(asked).toEqual(first);
    gate.resolve();
    await finding;
    // What hangs on an answer is asked for once too: the physical networks, and where else a missing definition is.
    expect(asked.slice(first.length).toSorted()).toEqual(
      [hintPath('back'), physicalPath('p1'), physicalPath('p2')].toSorted(),
    );
    expect(begun).toEqual({ clients: 1, deadlines: 1 });
  });

  test('the next look-up asks anew, with a deadline of its own', async () => {
    const { access, asked, begun } = fakeApi({ [definitionPath('shop', 'front')]: inSpec(single('front')) });
    const source = sourceOf({ api: access });
    await source.find([definition('front')]);
    await source.find([definition('front')]);
    expect(asked).toHaveLength(2);
    expect(begun).toEqual({ clients: 2, deadlines: 2 });
  });

  test('one deadline covers the client and every request; only the hint has less time', async () => {
    const deadline = new AbortController().signal;
    const seen: [string, boolean][] = [];
    const client: KubeClient = {
      get: async (path, signal) => {
        seen.push([path, signal === deadline]);
        return { kind: 'absent' };
      },
      mergePatch: async () => ({ kind: 'absent' }),
      close: () => undefined,
    };
    const open = async (signal: AbortSignal) => {
      expect(signal).toBe(deadline);
      return client;
    };
    await sourceOf({ api: { open, startDeadline: () => deadline } }).find([definition('a'), logical('b')]);
    expect(seen).toEqual([
      [definitionPath('shop', 'a'), true],
      [logicalPath('b'), true],
      [hintPath('a'), false],
    ]);
  });
});

describe('the configuration folder', () => {
  test('is not looked at when no choice needs it', async () => {
    const file = join(confDir({ 'a.conf': single('a') }), 'a.conf');
    const { access } = fakeApi({ [definitionPath('shop', 'front')]: inSpec(single('front')) });
    const lookups = await sourceOf({ confDir: '/nowhere/net.d', api: access }).find([
      definition('front'),
      definition('back'),
      logical('net1'),
      { kind: 'inline', config: single('a'), place: 'delegates[0]' },
      { kind: 'path', path: file },
      { kind: 'chain-folder', name: 'extra', besidePath: file },
    ]);
    expect(lookups.map(({ kind }) => kind)).toEqual([
      'found',
      'absent',
      'absent',
      'found',
      'found',
      'nothing-to-attach',
    ]);
    expect(await sourceOf({}).find([])).toEqual([]);
  });

  test.each<NetworkChoice>([
    { kind: 'named', name: 'a' },
    { kind: 'first-in-conf-dir' },
    { kind: 'definition-or-file', namespace: 'kube-system', name: 'a' },
    logical('net1'),
    definition('blank'),
  ])('a choice that needs it fails without it: %j', async (choice) => {
    const { access } = fakeApi({
      [logicalPath('net1')]: ok({ spec: { plugin: 'a' } }),
      [definitionPath('shop', 'blank')]: ok({ metadata: {}, spec: {} }),
    });
    expect(await failure(() => findOne(choice, { api: access }))).toMatchObject({
      code: 7,
      message: 'confDir "/nowhere/net.d" does not exist',
    });
  });

  test('is read once, whoever needs it and whenever', async () => {
    const folder = confDir({ 'a.conf': single('a'), 'b.conf': single('b'), 'c.conf': single('c') });
    const gate = Promise.withResolvers<void>();
    const { access } = fakeApi({ [logicalPath('net1')]: ok({ spec: { plugin: 'c' } }) }, gate.promise);
    const isPluginThere = async () => {
      // Called once the folder has been read.
      rmSync(folder, { recursive: true });
      gate.resolve();
      return false;
    };
    const lookups = await sourceOf({ confDir: folder, api: access, isPluginThere }).find([
      { kind: 'named', name: 'macvlan' },
      { kind: 'named', name: 'a' },
      { kind: 'definition-or-file', namespace: 'shop', name: 'b' },
      logical('net1'),
    ]);
    expect(lookups.map(({ kind }) => kind)).toEqual(['absent', 'found', 'found', 'found']);
  });

  test('its broken files are told once, and only when it was read', async () => {
    const folder = confDir({ '10-torn.conf': '{', 'a.conf': single('a') });
    const { access } = fakeApi({ [definitionPath('shop', 'front')]: inSpec(single('front')) });
    const source = sourceOf({ confDir: folder, api: access });
    const warnings = async (...choices: NetworkChoice[]) =>
      (await source.find(choices)).map((lookup) => (lookup.kind === 'found' ? lookup.warnings.length : lookup.kind));
    const a: NetworkChoice = { kind: 'named', name: 'a' };
    expect(await warnings(definition('front'))).toEqual([0]);
    expect(await warnings({ kind: 'named', name: 'x' }, a, a)).toEqual(['absent', 1, 0]);
  });
});

describe('a configuration in our own', () => {
  const inline = (config: object) =>
    findOne({ kind: 'inline', config: config as Record<string, unknown>, place: 'delegates[0]' }, {});

  test('is the operator’s, and no file that a rule could name', async () => {
    expect(await inline({ name: 'a', cniVersion: '0.4.0', type: 'ptp', mtu: 9 })).toEqual({
      kind: 'found',
      warnings: [],
      list: {
        name: 'a',
        reference: 'a',
        isNodeFile: false,
        cniVersion: '0.4.0',
        isCheckDisabled: false,
        isGcDisabled: false,
        plugins: [{ type: 'ptp', capabilities: [], raw: { name: 'a', cniVersion: '0.4.0', type: 'ptp', mtu: 9 } }],
        origin: 'delegates[0]',
      },
    });
    expect(foundList(await inline(list('a', 'ptp', 'portmap'))).plugins).toHaveLength(2);
  });

  test.each([
    [{ type: 'ptp' }, 'it has no "name"'],
    [{ name: '', plugins: [{ type: 'ptp' }] }, 'it has no "name"'],
    [{ name: null, type: 'ptp' }, '"name" must be a string'],
    [{ name: 'a' }, 'it has neither "plugins" nor "type"'],
    [{ name: 'a', plugins: null }, '"plugins" must be a list'],
    [{ name: 'a', plugins: [], loadOnlyInlinedPlugins: false }, 'no plugins in list'],
    [
      { name: '../a', type: 'ptp' },
      '"name" is "../a"; it must begin with a letter or digit and hold only letters, digits, ".", "_", "-"',
    ],
  ])('%j is broken', async (config, cause) => {
    expect(await inline(config)).toEqual({ kind: 'broken', origin: 'delegates[0]', cause });
  });
});
