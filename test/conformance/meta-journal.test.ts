/** M13 to M15, M17, M18, M20: what is on disk, what a later call makes of it, and who waits for whom; built binary. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { endDelegates, isAlive, shellPlugin, startCall, untilCalled } from './started-call.ts';

beforeAll(prepareForms);

const TWO = { cni: 'front,storage' };
const BUSY = { exit: 1, stdout: { code: 11, msg: 'busy' } };

describe.each(BRAID_FORMS)('the journal of Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('front', ['bridge'], { plugin: { addresses: ['10.1.0.2/24'], 'x-unknown': { keep: [1] } } });
    node.network('storage', ['macvlan', 'tuning'], { plugin: { addresses: ['10.2.0.2/24'] } });
  });
  afterEach(() => {
    endDelegates(node);
    node.dispose();
  });

  const call = (verb: string, rest: object = {}) => node.call(form, { verb, annotations: TWO, ...rest });
  const nothingLeft = () => expect([node.made(), node.records()]).toEqual([[], []]);
  const record = () => {
    const file = node.records().find((name) => name.endsWith('.json')) ?? '';
    const [line = ''] = readFileSync(join(node.stateDir, 'attachments', file), 'utf8').split('\n');
    return JSON.parse(line).record;
  };

  test('M13 M8: while the first plugin runs, all that will run stands on disk', async () => {
    node.plugin('bridge', { ADD: { hang: true } });
    const started = startCall(node, form, { verb: 'ADD', annotations: { cni: 'front,storage@san0' } });
    await untilCalled(node, 'ADD bridge');
    expect(record()).toMatchObject({
      containerId: 'c1',
      ifName: 'eth0',
      netns: '/run/netns/braid-none',
      attachments: [
        {
          network: 'front',
          ifName: 'eth0',
          cniArgs: expect.stringContaining('K8S_POD_NAME=web'),
          plugins: [{ type: 'bridge', config: { addresses: ['10.1.0.2/24'], 'x-unknown': { keep: [1] } } }],
        },
        { network: 'storage', ifName: 'san0', plugins: [{ type: 'macvlan' }, { type: 'tuning' }] },
      ],
    });
    started.kill();
    await started.ended;
  });

  test('M13: DEL after a killed ADD ends the plugin that outlived it, then deletes all that was planned', async () => {
    node.plugin('macvlan', { ADD: { hang: true } });
    const started = startCall(node, form, { verb: 'ADD', annotations: TWO });
    await untilCalled(node, 'ADD macvlan');
    started.kill();
    expect((await started.ended).signal).toBe('SIGKILL');
    const survivor = node.calls().find(({ plugin }) => plugin === 'macvlan')?.pid ?? 0;
    // A launcher takes its delegate along, and that needs a moment; nobody does that for a standalone program.
    if (form.agent) await pollUntil(() => !isAlive(survivor) || undefined, { withinMs: 20_000, what: 'its end' });
    else expect(isAlive(survivor)).toBe(true);
    expect(await call('DEL', { netns: '' })).toMatchObject({ code: 0, stdout: '' });
    expect(isAlive(survivor)).toBe(false);
    expect(node.story().slice(2)).toEqual(['DEL tuning eth1', 'DEL macvlan eth1', 'DEL bridge eth0']);
    nothingLeft();
  });

  test('M13 M15: DEL runs what was recorded, whatever became of files, annotations, uid and API server', async () => {
    await call('ADD');
    rmSync(node.confDir, { recursive: true });
    const args = 'K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;K8S_POD_UID=another';
    const config = { kubeconfig: join(node.dir, 'none'), defaultPlugin: 'nosuch', stateDir: node.stateDir };
    const answer = await call('DEL', { netns: '', args, annotations: { cni: 'third' }, config });
    expect(answer).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const deleted = node.calls().filter(({ verb }) => verb === 'DEL');
    expect(deleted.map(({ plugin, stdin, env }) => [plugin, stdin.name, env['CNI_NETNS']])).toEqual([
      ['tuning', 'storage', ''],
      ['macvlan', 'storage', ''],
      ['bridge', 'front', ''],
    ]);
    expect(deleted[2]?.stdin).toMatchObject({
      'x-unknown': { keep: [1] },
      prevResult: { ips: [{ address: '10.1.0.2/24' }] },
    });
    nothingLeft();
  });

  test('M14: a plugin that cannot DEL keeps the record; a repeated DEL does what is left, then nothing', async () => {
    await call('ADD');
    node.plugin('bridge', { DEL: [BUSY, BUSY, {}] });
    expect(await call('DEL')).toMatchObject({ code: 1, json: { code: 11 } });
    expect(record().attachments).toHaveLength(2);
    expect(await call('DEL')).toMatchObject({ code: 0, stdout: '' });
    const before = node.story();
    expect(before.slice(-1)).toEqual(['DEL bridge eth0']);
    nothingLeft();
    expect(await call('DEL', { netns: '' })).toMatchObject({ code: 0, stdout: '' });
    expect(node.story()).toEqual(before);
  });

  test.each([
    ['annotations', { annotations: { cni: 'storage' } }, ['DEL tuning eth0', 'DEL macvlan eth0']],
    ['no annotations', { annotations: undefined }, ['DEL bridge eth0']],
    ['a network that is no more', { annotations: { cni: 'gone' } }, []],
  ])('M15: without a record, DEL with %s does what can be guessed and succeeds', async (_what, rest, story) => {
    const prevResult = { cniVersion: '1.0.0', interfaces: [{ name: 'eth0' }] };
    expect(await call('DEL', { ...rest, config: { prevResult } })).toMatchObject({ code: 0, stdout: '' });
    expect(node.story()).toEqual(story);
  });

  test('M17: CHECK gives each plugin its own network’s result and names every failing network', async () => {
    const { json } = await call('ADD');
    const check = () => call('CHECK', { config: { prevResult: json } });
    expect(await check()).toMatchObject({ code: 0, stdout: '' });
    const given = node.calls().filter(({ verb }) => verb === 'CHECK');
    const own = (network: string, ifName: string) => ({
      name: network,
      prevResult: { interfaces: [{ name: ifName }], ips: [{ interface: 0 }] },
    });
    expect(given.map(({ stdin }) => stdin)).toMatchObject([
      own('front', 'eth0'),
      own('storage', 'eth1'),
      own('storage', 'eth1'),
    ]);
    expect(given.every(({ stdin }) => stdin.prevResult.interfaces.length === 1)).toBe(true);
    node.plugin('bridge', { CHECK: { exit: 1, stdout: { code: 120, msg: 'no eth0' } } });
    node.plugin('tuning', { CHECK: { exit: 1, stdout: { code: 121, msg: 'no eth1' } } });
    const failed = await check();
    expect(failed).toMatchObject({ code: 1, json: { code: 120, msg: expect.stringContaining('"front" (eth0)') } });
    expect(failed.json.details).toContain('"storage" (eth1), plugin "tuning" CHECK: no eth1');
  });

  test.each([
    ['disableCheck', { disableCheck: true }],
    ['disableCheck as a word', { disableCheck: 'True' }],
    ['a version without CHECK', { cniVersion: '0.3.1' }],
  ])('M17: a network with %s is not checked, the others are', async (_what, list) => {
    node.network('front', ['bridge'], { list });
    const { json } = await call('ADD');
    expect(await call('CHECK', { config: { prevResult: json } })).toMatchObject({ code: 0 });
    expect(node.story().slice(3)).toEqual(['CHECK macvlan eth1', 'CHECK tuning eth1']);
  });

  test('M18: records lie in our own folder only, under names of bounded length', async () => {
    const results = '/var/lib/cni/results';
    const before = existsSync(results) ? readdirSync(results) : undefined;
    shellPlugin(node, 'bridge', 'cat > /dev/null', '[ $CNI_COMMAND = ADD ] && echo "{}" || true');
    const [one, two] = [`${'a'.repeat(300)}1`, `${'a'.repeat(300)}2`];
    for (const containerId of [one, two])
      expect(await call('ADD', { containerId, annotations: { cni: 'front' } })).toMatchObject({ code: 0 });
    const files = node.records();
    expect(files.filter((file) => file.endsWith('.json'))).toHaveLength(2);
    expect(Math.max(...files.map((file) => Buffer.byteLength(file)))).toBeLessThan(200);
    expect(readdirSync(node.dir).toSorted()).toEqual(['bin', 'net.d', 'state']);
    expect(existsSync(results) ? readdirSync(results) : undefined).toEqual(before);
    for (const containerId of [one, two]) await call('DEL', { containerId });
    nothingLeft();
  });

  test('M20: DEL waits for the ADD of its container and not for that of another', async () => {
    node.plugin('bridge', { ADD: { delayMs: 1500 } });
    const adding = startCall(node, form, { verb: 'ADD', annotations: TWO });
    await untilCalled(node, 'ADD bridge');
    const other = await call('ADD', { containerId: 'c2', annotations: { cni: 'storage' } });
    expect(other.code).toBe(0);
    expect(node.story()).toEqual(['ADD bridge eth0', 'ADD macvlan eth0', 'ADD tuning eth0']);
    expect(await call('DEL')).toMatchObject({ code: 0, stdout: '' });
    expect((await adding.ended).code).toBe(0);
    expect(node.story().slice(3)).toEqual([
      ...['ADD macvlan eth1', 'ADD tuning eth1'],
      ...['DEL tuning eth1', 'DEL macvlan eth1', 'DEL bridge eth0'],
    ]);
    await call('DEL', { containerId: 'c2' });
    nothingLeft();
  });

  test('M20 M16: of two ADDs at once one succeeds, the other is refused without harm', async () => {
    const ends = await Promise.all([call('ADD'), call('ADD')]);
    expect(ends.map(({ code }) => code).toSorted()).toEqual([0, 1]);
    expect(ends.find(({ code }) => code === 1)?.json.code).toBe(100);
    expect(node.made()).toHaveLength(3);
  });

  test('M20: the lock of a call that was killed is free at once, and waiting for one that lives ends', async () => {
    node.plugin('bridge', { ADD: { hang: true } });
    const started = startCall(node, form, { verb: 'ADD', annotations: TWO });
    await untilCalled(node, 'ADD bridge');
    const busy = await call('DEL', { config: { delegateTimeoutMs: 300 } });
    expect(busy).toMatchObject({ code: 1, json: { code: 11, msg: expect.stringContaining('still under way') } });
    started.kill();
    await started.ended;
    expect(await call('DEL', { config: { delegateTimeoutMs: 20_000 } })).toMatchObject({ code: 0, stdout: '' });
    nothingLeft();
  });
});
