/** M19, M20: GC on the built binary: what is deleted, what each network is told, and who waits for whom. */
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidCall, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { endDelegates, isAlive, startCall, untilCalled } from './started-call.ts';

beforeAll(prepareForms);

const KEY = 'cni.dev/valid-attachments';
const OLD_KEY = 'cni.dev/attachments';
const TWO = { cni: 'front,storage' };
const BUSY = { exit: 1, stdout: { code: 11, msg: 'busy' } };
const list = { cniVersion: '1.1.0' };
const of = (...containers: string[]) => containers.map((containerID) => ({ containerID, ifname: 'eth0' }));

describe.each(BRAID_FORMS)('GC with Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(async () => {
    node = new BraidNode();
    node.network('front', ['bridge'], { list });
    node.network('storage', ['macvlan', 'tuning'], { list });
  });
  afterEach(() => {
    endDelegates(node);
    node.dispose();
  });

  const call = (verb: string, rest: object = {}) =>
    node.call(form, { verb, cniVersion: '1.1.0', annotations: TWO, ...rest });
  const gcCall = (valid: unknown, config: object = {}): BraidCall => ({
    verb: 'GC',
    cniVersion: '1.1.0',
    containerId: '',
    ifName: '',
    netns: '',
    args: '',
    config: { ...(valid === undefined ? {} : { [KEY]: valid }), ...config },
  });
  const gc = (valid: unknown, config: object = {}) => node.call(form, gcCall(valid, config));
  const since = (start: number) => node.story().slice(start);
  /** The list that each plugin's GC got, by plugin. */
  const lists = (key = KEY) =>
    Object.fromEntries(node.calls().flatMap((each) => (each.verb === 'GC' ? [[each.plugin, each.stdin[key]]] : [])));

  async function attach(...containers: string[]): Promise<number> {
    for (const containerId of containers) expect(await call('ADD', { containerId })).toMatchObject({ code: 0 });
    return node.calls().length;
  }

  test('M19: what the list lacks is deleted by its record, what it has stays, and each network gets its own list', async () => {
    const start = await attach('c1', 'c2', 'c3');
    expect(await gc(of('c1', 'c3'))).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(since(start)).toEqual([
      ...['DEL tuning eth1', 'DEL macvlan eth1', 'DEL bridge eth0'],
      ...['GC bridge ', 'GC macvlan ', 'GC tuning '],
    ]);
    const deleted = node.calls().slice(start, start + 3);
    expect(new Set(deleted.map(({ env }) => env['CNI_CONTAINERID']))).toEqual(new Set(['c2']));
    expect(deleted.map(({ stdin }) => stdin.prevResult?.interfaces[0].name)).toEqual(['eth1', 'eth1', 'eth0']);
    const valid = (ifname: string) => ['c1', 'c3'].map((containerID) => ({ containerID, ifname }));
    for (const key of [KEY, OLD_KEY]) {
      const inOrder = Object.entries(lists(key)).map(([plugin, given]) => [plugin, (given as object[]).toSorted(byId)]);
      expect(inOrder).toEqual([
        ['bridge', valid('eth0')],
        ['macvlan', valid('eth1')],
        ['tuning', valid('eth1')],
      ]);
    }
    expect(node.made().filter((file) => file.includes('c2'))).toEqual([]);
    expect(node.made()).toHaveLength(6);
    expect(node.records().filter((file) => file.endsWith('.json'))).toHaveLength(2);
    for (const containerId of ['c1', 'c3'])
      expect(await call('CHECK', withOwnResult(containerId))).toMatchObject({ code: 0 });
  });

  const byId = (left: object, right: object) => JSON.stringify(left).localeCompare(JSON.stringify(right));
  const withOwnResult = (containerId: string) => ({
    containerId,
    config: { prevResult: { cniVersion: '1.1.0', interfaces: [{ name: 'eth0' }] } },
  });

  test('M19: a plugin’s GC has the network’s configuration and nothing of a container', async () => {
    await attach('c1');
    await gc(of('c1'));
    const collected = node.calls().find(({ verb, plugin }) => verb === 'GC' && plugin === 'macvlan');
    expect(collected?.stdin).toEqual({
      type: 'macvlan',
      name: 'storage',
      cniVersion: '1.1.0',
      [KEY]: [{ containerID: 'c1', ifname: 'eth1' }],
      [OLD_KEY]: [{ containerID: 'c1', ifname: 'eth1' }],
    });
    expect(collected?.env).toMatchObject({ CNI_PATH: node.binDir });
    for (const name of ['CONTAINERID', 'NETNS', 'IFNAME', 'ARGS']) expect(collected?.env[`CNI_${name}`]).toBe('');
  });

  test('M19: the namespace of a stale attachment is named while it is there, and left empty when it is gone', async () => {
    const there = join(node.dir, 'netns-there');
    symlinkSync('/proc/self/ns/uts', there);
    const left = join(node.dir, 'netns-left');
    writeFileSync(left, '');
    await call('ADD', { containerId: 'c1', netns: there });
    await call('ADD', { containerId: 'c2', netns: join(node.dir, 'netns-gone') });
    await call('ADD', { containerId: 'c3', netns: left });
    const start = node.calls().length;
    await gc([]);
    const deleted = node
      .calls()
      .slice(start)
      .filter(({ verb }) => verb === 'DEL');
    const netnsOf = (id: string) =>
      deleted.filter(({ env }) => env['CNI_CONTAINERID'] === id).map(({ env }) => env['CNI_NETNS']);
    expect(netnsOf('c1')).toEqual([there, there, there]);
    // A file that is no namespace is what was left of one.
    for (const id of ['c2', 'c3']) expect(netnsOf(id)).toEqual(['', '', '']);
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test.each([
    ['the older key alone', { [OLD_KEY]: of('c1') }],
    ['both keys, of which the newer one counts', { [KEY]: of('c1'), [OLD_KEY]: [] }],
  ])('M19: the list under %s is read', async (_what, config) => {
    await attach('c1', 'c2');
    expect(await gc(undefined, config)).toMatchObject({ code: 0, stdout: '' });
    expect(node.made().every((file) => file.includes('-c1-'))).toBe(true);
    expect(node.made()).toHaveLength(3);
  });

  test.each([[[]], [null]])('M19: the list %j means that nothing is valid', async (valid) => {
    await attach('c1');
    expect(await gc(valid)).toMatchObject({ code: 0, stdout: '' });
    expect([node.made(), node.records(), lists()]).toMatchObject([[], [], { bridge: [], macvlan: [], tuning: [] }]);
  });

  test.each([
    ['no list', undefined],
    ['a list that is none', { containerID: 'c1' }],
    ['an entry without ifname', [{ containerID: 'c1' }]],
    ['a null entry', [null]],
    ['a container id that is no text', [{ containerID: 7, ifname: 'eth0' }]],
  ])('M19: with %s GC is code 7 and touches nothing', async (_what, valid) => {
    const start = await attach('c1');
    expect(await gc(valid)).toMatchObject({ code: 1, json: { code: 7, cniVersion: '1.1.0' } });
    expect(since(start)).toEqual([]);
    expect(node.made()).toHaveLength(3);
  });

  test('M19: only this interface of a container is stale when only it is missing from the list', async () => {
    await call('ADD');
    await call('ADD', { ifName: 'net5', annotations: { cni: 'front' } });
    await gc(of('c1'));
    expect(node.made()).toEqual(['bridge-c1-eth0', 'macvlan-c1-eth1', 'tuning-c1-eth1']);
  });

  test('M19: a valid container without a record keeps every network from collecting, stale records go all the same', async () => {
    const start = await attach('c1', 'c2');
    const answer = await gc(of('c1', 'stranger'));
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(answer.stderr).toContain('stranger');
    expect(since(start)).toEqual(['DEL tuning eth1', 'DEL macvlan eth1', 'DEL bridge eth0']);
    expect(node.made().every((file) => file.includes('-c1-'))).toBe(true);
  });

  test.each([
    ['disableGC', { ...list, disableGC: true }],
    ['disableGC as a word', { ...list, disableGC: 'TRUE' }],
    ['a version without GC', { cniVersion: '1.0.0' }],
  ])('M19: a network with %s is cleaned by records alone', async (_what, front) => {
    node.network('front', ['bridge'], { list: front });
    const start = await attach('c1', 'c2');
    await gc(of('c1'));
    expect(since(start)).toEqual([
      'DEL tuning eth1',
      'DEL macvlan eth1',
      'DEL bridge eth0',
      'GC macvlan ',
      'GC tuning ',
    ]);
  });

  test('M19 M14: GC goes on through errors, reports all, and keeps the records of what could not be deleted', async () => {
    const start = await attach('c1', 'c2');
    node.plugin('bridge', { DEL: BUSY, GC: { exit: 1, stdout: { code: 130, msg: 'no GC today' } } });
    const answer = await gc([]);
    expect(answer).toMatchObject({ code: 1, json: { code: 11 } });
    const said = JSON.stringify(answer.json);
    for (const part of ['c1', 'c2', 'bridge', 'busy', 'no GC today']) expect(said).toContain(part);
    expect(since(start).filter((each) => each.startsWith('GC'))).toEqual(['GC bridge ', 'GC macvlan ', 'GC tuning ']);
    expect(node.made()).toEqual(['bridge-c1-eth0', 'bridge-c2-eth0']);
    node.plugin('bridge', {});
    expect(await gc([])).toMatchObject({ code: 0 });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('M19 M15: GC needs no configuration file', async () => {
    await attach('c1');
    rmSync(node.confDir, { recursive: true });
    expect(await gc([], { kubeconfig: '/nonexistent', apiTimeoutMs: 'soon' })).toMatchObject({ code: 0, stdout: '' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test.each(['ADD', 'DEL'])('M20: GC waits for an %s under way', async (verb) => {
    if (verb === 'DEL') await attach('c1');
    node.plugin('bridge', { [verb]: { delayMs: 1500 } });
    const started = startCall(node, form, { verb, cniVersion: '1.1.0', annotations: TWO });
    await untilCalled(node, `${verb} bridge`);
    expect(await gc(of('c1'))).toMatchObject({ code: 0 });
    expect((await started.ended).code).toBe(0);
    const story = node.story();
    const [lastOfCall] = story.filter((each) => each.startsWith(verb)).slice(-1);
    const firstOfGc = story.findIndex((each) => each.startsWith('GC'));
    if (verb === 'ADD') expect(story.indexOf(lastOfCall ?? '')).toBeLessThan(firstOfGc);
    // After the DEL no network is known any more, so a GC that has waited has nothing to run.
    else expect(firstOfGc).toBe(-1);
  });

  test.each(['ADD', 'DEL'])('M20: %s waits for a GC under way', async (verb) => {
    await attach('c1');
    node.plugin('bridge', { GC: { delayMs: 1500 } });
    const started = startCall(node, form, gcCall(of('c1')));
    await untilCalled(node, 'GC bridge');
    const containerId = verb === 'ADD' ? 'c2' : 'c1';
    expect(await call(verb, { containerId })).toMatchObject({ code: 0 });
    expect((await started.ended).code).toBe(0);
    const story = node.story();
    expect(story.indexOf('GC tuning ')).toBeLessThan(story.findLastIndex((each) => each.startsWith(`${verb} bridge`)));
  });

  test('M20: two GCs do not overlap', async () => {
    await attach('c1');
    node.plugin('bridge', { GC: { delayMs: 500 } });
    const start = node.calls().length;
    const ends = await Promise.all([gc(of('c1')), gc(of('c1'))]);
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    const one = ['GC bridge ', 'GC macvlan ', 'GC tuning '];
    expect(since(start)).toEqual([...one, ...one]);
  });

  test('M20: the lock of a GC that was killed is free at once', async () => {
    await attach('c1');
    node.plugin('bridge', { GC: { hang: true } });
    const started = startCall(node, form, gcCall(of('c1')));
    await untilCalled(node, 'GC bridge');
    const busy = await call('ADD', { containerId: 'c2', config: { delegateTimeoutMs: 300 } });
    expect(busy).toMatchObject({ code: 1, json: { code: 11 } });
    started.kill();
    await started.ended;
    expect(await call('ADD', { containerId: 'c2', config: { delegateTimeoutMs: 20_000 } })).toMatchObject({ code: 0 });
    expect(node.calls().filter(({ verb, pid }) => verb === 'GC' && !isAlive(pid))).toHaveLength(0);
  });
});
