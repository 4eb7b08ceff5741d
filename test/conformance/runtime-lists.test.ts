/** Runtime side, operations on a list: R35 … R40. */
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { added, NETNS, refused, shellPlugin, written } from './runtime-scene.ts';

beforeAll(prepareForms);

const NO = { exit: 1, stdout: { code: 120, msg: 'no' } };
const RESULT = { cniVersion: '1.0.0', interfaces: [{ name: 'eth0', sandbox: NETNS }] };

describe.each(BRAID_FORMS)('operations on a list, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('a', ['one', 'two', 'three'], { plugin: { addresses: ['10.1.0.2/24'] } });
  });
  afterEach(() => node.dispose());

  const add = (call: object = {}) => node.call(form, { verb: 'ADD', annotations: { cni: 'a' }, ...call });
  const stories = (verb: string) => node.story().filter((line) => line.startsWith(verb));

  test('R35: ADD runs forward, each plugin with the result of the one before', async () => {
    node.plugin('two', { ADD: { stdout: { ...RESULT, ips: [{ address: '10.2.0.2/24' }] } } });
    const { json } = await added(node, form, 'a');
    expect(node.story()).toEqual(['ADD one eth0', 'ADD two eth0', 'ADD three eth0']);
    const ips = node.calls().map(({ stdin }) => stdin.prevResult?.ips);
    expect(ips).toEqual([undefined, [{ interface: 0, address: '10.1.0.2/24' }], [{ address: '10.2.0.2/24' }]]);
    expect(json.ips).toEqual([{ interface: 0, address: '10.2.0.2/24' }]);
  });

  test('R35: the first error stops it, names network and plugin, and the ADD is taken back', async () => {
    node.plugin('two', { ADD: NO });
    const answer = await add();
    expect(answer.json).toEqual({ cniVersion: '1.0.0', code: 120, msg: 'network "a" (eth0), plugin "two" ADD: no' });
    expect(refused(node, answer).code).toBe(120);
    expect(node.story()).toEqual(['ADD one eth0', 'ADD two eth0', 'DEL three eth0', 'DEL two eth0', 'DEL one eth0']);
  });

  test.each([
    ['a plugin that is missing', { binary: 'three' }, 7, 'failed to find plugin "three"'],
    ['a bad container id', { containerId: 'a b' }, 4, 'invalid characters in containerID'],
    ['no container id', { containerId: '' }, 4, 'required env variables [CNI_CONTAINERID] missing'],
    ['a bad network name', { config: { name: 'a b' } }, 7, 'invalid characters found in network name'],
    ['a bad interface name', { ifName: 'a:b' }, 4, 'interface name contains / or : or whitespace characters'],
  ])(
    'R35: %s is found before the first plugin runs',
    async (_what, { binary, ...call }: { binary?: string; [key: string]: unknown }, code, message) => {
      if (binary) rmSync(join(node.binDir, binary));
      const error = refused(node, await add(call));
      expect(error).toMatchObject({ code, msg: expect.stringContaining(message) });
      expect(node.calls()).toEqual([]);
    },
  );

  test('R36: what will run is on disk before it runs, its result before the answer', async () => {
    shellPlugin(node, 'one', `cat >/dev/null; cat ${node.stateDir}/attachments/*.json > "$here/seen"; echo '{}'`);
    await added(node, form, 'a');
    const { record } = JSON.parse(written(node, 'seen'));
    expect(record).toMatchObject({
      containerId: 'c1',
      ifName: 'eth0',
      attachments: [{ network: 'a', phase: 'adding' }],
    });
    expect(record.attachments[0].plugins.map(({ type }: { type: string }) => type)).toEqual(['one', 'two', 'three']);
  });

  test('R36: an ADD that cannot be recorded fails before anything exists', async () => {
    symlinkSync('/proc/nonexistent', join(node.dir, 'dangling'));
    const error = refused(node, await add({ config: { stateDir: join(node.dir, 'dangling/state') } }));
    expect(error).toMatchObject({ code: 5, msg: expect.stringContaining('stateDir') });
    expect(node.calls()).toEqual([]);
  });

  const check = (prevResult: unknown, rest: object = {}) =>
    node.call(form, { verb: 'CHECK', ...rest, config: { prevResult } });

  test('R37: CHECK runs forward, every plugin with the final result of its own network at the list’s version', async () => {
    node.network('a', ['one', 'two'], { list: { cniVersion: '0.4.0' }, plugin: { addresses: ['10.1.0.2/24'] } });
    node.plugin('two', { ADD: { stdout: { cniVersion: '1.0.0', ips: [{ address: '10.2.0.2/24' }] } } });
    const { json } = await added(node, form, 'a');
    expect(await check(json)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(stories('CHECK')).toEqual(['CHECK one eth0', 'CHECK two eth0']);
    const final = { cniVersion: '0.4.0', ips: [{ version: '4', address: '10.2.0.2/24' }], dns: {} };
    const checks = node.calls().filter(({ verb }) => verb === 'CHECK');
    expect(checks.map(({ stdin }) => stdin.prevResult)).toEqual([final, final]);
  });

  test('R37: the first error ends it and keeps its code', async () => {
    const { json } = await added(node, form, 'a');
    node.plugin('two', { CHECK: NO });
    const answer = await check(json);
    expect(answer).toMatchObject({ code: 1, json: { code: 120, msg: 'network "a" (eth0), plugin "two" CHECK: no' } });
    expect(stories('CHECK')).toEqual(['CHECK one eth0', 'CHECK two eth0']);
    expect(node.records()).not.toEqual([]);
  });

  test.each([
    ['with disableCheck', { disableCheck: true }],
    ['below 0.4.0', { cniVersion: '0.3.1' }],
  ])('R37: CHECK of a list %s runs nothing', async (_which, list) => {
    node.network('a', ['one', 'two'], { list, plugin: { addresses: ['10.1.0.2/24'] } });
    const { json } = await added(node, form, 'a');
    node.plugin('one', { CHECK: NO });
    expect(await check(json)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(stories('CHECK')).toEqual([]);
  });

  test('R37: without a record there is nothing to check against', async () => {
    const answer = await check(RESULT, { annotations: { cni: 'a' } });
    expect(answer).toMatchObject({ code: 1, json: { code: 3 } });
    expect(node.calls()).toEqual([]);
  });

  test.each([
    ['1.1.0', true],
    ['0.4.0', true],
    ['0.3.1', false],
    ['0.2.0', false],
  ])('R38: DEL of a list at %s runs in reverse; with its result: %s', async (cniVersion, hasResult) => {
    node.network('a', ['one', 'two'], { list: { cniVersion } });
    node.plugin('one', { ADD: { stdout: { ...RESULT, ips: [{ address: '10.1.0.2/24' }] } } });
    node.plugin('two', { ADD: { stdout: { ...RESULT, ips: [{ address: '10.2.0.2/24' }] } } });
    await added(node, form, 'a');
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const dels = node.calls().filter(({ verb }) => verb === 'DEL');
    expect(dels.map(({ plugin, stdin }) => [plugin, stdin.prevResult?.cniVersion])).toEqual([
      ['two', hasResult ? cniVersion : undefined],
      ['one', hasResult ? cniVersion : undefined],
    ]);
    if (hasResult) expect(JSON.stringify(dels[1]?.stdin.prevResult)).toContain('10.2.0.2/24');
    expect(node.records()).toEqual([]);
  });

  test('R38: the middle one of three fails: the first does not run, the record stays, a retry repeats everything', async () => {
    await added(node, form, 'a');
    node.plugin('two', { DEL: [NO, {}] });
    const failed = await node.call(form, { verb: 'DEL' });
    expect(failed).toMatchObject({ code: 1, json: { code: 120, msg: 'network "a" (eth0), plugin "two" DEL: no' } });
    expect(stories('DEL')).toEqual(['DEL three eth0', 'DEL two eth0']);
    expect(node.records()).not.toEqual([]);
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(stories('DEL').slice(2)).toEqual(['DEL three eth0', 'DEL two eth0', 'DEL one eth0']);
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('R38: a plugin that is gone is an error, and the record stays', async () => {
    await added(node, form, 'a');
    rmSync(join(node.binDir, 'two'));
    const failed = await node.call(form, { verb: 'DEL' });
    expect(failed).toMatchObject({ code: 1, json: { code: 7 } });
    expect(failed.json.msg).toContain('failed to find plugin "two"');
    expect(node.records()).not.toEqual([]);
  });

  test('R40: ADD finds all plugins of all networks first, and asks none for its versions', async () => {
    node.network('b', ['four']);
    await added(node, form, 'a,b');
    expect(node.calls().map(({ verb }) => verb)).toEqual(['ADD', 'ADD', 'ADD', 'ADD']);
    rmSync(join(node.binDir, 'four'));
    const answer = await node.call(form, { verb: 'ADD', containerId: 'c2', annotations: { cni: 'a,b' } });
    expect(answer).toMatchObject({ code: 1, json: { code: 7, msg: expect.stringContaining('"four"') } });
    expect(node.calls()).toHaveLength(4);
  });

  test.each([
    [
      'the list’s version among others',
      true,
      { stdout: { cniVersion: '1.1.0', supportedVersions: ['0.4.0', '1.1.0'] } },
    ],
    ['older versions only', false, { stdout: { cniVersion: '1.0.0', supportedVersions: ['0.4.0', '1.0.0'] } }],
    ['no list of versions', false, { stdout: { cniVersion: '0.2.0' } }],
    ['that it does not know VERSION', false, { exit: 1, stdout: { code: 4, msg: 'unknown CNI_COMMAND: VERSION' } }],
  ])('R40: a plugin that answers VERSION with %s is asked for its STATUS: %s', async (_what, isAsked, VERSION) => {
    node.network('a', ['one'], { list: { cniVersion: '1.1.0' } });
    node.plugin('one', { VERSION });
    const answer = await node.call(form, { verb: 'STATUS', cniVersion: '1.1.0' });
    expect(answer).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(node.calls().map(({ verb }) => verb)).toEqual(isAsked ? ['VERSION', 'STATUS'] : ['VERSION']);
  });
});
