/** GC and STATUS on the built binary with scripted delegates. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApiServer } from '../doubles/api-server.ts';
import { requestsOfCalls } from '../harness/api-traffic.ts';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { asOtherVersion } from '../harness/foreign-record.ts';
import { pollUntil } from '../harness/poll-until.ts';

beforeAll(prepareForms);

const ALL = 'cni.dev/valid-attachments';

describe.each(BRAID_FORMS)('GC and STATUS of Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('front', ['bridge'], { list: { cniVersion: '1.1.0' }, plugin: { addresses: ['10.1.0.2/24'] } });
    node.network('storage', ['macvlan', 'tuning'], { list: { cniVersion: '1.1.0' } });
  });
  afterEach(() => node.dispose());

  const add = (containerId: string, cni = 'front,storage') =>
    node.call(form, { verb: 'ADD', cniVersion: '1.1.0', containerId, annotations: { cni } });
  const gc = (valid: unknown, config: object = {}) =>
    node.call(form, { verb: 'GC', cniVersion: '1.1.0', config: { [ALL]: valid, ...config } });
  const status = (config: object = {}) =>
    node.call(form, {
      verb: 'STATUS',
      cniVersion: '1.1.0',
      containerId: '',
      config: { defaultPlugin: 'front', ...config },
    });

  test('GC deletes what the list lacks, leaves what it has, and gives each network its own list', async () => {
    await add('keep');
    await add('stale');
    const before = node.story().length;
    const answer = await gc([{ containerID: 'keep', ifname: 'eth0' }]);
    expect(answer).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(node.story().slice(before, before + 3)).toEqual(['DEL tuning eth1', 'DEL macvlan eth1', 'DEL bridge eth0']);
    expect(node.made().every((file) => file.includes('-keep-'))).toBe(true);
    expect(node.records().filter((file) => file.endsWith('.json'))).toHaveLength(1);
    const collected = node.calls().filter(({ verb }) => verb === 'GC');
    expect(collected.map(({ plugin, stdin }) => [plugin, stdin[ALL], stdin['cni.dev/attachments']])).toEqual([
      ['bridge', [{ containerID: 'keep', ifname: 'eth0' }], [{ containerID: 'keep', ifname: 'eth0' }]],
      ['macvlan', [{ containerID: 'keep', ifname: 'eth1' }], [{ containerID: 'keep', ifname: 'eth1' }]],
      ['tuning', [{ containerID: 'keep', ifname: 'eth1' }], [{ containerID: 'keep', ifname: 'eth1' }]],
    ]);
    expect(collected[0]?.env).toMatchObject({ CNI_CONTAINERID: '', CNI_NETNS: '', CNI_IFNAME: '', CNI_ARGS: '' });
  });

  test('GC with null as its list takes everything back, under either name of the key', async () => {
    await add('one');
    expect(await gc(undefined, { 'cni.dev/attachments': null })).toMatchObject({ code: 0, stdout: '' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test.each([
    ['no list', undefined],
    ['a list of another shape', ['c1']],
    ['a string', 'all'],
  ])('GC with %s is refused and touches nothing', async (_how, valid) => {
    await add('one');
    const before = node.story().length;
    expect((await gc(valid)).json).toMatchObject({ code: 7, msg: expect.stringContaining(ALL) });
    expect(node.story()).toHaveLength(before);
  });

  test('GC of a valid container that is not recorded lets no network collect, but frees what is stale', async () => {
    await add('stale');
    const answer = await gc([{ containerID: 'foreign', ifname: 'eth0' }]);
    expect(answer.code).toBe(0);
    expect(answer.stderr).toContain('attachments that are not recorded: foreign/eth0');
    expect(node.story().filter((call) => call.startsWith('GC'))).toEqual([]);
    expect(node.made()).toEqual([]);
  });

  test('GC goes on after an error, reports all of them, and keeps what could not be deleted', async () => {
    await add('stale');
    node.plugin('tuning', {
      DEL: { exit: 1, stdout: { code: 120, msg: 'stuck' } },
      GC: { exit: 1, stdout: { code: 121, msg: 'no store' } },
    });
    const { json } = await gc([]);
    expect(json).toMatchObject({
      code: 120,
      msg: 'container stale: network "storage" (eth1), plugin "tuning" DEL: stuck',
    });
    expect(json.details).toContain('plugin "tuning" GC: no store');
    expect(node.made()).toHaveLength(2);
    expect(node.records()).not.toEqual([]);
  });

  test('GC reports a record of another version of Braid and deletes the rest all the same', async () => {
    await add('foreign', 'front');
    const file = join(node.stateDir, 'attachments', node.records().find((name) => name.startsWith('foreign')) ?? '');
    writeFileSync(file, asOtherVersion(readFileSync(file, 'utf8')));
    await add('stale', 'storage');
    const { json } = await gc([]);
    expect(json).toMatchObject({ code: 103, msg: expect.stringContaining('was written by another version of Braid') });
    expect(node.made()).toEqual(['bridge-foreign-eth0']);
  });

  test.each([
    ['disableGC', { cniVersion: '1.1.0', disableGC: true }],
    ['a version below 1.1.0', { cniVersion: '1.0.0' }],
  ])('a network with %s does not collect, its stale attachments are deleted all the same', async (_how, list) => {
    node.network('front', ['bridge'], { list });
    await add('stale', 'front');
    expect(await gc([])).toMatchObject({ code: 0 });
    expect(node.story()).toEqual(['ADD bridge eth0', 'DEL bridge eth0']);
  });

  test('GC waits for an ADD under way and does not take it for stale', async () => {
    node.plugin('macvlan', { ADD: { delayMs: 1500 } });
    const adding = add('late');
    await pollUntil(async () => node.story().includes('ADD macvlan eth1') || undefined, {
      withinMs: 20_000,
      what: 'the ADD is under way',
    });
    expect(await gc([{ containerID: 'late', ifname: 'eth0' }])).toMatchObject({ code: 0 });
    expect(await adding).toMatchObject({ code: 0 });
    const verbs = node.calls().map(({ verb, plugin }) => `${verb} ${plugin}`);
    expect(verbs.indexOf('GC bridge')).toBeGreaterThan(verbs.indexOf('ADD tuning'));
    expect(node.made()).toHaveLength(3);
  });

  test('an ADD waits for a GC under way, and goes on at once when that GC is killed', async () => {
    await add('stale', 'front');
    node.plugin('bridge', { DEL: { hang: true } });
    const { stdin, env } = node.request({ verb: 'GC', cniVersion: '1.1.0', config: { [ALL]: [] } });
    const [file = '', ...args] = form.command;
    const collector = spawn(file, args, { env });
    collector.stdin.end(stdin);
    await pollUntil(async () => node.story().includes('DEL bridge eth0') || undefined, {
      withinMs: 20_000,
      what: 'the GC is under way',
    });
    let isAdded = false;
    const adding = add('next', 'storage').then((answer) => {
      isAdded = true;
      return answer;
    });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(isAdded).toBe(false);
    collector.kill('SIGKILL');
    expect(await adding).toMatchObject({ code: 0 });
    const hanging = node.calls().find(({ verb }) => verb === 'DEL');
    process.kill(hanging?.pid ?? 0, 'SIGKILL');
  });

  test('STATUS of a node that can serve is silent, and asks the default network alone', async () => {
    expect(await status()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(node.story()).toEqual(['VERSION bridge dummy', 'STATUS bridge ']);
    expect(node.calls()[1]?.stdin).toEqual({
      type: 'bridge',
      addresses: ['10.1.0.2/24'],
      name: 'front',
      cniVersion: '1.1.0',
    });
  });

  test.each([[[]], [['fleet']]])(
    'STATUS is about no pod, so a default network kept for %j is ready',
    async (allowed) => {
      expect(await status({ allowedNamespaces: { front: allowed } })).toMatchObject({
        code: 0,
        stdout: '',
        stderr: '',
      });
      expect(node.story()).toEqual(['VERSION bridge dummy', 'STATUS bridge ']);
    },
  );

  test('STATUS passes over a plugin that does not know the version, and a list below 1.1.0', async () => {
    node.plugin('bridge', {
      VERSION: { stdout: { cniVersion: '1.0.0', supportedVersions: ['1.0.0'] } },
      STATUS: { exit: 1 },
    });
    expect(await status()).toMatchObject({ code: 0 });
    node.network('front', ['bridge'], { list: { cniVersion: '1.0.0' } });
    expect(await status()).toMatchObject({ code: 0 });
    expect(node.story()).toEqual(['VERSION bridge dummy']);
  });

  test('R40: STATUS passes over a plugin that does not know VERSION', async () => {
    node.plugin('bridge', {
      VERSION: { exit: 1, stdout: { code: 4, msg: 'unknown CNI_COMMAND: VERSION' } },
      STATUS: { exit: 1 },
    });
    expect(await status()).toMatchObject({ code: 0 });
  });

  test('STATUS gives the worst code and names every failing part', async () => {
    writeFileSync(join(node.dir, 'file'), '');
    node.plugin('bridge', { STATUS: { exit: 1, stdout: { code: 123, msg: 'no leases' } } });
    node.plugin('macvlan', { STATUS: { exit: 1, stdout: { code: 51, msg: 'uplink is down' } } });
    const { code, json } = await status({ defaultPlugin: 'front,storage', stateDir: join(node.dir, 'file/state') });
    expect(code).toBe(1);
    expect(json).toMatchObject({ code: 51, msg: expect.stringContaining('plugin "macvlan" STATUS: uplink is down') });
    expect(json.details).toContain('stateDir');
    expect(json.details).toContain('plugin "bridge" STATUS: no leases');
  });

  test.each([
    ['a default network that is not there', { defaultPlugin: 'nosuch' }, 'there is no network "nosuch"'],
    ['a missing configuration folder', { confDir: '/nonexistent' }, 'confDir "/nonexistent" does not exist'],
  ])('STATUS with %s is code 50', async (_how, config, message) => {
    expect((await status(config)).json).toMatchObject({ code: 50, msg: expect.stringContaining(message) });
  });

  test('STATUS with a missing plugin is code 50', async () => {
    rmSync(join(node.binDir, 'bridge'));
    expect((await status()).json).toMatchObject({
      code: 50,
      msg: expect.stringContaining('failed to find plugin "bridge"'),
    });
  });

  test('STATUS answers within 2 s whatever hangs', async () => {
    node.plugin('bridge', { STATUS: { hang: true } });
    const before = performance.now();
    const { json } = await status();
    // The limit is 1.7 s; the rest is the start of processes on a busy machine.
    expect(performance.now() - before).toBeLessThan(6000);
    expect(json).toMatchObject({ msg: expect.stringContaining('plugin "bridge" STATUS') });
  });

  test('STATUS asks the API server only when an ADD needs it', async () => {
    const api = await startApiServer();
    try {
      const kubeconfig = api.writeKubeconfig(join(node.dir, 'kube'), { auth: 'token' });
      expect(await status({ kubeconfig })).toMatchObject({ code: 0 });
      expect(requestsOfCalls(api)).toEqual(['GET /version']);
      api.tokens.clear();
      expect((await status({ kubeconfig })).json).toMatchObject({
        code: 50,
        msg: expect.stringContaining('refuses our credentials'),
      });
      const capabilities = { 'io.kubernetes.cri.pod-annotations': true };
      expect(await status({ kubeconfig, capabilities })).toMatchObject({ code: 0 });
      await api.stop();
      expect((await status({ kubeconfig })).json.code).toBe(50);
      await api.start();
    } finally {
      await api.stop();
    }
  });
});
