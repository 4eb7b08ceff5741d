/** P24–P27: what a failure looks like, and which code it has. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  BRAID_FORMS,
  type BraidAnswer,
  type BraidCall,
  type BraidForm,
  type BraidNode,
  prepareForms,
} from '../harness/braid-call.ts';
import { BUSY, expectFailure, expectRefusal, FRONT, frontNode, inShell, requestOf } from './plugin-scene.ts';

beforeAll(prepareForms);

const OWN_NETNS = '/proc/self/ns/net';
const BOTH = { cni: 'front,storage' };

/** A call that fails, after whatever makes it fail. */
type Fails = (node: BraidNode, form: BraidForm) => Promise<BraidAnswer>;

const call =
  (verb: string, rest: Partial<BraidCall> = {}): Fails =>
  (node, form) =>
    node.call(form, requestOf(verb, rest));

/** The delegate of `front` answers ADD so. */
const delegate =
  (answer: object, rest: Partial<BraidCall> = {}): Fails =>
  (node, form) => {
    node.plugin('bridge', { ADD: answer });
    return node.call(form, requestOf('ADD', rest));
  };

/** The delegate of `front` answers STATUS so. */
const status =
  (answer: object): Fails =>
  (node, form) => {
    node.plugin('bridge', { STATUS: answer });
    return node.call(form, requestOf('STATUS'));
  };

const unwritableState: Fails = (node, form) => {
  writeFileSync(join(node.dir, 'file'), '');
  return node.call(form, requestOf('ADD', { config: { stateDir: join(node.dir, 'file/state') } }));
};

const secondAdd: Fails = async (node, form) => {
  await node.call(form, requestOf('ADD'));
  return node.call(form, requestOf('ADD'));
};

const sharedAddress: Fails = (node, form) => {
  node.network('storage', ['macvlan'], { plugin: { addresses: ['10.1.0.2/16'] } });
  return node.call(form, requestOf('ADD', { annotations: BOTH }));
};

const damagedRecord: Fails = async (node, form) => {
  await node.call(form, requestOf('ADD'));
  const record = join(node.stateDir, 'attachments', node.records().find((name) => name.endsWith('.json')) ?? '');
  writeFileSync(record, readFileSync(record, 'utf8').slice(0, 20));
  return node.call(form, requestOf('DEL'));
};

const missingPlugin: Fails = (node, form) => {
  rmSync(join(node.binDir, 'bridge'));
  return node.call(form, requestOf('STATUS'));
};

const CONTEXT = 'network "front" (eth0), plugin "bridge" ADD: ';

