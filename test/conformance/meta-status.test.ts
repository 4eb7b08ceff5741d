/** M21: STATUS on the built binary: what is asked, what is left out, what is said, and how long it takes. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../doubles/api-server.ts';
import { requestsOfCalls } from '../harness/api-traffic.ts';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { endDelegates, startCall } from './started-call.ts';

beforeAll(prepareForms);

const list = { cniVersion: '1.1.0' };
/** 2 s are allowed; the rest is for starting a process on a busy machine. */
const ALLOWED_MS = 3500;
const ANNOTATIONS = 'io.kubernetes.cri.pod-annotations';
const not = (code: number, msg: string) => ({ STATUS: { exit: 1, stdout: { code, msg } } });

describe.each(BRAID_FORMS)('STATUS with Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('front', ['bridge', 'tuning'], { list, plugin: { capabilities: { dns: true } } });
    node.network('storage', ['macvlan'], { list });
  });
  afterEach(() => {
    endDelegates(node);
    node.dispose();
  });

  const statusCall = (config: object = {}) => ({
    verb: 'STATUS',
    cniVersion: '1.1.0',
    containerId: '',
    ifName: '',
    netns: '',
    args: '',
    config: { defaultPlugin: 'front', ...config },
  });
  const status = (config: object = {}) => node.call(form, statusCall(config));
  const asked = () => node.calls().flatMap(({ verb, plugin }) => (verb === 'STATUS' ? [plugin] : []));

  async function timed<T>(work: () => Promise<T>): Promise<T> {
    const before = performance.now();
    const answer = await work();
    expect(performance.now() - before).toBeLessThan(ALLOWED_MS);
    return answer;
  }

  test('M21: the default network’s plugins are asked in order, nothing is printed, nothing is left', async () => {
    expect(await status()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(asked()).toEqual(['bridge', 'tuning']);
    const [bridge] = node.calls().filter(({ verb }) => verb === 'STATUS');
    expect(bridge?.stdin).toEqual({ type: 'bridge', name: 'front', cniVersion: '1.1.0' });
    for (const name of ['CONTAINERID', 'NETNS', 'IFNAME', 'ARGS']) expect(bridge?.env[`CNI_${name}`]).toBe('');
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test.each([
    ['several defaults', { defaultPlugin: 'front,storage' }, ['bridge', 'macvlan', 'tuning']],
    ['no default: the first file', { defaultPlugin: '' }, ['bridge', 'tuning']],
  ])('M21: with %s these are asked', async (_what, config, plugins) => {
    expect(await status(config)).toMatchObject({ code: 0, stdout: '' });
    expect(asked().toSorted()).toEqual(plugins);
  });

  test.each([
    ['speaks an older version only', { VERSION: { stdout: { cniVersion: '1.0.0', supportedVersions: ['1.0.0'] } } }],
    ['knows no VERSION', { VERSION: { exit: 1, stdout: { code: 4, msg: 'unknown CNI_COMMAND: VERSION' } } }],
    ['names no versions', { VERSION: { stdout: { cniVersion: '0.2.0' } } }],
  ])('M21: a plugin that %s is passed over, the next one is asked', async (_what, answers) => {
    node.plugin('bridge', { ...answers, ...not(4, 'unknown CNI_COMMAND: STATUS') });
    expect(await status()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(asked()).toEqual(['tuning']);
  });

  test('M21: a network whose version has no STATUS is passed over', async () => {
    node.network('front', ['bridge'], { list: { cniVersion: '1.0.0' } });
    node.plugin('bridge', not(50, 'never asked'));
    expect(await status()).toMatchObject({ code: 0, stdout: '' });
    expect(node.calls()).toEqual([]);
  });

  test.each([
    [50, 51, 51],
    [51, 50, 51],
    [50, 7, 50],
    [7, 50, 50],
    [51, 7, 51],
    [120, 11, 120],
  ])('M21: of the codes %i and %i the worst wins: %i; both networks are named', async (front, storage, worst) => {
    node.plugin('tuning', not(front, 'front is sick'));
    node.plugin('macvlan', not(storage, 'storage is sick'));
    const answer = await status({ defaultPlugin: 'front,storage' });
    expect(answer).toMatchObject({ code: 1, json: { code: worst, cniVersion: '1.1.0' } });
    for (const part of ['front is sick', 'storage is sick', '"front"', '"storage"'])
      expect(JSON.stringify(JSON.parse(answer.stdout)).replaceAll('\\"', '"')).toContain(part);
  });

  test.each([
    ['a state folder that cannot be written', { stateDir: '/dev/null/braid' }, 'stateDir'],
    ['a default network that does not exist', { defaultPlugin: 'nosuch' }, 'nosuch'],
    ['a configuration folder that does not exist', { confDir: '/nonexistent/net.d' }, '/nonexistent/net.d'],
  ])('M21: %s is code 50 and named', async (_what, config, name) => {
    const answer = await status(config);
    expect(answer).toMatchObject({ code: 1, json: { code: 50 } });
    expect(answer.stdout).toContain(name);
  });

  test('M21: a missing plugin binary is code 50 and named', async () => {
    rmSync(join(node.binDir, 'tuning'));
    const answer = await status();
    expect(answer).toMatchObject({ code: 1, json: { code: 50, msg: expect.stringContaining('tuning') } });
  });

  test('M21: every failing part is named at once', async () => {
    node.plugin('bridge', not(51, 'bridge is sick'));
    const answer = await status({ stateDir: '/dev/null/braid' });
    expect(answer.json.code).toBe(51);
    for (const part of ['bridge is sick', 'stateDir']) expect(answer.stdout).toContain(part);
  });

  test.each([
    ['hangs in STATUS', { STATUS: { hang: true } }],
    ['hangs in VERSION', { VERSION: { hang: true } }],
    ['takes its time over and over', { VERSION: { delayMs: 1200 }, STATUS: { delayMs: 1200 } }],
  ])('M21: a plugin that %s is stopped within 2 s and named', async (_how, answers) => {
    for (const type of ['bridge', 'macvlan']) node.plugin(type, answers);
    const answer = await timed(() => status({ defaultPlugin: 'front,storage' }));
    expect(answer.code).toBe(1);
    for (const part of ['bridge', 'macvlan']) expect(answer.stdout).toContain(part);
  });

  test('M21: a state folder whose file system never answers does not keep STATUS waiting', async () => {
    // Making a folder in /proc with its parents goes on for ever in one of the two run-times, as on a dead network disk.
    const started = startCall(node, form, statusCall({ stateDir: '/proc/braid-state' }));
    const late = setTimeout(() => started.kill(), ALLOWED_MS);
    const answer = await started.ended;
    clearTimeout(late);
    expect([answer.code, answer.signal]).toEqual([1, null]);
    expect(JSON.parse(answer.stdout)).toMatchObject({ code: 50, msg: expect.stringContaining('stateDir') });
  });

  describe('with an API server', () => {
    let api: ApiServer;
    let kubeconfig: string;
    beforeEach(async () => {
      api = await startApiServer();
      kubeconfig = api.writeKubeconfig(join(node.dir, 'kube'), { auth: 'tokenFile' });
    });
    afterEach(() => api.stop());

    test('M21: one that answers is fine', async () => {
      expect(await status({ kubeconfig })).toMatchObject({ code: 0, stdout: '' });
      expect(requestsOfCalls(api)).toEqual(['GET /version']);
    });

    test('M21: one that is down is code 50 and named', async () => {
      const { port } = api;
      await api.stop();
      const answer = await timed(() => status({ kubeconfig }));
      expect(answer).toMatchObject({ code: 1, json: { code: 50 } });
      expect(answer.stdout).toContain(`127.0.0.1:${port}`);
    });

    test('M21: one that is slow is code 50 within 2 s', async () => {
      api.faults.latencyMs = 20_000;
      const answer = await timed(() => status({ kubeconfig }));
      expect(answer).toMatchObject({ code: 1, json: { code: 50 } });
    });

    test('M21 M27: none is asked where the runtime hands the annotations over', async () => {
      await api.stop();
      const capabilities = { [ANNOTATIONS]: true };
      expect(await status({ kubeconfig, capabilities })).toMatchObject({ code: 0, stdout: '' });
      expect(await status({ kubeconfig, capabilities: { [ANNOTATIONS]: false } })).toMatchObject({ code: 1 });
    });

    test.each([
      ['for every pod', {}],
      ['for definitions alone', { [ANNOTATIONS]: true }],
    ])('M21: a kubeconfig that cannot be read and is needed %s is code 50 and named', async (_what, capabilities) => {
      const broken = join(node.dir, 'broken-kubeconfig');
      writeFileSync(broken, 'clusters: [');
      const answer = await status({ kubeconfig: broken, capabilities });
      expect(answer).toMatchObject({ code: 1, json: { code: 50 } });
      expect(answer.stdout).toContain(broken);
    });
  });
});
