/** M8 to M12, M16, M25, M26: how several networks are attached, in which order, with what, and taken back; built binary. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { shellPlugin } from './started-call.ts';

beforeAll(prepareForms);

const TWO = { cni: 'front,storage' };
const BUSY = { exit: 1, stdout: { code: 11, msg: 'busy', details: 'in use' } };
const REFUSED = { exit: 1, stdout: { code: 142, msg: 'no such sysctl' } };

describe.each(BRAID_FORMS)('attaching with Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('front', ['bridge'], { plugin: { addresses: ['10.1.0.2/24'] } });
    node.network('storage', ['macvlan', 'tuning'], { plugin: { addresses: ['10.2.0.2/24'] } });
    node.network('third', ['ptp']);
  });
  afterEach(() => node.dispose());

  const call = (verb: string, rest: object = {}) => node.call(form, { verb, annotations: TWO, ...rest });
  const nothingLeft = () => expect([node.made(), node.records()]).toEqual([[], []]);

  test.each([
    ['front,storage,third', ['bridge eth0', 'macvlan eth1', 'tuning eth1', 'ptp eth2']],
    ['front,storage@eth1,third', ['bridge eth0', 'macvlan eth1', 'tuning eth1', 'ptp eth2']],
    ['front@eth1,third,storage@eth0', ['macvlan eth0', 'tuning eth0', 'bridge eth1', 'ptp eth2']],
    ['third,third,third', ['ptp eth0', 'ptp eth1', 'ptp eth2']],
  ])('M8 M11: %s: names are unique, the primary comes first, DEL is the exact reverse', async (cni, order) => {
    expect(await call('ADD', { annotations: { cni } })).toMatchObject({ code: 0 });
    expect(await call('DEL', { annotations: { cni: 'third@eth1' } })).toMatchObject({ code: 0, stdout: '' });
    const story = [...order.map((each) => `ADD ${each}`), ...order.toReversed().map((each) => `DEL ${each}`)];
    expect(node.story()).toEqual(story);
    nothingLeft();
  });

  test.each([
    ['abcdefghijklmnop', 'interface name is too long'],
    ['éééééééé', 'interface name is too long'],
    ['a:b', 'interface name contains / or : or whitespace'],
    ['..', 'interface name is . or ..'],
    ['eth1,third@eth1', 'interface name "eth1" is already taken'],
  ])('M8: the interface name %j is refused before anything runs', async (name, message) => {
    const answer = await call('ADD', { annotations: { cni: `front,storage@${name}` } });
    expect(answer).toMatchObject({ code: 1, json: { code: 7, msg: expect.stringContaining(message) } });
    expect(node.calls()).toEqual([]);
    nothingLeft();
  });

  test('M11: a network begins only when the one before has ended, in ADD and in DEL', async () => {
    const log = join(node.dir, 'spans');
    for (const type of ['bridge', 'ptp']) {
      const say = (what: string) => `echo "${what} $CNI_COMMAND ${type}" >> ${log}`;
      const slowly = [say('begin'), 'cat > /dev/null', 'sleep 0.2', say('end')];
      shellPlugin(node, type, ...slowly, '[ $CNI_COMMAND = ADD ] && echo "{}" || true');
    }
    expect(await call('ADD', { annotations: { cni: 'front,third' } })).toMatchObject({ code: 0 });
    expect(await call('DEL')).toMatchObject({ code: 0 });
    const span = (what: string) => [`begin ${what}`, `end ${what}`];
    const expected = ['ADD bridge', 'ADD ptp', 'DEL ptp', 'DEL bridge'].flatMap(span);
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual(expected);
  });

  test.each([
    ['', ''],
    ['IgnoreUnknown=1;K8S_POD_NAME=web', 'IgnoreUnknown=1;K8S_POD_NAME=web'],
    ['K8S_POD_NAME=a;IgnoreUnknown=1;K8S_POD_NAME=b', 'K8S_POD_NAME=b;IgnoreUnknown=1'],
    [';;IgnoreUnknown=1;', 'IgnoreUnknown=1'],
    ['IgnoreUnknown=1;X=a=b;K8S_POD_UID=u1', 'IgnoreUnknown=1;K8S_POD_UID=u1'],
  ])('M9: of CNI_ARGS %j every network gets %j', async (args, expected) => {
    expect(await call('ADD', { args })).toMatchObject({ code: 0 });
    expect(node.calls().map(({ env }) => env['CNI_ARGS'])).toEqual([expected, expected, expected]);
  });

  test('M9: IP and MAC reach the primary network alone, in ADD, CHECK and DEL', async () => {
    const args = 'IgnoreUnknown=1;IP=10.1.0.9;MAC=02:00:00:00:00:09;K8S_POD_NAME=web';
    const { json } = await call('ADD', { args });
    await call('CHECK', { args, config: { prevResult: json } });
    await call('DEL', { args: '' });
    const given = node.calls().map(({ plugin, env }) => `${plugin} ${env['CNI_ARGS']}`);
    expect(given).toHaveLength(9);
    expect(new Set(given)).toEqual(
      new Set([
        `bridge ${args}`,
        'macvlan IgnoreUnknown=1;K8S_POD_NAME=web',
        'tuning IgnoreUnknown=1;K8S_POD_NAME=web',
      ]),
    );
  });

  test.each(['0.1.0', '0.2.0'])('M10: merging for %s is refused before anything runs', async (cniVersion) => {
    const answer = await call('ADD', { cniVersion, config: { resultMode: 'merged' } });
    expect(answer).toMatchObject({
      code: 1,
      json: { cniVersion, code: 7, msg: expect.stringContaining('cannot carry') },
    });
    expect(node.calls()).toEqual([]);
    nothingLeft();
  });

  test('M10: a result without addresses that 0.2.0 cannot carry is taken back', async () => {
    const answer = await call('ADD', { cniVersion: '0.2.0', annotations: { cni: 'third' } });
    expect(answer).toMatchObject({ code: 1, json: { msg: 'cannot convert: no valid IP addresses' } });
    expect(node.story()).toEqual(['ADD ptp eth0', 'DEL ptp eth0']);
    nothingLeft();
  });

  test('M12: a rollback takes the failing network back first, whole, and goes on through errors', async () => {
    node.plugin('tuning', { ADD: REFUSED, DEL: [BUSY, {}] });
    node.plugin('macvlan', { DEL: [BUSY, {}] });
    const answer = await call('ADD');
    expect(answer.json).toMatchObject({
      code: 142,
      msg: 'network "storage" (eth1), plugin "tuning" ADD: no such sysctl',
    });
    const rollback = ['DEL tuning eth1', 'DEL macvlan eth1', 'DEL bridge eth0'];
    expect(node.story().slice(3, 6)).toEqual(rollback);
    const failing = node.calls().slice(3, 5);
    expect(failing.map(({ stdin }) => stdin.prevResult)).toEqual([undefined, undefined]);
    nothingLeft();
  });

  test('M12: a rollback has a deadline of its own when the ADD’s is spent', async () => {
    node.plugin('macvlan', { ADD: { hang: true }, DEL: { delayMs: 900 } });
    const answer = await call('ADD', { config: { delegateTimeoutMs: 1500 } });
    expect(answer.json).toMatchObject({ code: 101, msg: expect.stringContaining('did not end within 1500 ms') });
    expect(node.story().slice(2)).toEqual(['DEL tuning eth1', 'DEL macvlan eth1', 'DEL bridge eth0']);
    nothingLeft();
  });

  test('M12: DEL of the runtime also tries every network and joins the errors', async () => {
    await call('ADD', { annotations: { cni: 'front,storage,third' } });
    for (const type of ['bridge', 'ptp']) node.plugin(type, { DEL: BUSY });
    const { code, json } = await call('DEL');
    expect([code, json.code]).toEqual([1, 11]);
    expect(json.msg).toContain('plugin "ptp" DEL: busy');
    expect(json.details).toContain('plugin "bridge" DEL: busy');
    expect(node.made()).toEqual(['bridge-c1-eth0', 'ptp-c1-eth2']);
  });

  test.each(['front,storage', 'third@net7'])('M16: a second ADD, for %s, changes nothing', async (cni) => {
    await call('ADD');
    const before = [node.story(), node.made(), node.records()];
    const again = await call('ADD', { annotations: { cni } });
    expect(again.json).toMatchObject({ code: 100, details: 'the runtime must call DEL before it calls ADD again' });
    expect([node.story(), node.made(), node.records()]).toEqual(before);
    expect(await call('ADD', { annotations: { cni: 'third' }, ifName: 'eth9' })).toMatchObject({ code: 0 });
    for (const ifName of ['eth0', 'eth9']) await call('DEL', { ifName });
    nothingLeft();
  });

  test.each([
    ['a code of the specification', { code: 11, msg: 'later', details: undefined }, 11, 'later'],
    ['a code of its own', { code: 4711, msg: 'odd', details: 'why' }, 4711, 'odd'],
    ['code 0', { code: 0, msg: 'untyped', details: undefined }, 999, 'untyped'],
  ])('M25: a plugin that fails with %s is quoted with it', async (_what, stdout, code, msg) => {
    node.plugin('ptp', { ADD: { exit: 1, stdout } });
    const { json } = await call('ADD', { annotations: { cni: 'third' } });
    expect(json).toMatchObject({ code, msg: `network "third" (eth0), plugin "ptp" ADD: ${msg}` });
    expect(json.details).toBe(stdout.details);
  });

  test.each([
    ['its binary is gone', () => rmSync(join(node.binDir, 'bridge'))],
    ['its folder is gone', () => rmSync(node.binDir, { recursive: true })],
    ['its interpreter is gone', () => replaceBinary('#!/nonexistent/sh\n')],
    ['it is a folder now', () => replaceBinary(undefined)],
  ])('M25 M14: when %s, DEL fails in words that no runtime takes for done', async (_how, breakIt) => {
    await call('ADD', { annotations: { cni: 'front' } });
    breakIt();
    const answer = await call('DEL', { netns: '' });
    expect(answer.code).toBe(1);
    expect(answer.stdout).not.toMatch(/not found|no such file or directory/);
    expect(node.records()).not.toEqual([]);
  });

  function replaceBinary(content: string | undefined): void {
    const file = join(node.binDir, 'bridge');
    rmSync(file);
    if (content === undefined) return void mkdirSync(file);
    writeFileSync(file, content);
    chmodSync(file, 0o755);
  }

  test.each([
    ['first', [{ type: 'braid' }, { type: 'ptp' }]],
    ['last', [{ type: 'ptp' }, { type: 'braid' }]],
    ['alone', [{ type: 'braid' }]],
  ])('M26: our own type, %s in a chain, is refused before anything runs', async (_where, plugins) => {
    node.plugin('braid');
    node.conf('90-loop.conflist', { cniVersion: '1.0.0', name: 'loop', plugins });
    const answer = await call('ADD', { annotations: { cni: 'front,loop' } });
    expect(answer).toMatchObject({ code: 1, json: { code: 7, msg: expect.stringContaining('is Braid itself') } });
    expect(node.calls()).toEqual([]);
    nothingLeft();
  });

  test('M26: our own file is never the default network, however it is named and whatever our type is called', async () => {
    node.conf('00-a.conflist', { cniVersion: '1.0.0', name: 'a', plugins: [{ type: 'weaver' }] });
    node.conf('00-b.conf', { cniVersion: '1.0.0', name: 'b', type: 'weaver' });
    node.plugin('weaver');
    expect(await node.call(form, { verb: 'ADD', config: { type: 'weaver' } })).toMatchObject({ code: 0 });
    expect(node.story()).toEqual(['ADD bridge eth0']);
    expect(existsSync(node.stateDir)).toBe(true);
  });
});
