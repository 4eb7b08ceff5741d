/** P31–P34: what ADD, DEL and CHECK do; GC (P35) and STATUS (P36) have files of their own. */
import { rmSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidCall, type BraidNode, prepareForms } from '../harness/braid-call.ts';
import {
  BUSY,
  expectFailure,
  expectRefusal,
  FRONT,
  frontNode,
  logLines,
  POD_NETNS,
  requestOf,
  SILENCE,
} from './plugin-scene.ts';

beforeAll(prepareForms);

const BOTH = { cni: 'front,storage' };
const LOOPBACK = { interfaces: [{ name: 'lo' }], ips: [{ interface: 0, address: '127.0.0.1/8' }] };

describe.each(BRAID_FORMS)('ADD, DEL and CHECK, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = frontNode();
    node.network('storage', ['macvlan', 'tuning'], { plugin: { addresses: ['10.2.0.2/24'] } });
  });
  afterEach(() => node.dispose());

  const call = (verb: string, rest: Partial<BraidCall> = {}) => node.call(form, requestOf(verb, rest));

  test.each(['eth0', 'net7'])('P31: ADD has %s made in the namespace that it is told', async (ifName) => {
    const answer = await call('ADD', { ifName });
    expect(answer).toMatchObject({ code: 0, stderr: '', json: { interfaces: [{ name: ifName, sandbox: POD_NETNS }] } });
    expect(node.calls()[0]?.env).toMatchObject({ CNI_COMMAND: 'ADD', CNI_IFNAME: ifName, CNI_NETNS: POD_NETNS });
  });

  test('P31: ADD answers prevResult and what it made', async () => {
    const answer = await call('ADD', { config: { prevResult: { cniVersion: '1.1.0', ...LOOPBACK } } });
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.json).toEqual({
      cniVersion: '1.1.0',
      interfaces: [{ name: 'lo' }, { name: 'eth0', sandbox: POD_NETNS }],
      ips: [
        { interface: 0, address: '127.0.0.1/8' },
        { interface: 1, address: '10.1.0.2/24' },
      ],
    });
  });

  test('P31: an interface that is there already is the delegate’s error', async () => {
    node.plugin('bridge', { ADD: { exit: 1, stdout: { code: 999, msg: '"eth0" already exists' } } });
    expectFailure(await call('ADD'), { code: 999, msg: expect.stringMatching(/ADD: "eth0" already exists$/) });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('P31: a container’s interface is added once, and again only after DEL', async () => {
    expect(await call('ADD')).toMatchObject({ code: 0, stderr: '' });
    expectFailure(await call('ADD'), { code: 100, msg: expect.stringContaining('eth0 already') });
    expect(await call('ADD', { ifName: 'eth9' })).toMatchObject({ code: 0, stderr: '' });
    expect(await call('ADD', { containerId: 'c2' })).toMatchObject({ code: 0, stderr: '' });
    expect(await call('DEL')).toMatchObject(SILENCE);
    expect(await call('ADD')).toMatchObject({ code: 0, stderr: '' });
    expect(node.made()).toEqual(['bridge-c1-eth0', 'bridge-c1-eth9', 'bridge-c2-eth0']);
  });

  const OLD = { ip4: { ip: '10.9.0.2/24' } };
  const MIDDLE = { ips: [{ version: '4', address: '10.9.0.2/24' }] };
  const NEW = { ips: [{ address: '10.9.0.2/24' }] };

  test.each<[string, string, object]>([
    ['0.1.0', 'a 0.2.0', { cniVersion: '0.2.0', ...OLD }],
    ['0.2.0', 'a 0.1.0', { cniVersion: '0.1.0', ...OLD }],
    ['0.2.0', 'an unversioned', OLD],
    ['0.3.0', 'a 0.4.0', { cniVersion: '0.4.0', ...MIDDLE }],
    ['0.4.0', 'a 0.3.1', { cniVersion: '0.3.1', ...MIDDLE }],
    ['0.4.0', 'an unversioned', MIDDLE],
    ['1.0.0', 'a 1.1.0', { cniVersion: '1.1.0', ...NEW }],
    ['1.1.0', 'a 1.0.0', { cniVersion: '1.0.0', ...NEW }],
    ['1.1.0', 'an unversioned', NEW],
  ])('P32: at %s %s prevResult is taken', async (cniVersion, _what, prevResult) => {
    const answer = await call('ADD', { cniVersion, config: { prevResult } });
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.json.ip4?.ip ?? answer.json.ips[0].address).toBe('10.9.0.2/24');
  });

  test.each([
    ['absent', undefined],
    ['null', null],
  ])('P32: prevResult that is %s is none', async (_what, prevResult) => {
    const answer = await call('ADD', { config: { prevResult } });
    expect(answer).toMatchObject({ code: 0, stderr: '', json: { ips: [{ address: '10.1.0.2/24' }] } });
  });

  test.each<[string, string, object]>([
    ['0.2.0', '0.3.1', MIDDLE],
    ['0.2.0', '1.0.0', NEW],
    ['0.3.1', '0.2.0', OLD],
    ['0.4.0', '1.0.0', NEW],
    ['1.0.0', '0.2.0', OLD],
    ['1.1.0', '0.4.0', MIDDLE],
  ])('P32: at %s a %s prevResult is an error before anything runs', async (cniVersion, version, body) => {
    const answer = await call('ADD', { cniVersion, config: { prevResult: { cniVersion: version, ...body } } });
    expectFailure(answer, {
      code: 6,
      msg: expect.stringMatching(new RegExp(`^could not parse prevResult: .*"${version.replaceAll('.', '\\.')}"`)),
    });
    expect([node.calls(), node.records()]).toEqual([[], []]);
  });

  test.each<[string, unknown]>([
    ['of an unknown version', { cniVersion: '9.9.9' }],
    ['that is a list', []],
    ['that is a text', 'x'],
    ['with an address that is none', { ips: [{ address: 'x' }] }],
  ])('P32: prevResult %s is an error before anything runs', async (_what, prevResult) => {
    expectFailure(await call('ADD', { config: { prevResult } }), { code: 6, msg: expect.stringMatching(/./) });
    expect([node.calls(), node.records()]).toEqual([[], []]);
  });

  test.each<[string, (node: BraidNode) => void, Partial<BraidCall>]>([
    ['everything is as it was', () => undefined, {}],
    ['CNI_NETNS is empty', () => undefined, { netns: '' }],
    ['the namespace is gone', () => undefined, { netns: '/run/netns/gone' }],
    ['the configuration folder is gone', ({ confDir }) => rmSync(confDir, { recursive: true }), {}],
    ['its own configuration has a wrong value', () => undefined, { config: { apiTimeoutMs: 'soon' } }],
    ['the annotations are others', () => undefined, { annotations: { cni: 'nosuch' } }],
  ])('P33: DEL succeeds, and again, when %s', async (what, spoil, rest) => {
    expect(await call('ADD', { annotations: BOTH })).toMatchObject({ code: 0, stderr: '' });
    spoil(node);
    for (const _time of [1, 2, 3]) {
      const answer = await call('DEL', { annotations: BOTH, ...rest });
      expect(answer).toMatchObject({ code: 0, stdout: '' });
      expect(logLines(answer.stderr).every(({ msg }) => msg.includes('its default is used'))).toBe(true);
      expect(answer.stderr === '').toBe(!what.includes('wrong value'));
    }
    expect([node.made(), node.records()]).toEqual([[], []]);
    expect(node.story().slice(3)).toEqual(['DEL tuning eth1', 'DEL macvlan eth1', 'DEL bridge eth0']);
  });

  test('P33: DEL of a container that was never added succeeds', async () => {
    expect(await call('DEL')).toMatchObject(SILENCE);
    expect(await call('DEL', { netns: '' })).toMatchObject(SILENCE);
    expect(node.calls()).toEqual([]);
  });

  test.each([
    ['with prevResult', { cniVersion: '1.1.0', ...LOOPBACK }, ['DEL bridge eth0']],
    ['without prevResult', undefined, []],
  ])('P33: DEL succeeds %s when the record is gone', async (_what, prevResult, expected) => {
    await call('ADD');
    rmSync(node.stateDir, { recursive: true });
    const answer = await call('DEL', { config: { prevResult } });
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(logLines(answer.stderr).length).toBe(expected.length);
    expect(node.story().slice(1)).toEqual(expected);
  });

  test('P33: a delegate’s error is DEL’s error, until the delegate succeeds', async () => {
    await call('ADD', { annotations: BOTH });
    node.plugin('bridge', { DEL: [BUSY, BUSY, {}] });
    const msg = 'network "front" (eth0), plugin "bridge" DEL: busy';
    expectFailure(await call('DEL'), { code: 11, msg, details: 'lock held' });
    expect(node.made()).toEqual(['bridge-c1-eth0']);
    expect(await call('DEL')).toMatchObject(SILENCE);
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test.each<[string, Partial<BraidCall>, number]>([
    ['a missing interface name', { ifName: '' }, 4],
    ['an invalid container id', { containerId: '%' }, 4],
    ['empty stdin', { stdin: '' }, 6],
    ['no name', { config: { name: '' } }, 7],
    ['a version that is no text', { config: { cniVersion: 1 } }, 6],
    ['an unknown version', { cniVersion: '1.0' }, 1],
  ])('P33: DEL with %s is refused all the same', async (_what, rest, code) => {
    await call('ADD');
    const answer = await call('DEL', rest);
    expectRefusal(answer, { ...answer.json, code, msg: expect.stringMatching(/./) });
    expect([node.story(), node.made()]).toEqual([['ADD bridge eth0'], ['bridge-c1-eth0']]);
  });

  test.each([
    ['absent', undefined],
    ['null', null],
  ])('P34: CHECK with prevResult %s is an error', async (_what, prevResult) => {
    await call('ADD');
    expectFailure(await call('CHECK', { config: { prevResult } }), {
      code: 7,
      msg: expect.stringContaining('prevResult'),
    });
    expect(node.story()).toEqual(['ADD bridge eth0']);
  });

  test('P34: CHECK asks every delegate with that delegate’s own result, and prints nothing', async () => {
    const { json } = await call('ADD', { annotations: BOTH });
    expect(await call('CHECK', { annotations: BOTH, config: { prevResult: json } })).toMatchObject(SILENCE);
    const checks = node.calls().filter(({ verb }) => verb === 'CHECK');
    expect(checks.map(({ plugin, stdin }) => [plugin, stdin.prevResult.ips[0].address])).toEqual([
      ['bridge', '10.1.0.2/24'],
      ['macvlan', '10.2.0.2/24'],
      ['tuning', '10.2.0.2/24'],
    ]);
  });

  test('P34: CHECK does not mind what plugins after us have added', async () => {
    const { json } = await call('ADD');
    const prevResult = {
      ...json,
      interfaces: [...json.interfaces, { name: 'tun0', sandbox: POD_NETNS }],
      ips: [...json.ips, { interface: 1, address: '10.7.0.2/24' }],
      routes: [{ dst: '10.8.0.0/16', gw: '10.7.0.1' }],
      dns: { nameservers: ['10.7.0.53'] },
    };
    expect(await call('CHECK', { config: { prevResult } })).toMatchObject(SILENCE);
  });

  test('P34: what a delegate’s CHECK finds is CHECK’s error', async () => {
    const { json } = await call('ADD', { annotations: BOTH });
    node.plugin('macvlan', { CHECK: { exit: 1, stdout: { code: 120, msg: 'eth1 is gone' } } });
    const answer = await call('CHECK', { annotations: FRONT, config: { prevResult: json } });
    expectFailure(answer, { code: 120, msg: 'network "storage" (eth1), plugin "macvlan" CHECK: eth1 is gone' });
  });
});
