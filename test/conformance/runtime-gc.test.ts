/** Runtime side, GC of the networks: R47 … R49. Who is deleted, who collects, and with which list. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { added, logged, wholeText } from './runtime-scene.ts';

beforeAll(prepareForms);

const KEY = 'cni.dev/valid-attachments';
const NO = { exit: 1, stdout: { code: 120, msg: 'no' } };
const id = (containerID: string, ifname = 'eth0') => ({ containerID, ifname });

describe.each(BRAID_FORMS)('GC, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('a', ['one', 'two'], { list: { cniVersion: '1.1.0' } });
    node.network('b', ['three'], { list: { cniVersion: '1.1.0' } });
  });
  afterEach(() => node.dispose());

  const gc = (config: object) => node.call(form, { verb: 'GC', cniVersion: '1.1.0', config: { ...config } });
  const add = (containerId: string, cni: string, rest: object = {}) => added(node, form, cni, { containerId, ...rest });
  /** `VERB plugin container interface` of what ran after the ADDs; GC has neither of the last two. */
  const story = () =>
    node
      .calls()
      .filter(({ verb }) => verb !== 'ADD')
      .map(({ verb, plugin, env }) => `${verb} ${plugin} ${env['CNI_CONTAINERID']} ${env['CNI_IFNAME']}`.trim());
  const lists = () =>
    Object.fromEntries(
      node
        .calls()
        .filter(({ verb }) => verb === 'GC')
        .map(({ plugin, stdin }) => [plugin, stdin[KEY]]),
    );

  test('R47: stale attachments are deleted in reverse from their records, valid ones stay, then every network collects', async () => {
    await add('c1', 'a,b');
    await add('c2', 'a,b');
    expect(await gc({ [KEY]: [id('c1')] })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(story().slice(0, 3)).toEqual(['DEL three c2 eth1', 'DEL two c2 eth0', 'DEL one c2 eth0']);
    expect(story().slice(3).toSorted()).toEqual(['GC one', 'GC three', 'GC two']);
    expect(story().indexOf('GC one')).toBeLessThan(story().indexOf('GC two'));
    expect(node.made()).toEqual(['one-c1-eth0', 'three-c1-eth1', 'two-c1-eth0']);
    expect(node.records().filter((name) => name.endsWith('.json'))).toEqual([expect.stringMatching(/^c1-/)]);
  });

  test('R47: a stale DEL has the arguments and configuration of its record, and its namespace while that exists', async () => {
    const netns = '/run/netns/braid-gone';
    await add('c2', 'a', { netns, args: 'IgnoreUnknown=1;K8S_POD_NAME=old' });
    node.network('a', ['other'], { list: { cniVersion: '1.1.0' } });
    expect(await gc({ [KEY]: [] })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const deleted = node.calls().find(({ verb }) => verb === 'DEL');
    expect(deleted).toMatchObject({
      plugin: 'two',
      // The namespace of the record is gone by now, so it is left empty.
      env: { CNI_NETNS: '', CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAME=old', CNI_CONTAINERID: 'c2' },
      stdin: { type: 'two', name: 'a', prevResult: { interfaces: [{ name: 'eth0', sandbox: netns }] } },
    });
  });

  test('R47: containers are told apart by container and interface', async () => {
    await add('c1', 'a');
    await add('c1', 'b', { ifName: 'net1' });
    expect(await gc({ [KEY]: [id('c1', 'net1')] })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(story().filter((line) => line.startsWith('DEL'))).toEqual(['DEL two c1 eth0', 'DEL one c1 eth0']);
    expect(lists()['three']).toEqual([id('c1', 'net1')]);
  });

  test('R47: it goes on through errors and joins them all, with the code of the first', async () => {
    await add('c1', 'a,b');
    await add('c2', 'b');
    node.plugin('three', { DEL: NO, GC: { exit: 1, stdout: { code: 121, msg: 'nor this' } } });
    node.plugin('one', { GC: { exit: 1, stdout: { code: 122, msg: 'nor that' } } });
    const answer = await gc({ [KEY]: [id('c1')] });
    expect(answer).toMatchObject({ code: 1, json: { code: 120 } });
    expect(
      story()
        .filter((line) => line.startsWith('GC'))
        .toSorted(),
    ).toEqual(['GC one', 'GC three', 'GC two']);
    for (const message of ['no', 'nor this', 'nor that', '"one"', '"three"']) {
      expect(wholeText(answer.json)).toContain(message);
    }
    expect(node.records().filter((name) => name.endsWith('.json'))).toHaveLength(2);
  });

  test.each([
    ['below 1.1.0', { cniVersion: '1.0.0' }],
    ['with disableGC', { cniVersion: '1.1.0', disableGC: true }],
    ['with disableGC as a word', { cniVersion: '1.1.0', disableGC: 'True' }],
  ])('R47: a list %s gets no GC, its stale attachments are deleted all the same', async (_which, list) => {
    node.network('a', ['one', 'two'], { list });
    await add('c1', 'a,b');
    await add('c2', 'a');
    expect(await gc({ [KEY]: [id('c1')] })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(story()).toEqual(['DEL two c2 eth0', 'DEL one c2 eth0', 'GC three']);
  });

  test('R48: plugins get the valid attachments of their own network, under both names', async () => {
    await add('c1', 'a,b');
    await add('c2', 'b');
    await add('c3', 'a');
    expect(await gc({ [KEY]: [id('c1'), id('c2')] })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(lists()).toEqual({
      one: [id('c1', 'eth0')],
      two: [id('c1', 'eth0')],
      three: expect.arrayContaining([id('c1', 'eth1'), id('c2', 'eth0')]),
    });
    expect(lists()['three']).toHaveLength(2);
    for (const { stdin } of node.calls().filter(({ verb }) => verb === 'GC')) {
      expect(stdin['cni.dev/attachments']).toEqual(stdin[KEY]);
    }
  });

  test('R48: the same network twice in a pod is listed twice', async () => {
    await add('c1', 'b,b');
    expect(await gc({ [KEY]: [id('c1')] })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(story()).toEqual(['GC three']);
    expect(lists()['three']).toEqual([id('c1', 'eth0'), id('c1', 'eth1')]);
  });

  test.each([
    ['an empty list', { [KEY]: [] }],
    ['null, which is an empty list', { [KEY]: null }],
    ['null under the older name', { 'cni.dev/attachments': null }],
  ])('R48: with %s everything is stale', async (_what, config) => {
    await add('c1', 'b');
    await add('c2', 'a');
    expect(await gc(config)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect([node.made(), node.records()]).toEqual([[], []]);
    expect(Object.values(lists()).every((list) => Array.isArray(list) && list.length === 0)).toBe(true);
  });

  test('R48: the newer name of the key decides over the older one', async () => {
    await add('c1', 'b');
    const config = { 'cni.dev/attachments': [], [KEY]: [id('c1')] };
    expect(await gc(config)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(story()).toEqual(['GC three']);
  });

  test.each([
    ['no list', {}],
    ['a list that is none', { [KEY]: 'c1' }],
    ['an entry without interface', { [KEY]: [{ containerID: 'c1' }] }],
    ['an entry that is null', { [KEY]: [null] }],
  ])('R48: with %s nothing is touched', async (_what, config) => {
    await add('c1', 'b');
    const answer = await gc(config);
    expect(answer).toMatchObject({ code: 1, json: { code: 7 } });
    expect(story()).toEqual([]);
    expect(node.made()).toEqual(['three-c1-eth0']);
  });

  test('R48: a valid container that we do not know keeps every network from collecting, with a warning', async () => {
    await add('c1', 'a,b');
    await add('c2', 'b');
    const answer = await gc({ [KEY]: [id('c1'), id('stranger')] });
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(logged(answer)).toEqual([expect.stringContaining('stranger')]);
    expect(story()).toEqual(['DEL three c2 eth0']);
  });

  test('R48: a journal that cannot be listed is an error, not silence', async () => {
    mkdirSync(node.stateDir);
    writeFileSync(join(node.stateDir, 'attachments'), '');
    const answer = await gc({ [KEY]: [] });
    expect(answer).toMatchObject({ code: 1, json: { code: 5, msg: expect.stringContaining('stateDir') } });
  });

  test('R49: what GC could not delete stays for the DEL that is still to come', async () => {
    await add('c1', 'b');
    node.plugin('three', { DEL: [NO, NO, {}] });
    expect(await gc({ [KEY]: [] })).toMatchObject({ code: 1, json: { code: 120 } });
    expect(await gc({ [KEY]: [] })).toMatchObject({ code: 1, json: { code: 120 } });
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('R49: GC without anything recorded, or without configuration files, succeeds', async () => {
    expect(await gc({ [KEY]: [] })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    await add('c1', 'b');
    rmSync(node.confDir, { recursive: true });
    expect(await gc({ [KEY]: [] })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });
});