describe.each(BRAID_FORMS)('errors, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = frontNode();
  });
  afterEach(() => node.dispose());

  test.each<[string, BraidCall, string, string]>([
    ['a missing variable', requestOf('ADD', { ifName: '' }), '1.1.0', 'msg'],
    ['an invalid variable', requestOf('ADD', { containerId: '%' }), '1.1.0', 'msg,details'],
    ['unreadable JSON', requestOf('DEL', { stdin: '{' }), '1.1.0', 'msg'],
    ['an invalid name', requestOf('GC', { config: { name: '%' } }), '1.1.0', 'msg,details'],
    ['an unknown version', requestOf('ADD', { cniVersion: '1.0' }), '1.1.0', 'msg,details'],
    ['a version without CHECK', requestOf('CHECK', { cniVersion: '0.3.1' }), '1.1.0', 'msg'],
  ])('P24: a request refused for %s is one document on stdout', async (_what, refused, cniVersion, keys) => {
    const answer = await node.call(form, refused);
    expectRefusal(answer, {
      cniVersion,
      code: expect.any(Number) as unknown as number,
      msg: expect.stringMatching(/./),
      ...(keys === 'msg' ? {} : { details: expect.stringMatching(/./) }),
    });
    expect(Object.keys(answer.json).join()).toBe(`cniVersion,code,${keys}`);
  });

  test.each<[string, Partial<BraidCall>, string]>([
    ['0.2.0', { annotations: { cni: 'nosuch' } }, 'msg,details'],
    ['0.4.0', { config: { prevResult: 'x' } }, 'msg'],
    ['1.0.0', { config: { prevResult: [] } }, 'msg'],
    ['1.1.0', { config: { prevResult: { cniVersion: '9.9.9' } } }, 'msg,details'],
  ])('P24: a failure at %s has that version, and details only when there are any', async (cniVersion, rest, keys) => {
    const answer = await node.call(form, requestOf('ADD', { cniVersion, ...rest }));
    expectFailure(answer, {
      cniVersion,
      code: expect.any(Number) as unknown as number,
      msg: expect.stringMatching(/./),
    });
    expect(Object.keys(answer.json).join()).toMatch(new RegExp(`^cniVersion,code,${keys}$`));
  });

  test.each(['ADD', 'DEL', 'CHECK', 'GC', 'STATUS'])('P24: a delegate that fails %s makes Braid fail', async (verb) => {
    const fault = { exit: 1, stdout: { code: 120, msg: 'out of order', details: 'for now' } };
    const added = verb === 'ADD' ? undefined : await node.call(form, requestOf('ADD'));
    node.plugin('bridge', { [verb]: fault });
    const answer = await node.call(form, requestOf(verb, { config: { prevResult: added?.json } }));
    expectFailure(answer, {
      cniVersion: '1.1.0',
      code: answer.json?.code,
      msg: expect.stringContaining('out of order'),
    });
    expect(JSON.stringify(answer.json)).toContain('for now');
  });

  test.each<[number, string, Fails, RegExp]>([
    [4, 'a missing variable, by name', call('ADD', { netns: '' }), /CNI_NETNS/],
    [1, 'a version that is not spoken', call('ADD', { cniVersion: '9.0.0' }), /^incompatible CNI versions$/],
    [6, 'a configuration that is no JSON', call('ADD', { stdin: '{' }), /^error unmarshall network config/],
    [7, 'a network name that is none', call('ADD', { config: { name: '%' } }), /network name/],
    [8, 'a namespace that is our own', call('ADD', { netns: OWN_NETNS }), /netns from CNI_NETNS/],
  ])('P25: code %i for %s, before the work', async (code, _what, fails, msg) => {
    const answer = await fails(node, form);
    expect(answer).toMatchObject({ code: 1, stderr: '', json: { code, msg: expect.stringMatching(msg) } });
  });

  test('P25: code 5 for stdin that cannot be read', async () => {
    const answer = await node.call(inShell(form, '"$@" </'), requestOf('ADD'));
    expectRefusal(answer, { code: 5, msg: expect.stringMatching(/^error reading from stdin: ./) });
  });

  test.each<[number, string, Fails, RegExp]>([
    [
      2,
      'a key in an annotation that nobody knows, with its item',
      call('ADD', { annotations: { 'k8s.v1.cni.cncf.io/networks': '[{"name":"shop/net-b","ipz":[]}]' } }),
      /k8s\.v1\.cni\.cncf\.io\/networks", item 1, key "ipz"/,
    ],
    [3, 'CHECK of an unknown container', call('CHECK', { config: { prevResult: { ips: [] } } }), /container c1/],
    [5, 'a state folder that cannot be made', unwritableState, /stateDir/],
    [6, 'a delegate that prints no JSON', delegate({ stdout: 'hello' }), /hello/],
    [7, 'a network that does not exist', call('ADD', { annotations: { cni: 'nosuch' } }), /nosuch/],
    [7, 'a key of a wrong type', call('CHECK', { config: { prevResult: {}, confDir: 7 } }), /confDir/],
    [11, 'a delegate that is busy', delegate(BUSY), /busy/],
    [50, 'a plugin that STATUS misses', missingPlugin, /bridge/],
    [50, 'a delegate that cannot serve', status({ exit: 1, stdout: { code: 50, msg: 'no uplink' } }), /no uplink/],
    [51, 'a delegate that has lost its pods', status({ exit: 1, stdout: { code: 51, msg: 'no routes' } }), /no routes/],
    [51, 'a delegate’s own 51 in ADD', delegate({ exit: 1, stdout: { code: 51, msg: 'no routes' } }), /no routes/],
    [100, 'an ADD that was made already', secondAdd, /already/],
    [
      101,
      'a delegate that exceeds its time',
      delegate({ hang: true }, { config: { delegateTimeoutMs: 1500 } }),
      /1500 ms/,
    ],
    [102, 'an address that two networks gave', sharedAddress, /10\.1\.0\.2/],
    [103, 'a record that is damaged', damagedRecord, /damaged/],
    [999, 'a delegate that fails without a code', delegate({ exit: 1, stdout: 'oops' }), /oops/],
    [999, 'a delegate’s code 0', delegate({ exit: 1, stdout: { code: 0, msg: 'nothing' } }), /nothing/],
  ])('P25: code %i for %s', async (code, _what, fails, msg) => {
    const answer = await fails(node, form);
    if (answer.stderr === '') expectRefusal(answer, { ...answer.json, code, msg: expect.stringMatching(msg) });
    else expectFailure(answer, { code, msg: expect.stringMatching(msg) });
  });

  test.each<[string, object, number, string, string | undefined]>([
    [
      'its own code and text',
      { exit: 1, stdout: { code: 142, msg: 'no such sysctl', details: 'net.x' } },
      142,
      'no such sysctl',
      'net.x',
    ],
    ['its own code of the specification', { exit: 1, stdout: { code: 11, msg: 'later' } }, 11, 'later', undefined],
    ['another exit status', { exit: 77, stdout: { code: 142, msg: 'x' } }, 142, 'x', undefined],
    ['a version in its error', { exit: 1, stdout: { cniVersion: '0.4.0', code: 142, msg: 'x' } }, 142, 'x', undefined],
    ['no code', { exit: 1, stdout: '' }, 999, 'failed with no error message: exit status 1', undefined],
    [
      'no code but a complaint',
      { exit: 3, stdout: '', stderr: 'no uplink\n' },
      999,
      'failed: "no uplink" (exit status 3)',
      undefined,
    ],
  ])('P26: a delegate that fails with %s', async (_what, said, code, text, details) => {
    const answer = await delegate(said)(node, form);
    expect(answer.json).toStrictEqual({
      cniVersion: '1.1.0',
      code,
      msg: CONTEXT + text,
      ...(details === undefined ? {} : { details }),
    });
    expect(answer.code).toBe(1);
    expect(answer.stderr).toContain('"level":50');
  });

  test('P27: a second error stands in the details as message and details of its own', async () => {
    node.plugin('bridge', {
      ADD: { exit: 1, stdout: { code: 142, msg: 'no such sysctl', details: 'net.x' } },
      DEL: BUSY,
    });
    const answer = await node.call(form, requestOf('ADD', { annotations: FRONT }));
    expectFailure(answer, {
      code: 142,
      msg: `${CONTEXT}no such sysctl`,
      details: expect.stringMatching(/^net\.x; .*plugin "bridge" DEL: busy; lock held$/),
    });
  });
});
