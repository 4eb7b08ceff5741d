/** P35: GC removes what is not in the runtime's list, and nothing else. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidNode, prepareForms } from '../harness/braid-call.ts';
import { BUSY, expectFailure, expectOneDocument, frontNode, logLines, SILENCE } from './plugin-scene.ts';

beforeAll(prepareForms);

const VALID = 'cni.dev/valid-attachments';
const VALID_OF_OLD = 'cni.dev/attachments';
const C1 = { containerID: 'c1', ifname: 'eth0' };
const C2 = { containerID: 'c2', ifname: 'eth0' };
const MADE_1 = ['bridge-c1-eth0'];
const MADE_2 = ['bridge-c2-eth0', 'macvlan-c2-eth1'];

describe.each(BRAID_FORMS)('GC, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(async () => {
    node = frontNode();
    node.network('storage', ['macvlan'], { plugin: { addresses: ['10.2.0.2/24'] } });
    for (const [containerId, cni] of [
      ['c1', 'front'],
      ['c2', 'front,storage'],
    ] as const) {
      const answer = await node.call(form, { verb: 'ADD', cniVersion: '1.1.0', containerId, annotations: { cni } });
      expect(answer).toMatchObject({ code: 0, stderr: '' });
    }
  });
  afterEach(() => node.dispose());

  const collect = (config: Readonly<Record<string, unknown>>) =>
    node.call(form, { verb: 'GC', cniVersion: '1.1.0', config, containerId: '', ifName: '', netns: '', args: '' });
  const deletions = () => node.story().filter((call) => call.startsWith('DEL'));

  test.each<[string, Record<string, unknown>, readonly string[]]>([
    ['cni.dev/valid-attachments has the first', { [VALID]: [C1] }, MADE_1],
    ['cni.dev/attachments has the first', { [VALID_OF_OLD]: [C1] }, MADE_1],
    ['both keys have the second', { [VALID]: [C2], [VALID_OF_OLD]: [C2] }, MADE_2],
    ['both are valid', { [VALID]: [C2, C1] }, [...MADE_1, ...MADE_2]],
    ['the newer key has the first, the older none', { [VALID]: [C1], [VALID_OF_OLD]: [] }, MADE_1],
    ['the newer key has none, the older both', { [VALID]: [], [VALID_OF_OLD]: [C1, C2] }, []],
    ['the newer key is null, the older has both', { [VALID]: null, [VALID_OF_OLD]: [C1, C2] }, []],
    ['the list is empty', { [VALID]: [] }, []],
    ['the list is null', { [VALID]: null }, []],
    ['both lists are null', { [VALID]: null, [VALID_OF_OLD]: null }, []],
    ['the older list is null', { [VALID_OF_OLD]: null }, []],
    ['the entries have further keys', { [VALID]: [{ ...C1, netns: '/run/netns/x' }] }, MADE_1],
  ])('P35: what stays when %s', async (_what, config, expected) => {
    expect(await collect(config)).toMatchObject(SILENCE);
    expect(node.made()).toEqual(expected);
    const kept = new Set(expected.map((name) => name.split('-')[1]));
    expect(node.records().filter((name) => name.endsWith('.json'))).toHaveLength(kept.size);
  });

  test.each<[string, readonly object[], readonly string[]]>([
    ['another interface of the first', [{ ...C1, ifname: 'eth9' }, C2], MADE_2],
    ['a container that Braid never saw', [C1, { containerID: 'c3', ifname: 'eth0' }], MADE_1],
  ])('P35: a list with %s keeps nothing but what it names, and that is logged', async (_what, list, expected) => {
    const answer = await collect({ [VALID]: list });
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(logLines(answer.stderr)).toMatchObject([{ level: 40, msg: expect.stringMatching(/c1\/eth9|c3\/eth0/) }]);
    expect(node.made()).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['absent', undefined],
    ['a text', 'c1'],
    ['an object', {}],
    ['a number', 7],
    ['a list of texts', ['c1']],
    ['a list with null', [C1, null]],
    ['a list with a numeric id', [{ containerID: 1, ifname: 'eth0' }]],
    ['a list with an entry without interface', [C1, { containerID: 'c2' }]],
  ])('P35: a list that is %s is error 7 and touches nothing', async (_what, list) => {
    const before = [node.story(), node.made(), node.records()];
    const answer = await collect({ [VALID]: list });
    expect(answer).toMatchObject({ code: 1, json: { cniVersion: '1.1.0', code: 7 } });
    expect(JSON.stringify(answer.json)).toContain(VALID);
    expectOneDocument(answer);
    expect([node.story(), node.made(), node.records()]).toEqual(before);
  });

  test('P35: stale attachments are deleted from their record, the last one first, without their namespace', async () => {
    rmSync(join(node.confDir, '10-storage.conflist'));
    node.network('front', ['ptp'], { list: { cniVersion: '1.1.0' } });
    expect(await collect({ [VALID]: [C1] })).toMatchObject(SILENCE);
    expect(deletions()).toEqual(['DEL macvlan eth1', 'DEL bridge eth0']);
    expect(node.calls().find(({ verb }) => verb === 'DEL')).toMatchObject({
      env: { CNI_CONTAINERID: 'c2', CNI_NETNS: '' },
      stdin: { name: 'storage', addresses: ['10.2.0.2/24'], prevResult: { ips: [{ address: '10.2.0.2/24' }] } },
    });
  });

  test('P35: GC goes on after an error, reports all, and the next one does the rest', async () => {
    node.plugin('bridge', { DEL: BUSY });
    const answer = await collect({ [VALID]: [] });
    expectFailure(answer, { code: 11, msg: expect.stringContaining('plugin "bridge" DEL: busy') });
    for (const name of ['c1', 'c2']) expect(`${answer.json.msg} ${answer.json.details}`).toContain(`container ${name}`);
    expect(node.made()).toEqual(['bridge-c1-eth0', 'bridge-c2-eth0']);
    node.plugin('bridge', { DEL: {} });
    expect(await collect({ [VALID]: [] })).toMatchObject(SILENCE);
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('P35: the delegates’ own GC runs, with what is valid under both keys', async () => {
    expect(await collect({ [VALID]: [C1] })).toMatchObject(SILENCE);
    const call = node.calls().find(({ verb, plugin }) => verb === 'GC' && plugin === 'bridge');
    expect(call?.stdin).toMatchObject({ name: 'front', cniVersion: '1.1.0', [VALID]: [C1], [VALID_OF_OLD]: [C1] });
    expect(call?.stdin).not.toHaveProperty('prevResult');
  });

  test('P35: a delegate’s own GC that fails is GC’s error, and the stale ones are gone all the same', async () => {
    node.plugin('bridge', { GC: { exit: 1, stdout: { code: 130, msg: 'store is locked' } } });
    expectFailure(await collect({ [VALID]: [C1] }), { code: 130, msg: expect.stringContaining('store is locked') });
    expect(node.made()).toEqual(MADE_1);
  });
});
