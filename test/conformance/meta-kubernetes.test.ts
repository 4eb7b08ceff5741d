/** M15, M27 to M32: what Kubernetes and its runtimes hand over, on the built binary with an API server over real TLS. */
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../doubles/api-server.ts';
import { contacts, expectAsked, requestsOfCalls } from '../harness/api-traffic.ts';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { shellPlugin } from './started-call.ts';

beforeAll(prepareForms);

const ANNOTATIONS = 'io.kubernetes.cri.pod-annotations';
const TWO = { cni: 'front,storage' };

describe.each(BRAID_FORMS)('a pod of Kubernetes with Braid $name', (form) => {
  let node: BraidNode;
  let api: ApiServer;
  let kubeconfig: string;
  beforeEach(async () => {
    node = new BraidNode();
    node.network('front', ['bridge'], { plugin: { addresses: ['10.1.0.2/24'] } });
    node.network('storage', ['macvlan']);
    api = await startApiServer();
    api.putPod({ namespace: 'shop', name: 'web', uid: 'u1', annotations: TWO });
    kubeconfig = api.writeKubeconfig(join(node.dir, 'kube'), { auth: 'tokenFile' });
  });
  afterEach(async () => {
    await api.stop();
    node.dispose();
  });

  const call = (verb: string, config: object = {}, rest: object = {}) =>
    node.call(form, { verb, config: { kubeconfig, statusWriteBack: 'off', ...config }, ...rest });

  test('M27: annotations that the runtime hands over need no request, and win over the API server’s', async () => {
    expect(await call('ADD', {}, { annotations: { cni: 'storage' } })).toMatchObject({ code: 0, stderr: '' });
    expect([node.story(), contacts(form, api)]).toEqual([['ADD macvlan eth0'], 0]);
  });

  test.each([
    ['no annotations at all', {}],
    ['another annotation', { team: 'shop' }],
  ])('M27: a pod with %s is served without a request too', async (_what, annotations) => {
    expect(await call('ADD', { defaultPlugin: 'storage' }, { annotations })).toMatchObject({ code: 0 });
    expect([node.story(), contacts(form, api)]).toEqual([['ADD macvlan eth0'], 0]);
  });

  test('M27: a runtime that hands nothing over costs one request', async () => {
    expect(await call('ADD')).toMatchObject({ code: 0, stderr: '' });
    expect(node.story()).toEqual(['ADD bridge eth0', 'ADD macvlan eth1']);
    expectAsked(form, requestsOfCalls(api), ['GET /api/v1/namespaces/shop/pods/web']);
  });

  const POD_WIDE = {
    portMappings: [{ HostPort: 8080, ContainerPort: 80, Protocol: 'tcp', HostIP: '' }],
    bandwidth: { ingressRate: 1, ingressBurst: 1 },
    ips: ['10.1.0.9/24'],
    mac: '02:00:00:00:00:09',
    deviceID: '0000:01:00.0',
  };
  const SHARED = { dns: { servers: ['10.0.0.10'] }, cgroupPath: '/kubepods/x', [ANNOTATIONS]: TWO };
  const declared = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, true]));

  test.each([
    ['all', Object.keys({ ...POD_WIDE, ...SHARED }), { ...POD_WIDE, ...SHARED }, SHARED],
    ['port mappings', ['portMappings'], { portMappings: POD_WIDE.portMappings }, undefined],
    ['DNS', ['dns'], { dns: SHARED.dns }, { dns: SHARED.dns }],
    ['none', [], undefined, undefined],
  ])('M28: plugins that declare %s: what is pod-wide reaches the primary only', async (_what, names, first, second) => {
    for (const [network, type] of Object.entries({ front: 'bridge', storage: 'macvlan' }))
      node.network(network, [type], { plugin: { capabilities: { ...declared(names), unknown: true } } });
    const answer = await call('ADD', { runtimeConfig: { ...POD_WIDE, ...SHARED } });
    expect(answer, answer.stdout).toMatchObject({ code: 0 });
    const given = node.calls().map(({ stdin }) => stdin);
    expect(given.map(({ runtimeConfig }) => runtimeConfig)).toEqual([first, second]);
    for (const config of given) expect(config).not.toHaveProperty('capabilities');
  });

  test('M28: a capability that is declared false, and one on disk only, reach nobody', async () => {
    const plugin = { capabilities: { portMappings: false, mac: true }, runtimeConfig: { mac: 'from disk' } };
    node.network('front', ['bridge'], { plugin });
    const runtimeConfig = { portMappings: POD_WIDE.portMappings, [ANNOTATIONS]: { cni: 'front' } };
    expect(await call('ADD', { runtimeConfig })).toMatchObject({ code: 0 });
    expect(node.calls()[0]?.stdin).not.toHaveProperty('runtimeConfig');
  });

  test.each([
    ['is gone', () => void api.deletePod('shop', 'web'), 'does not know pod shop/web'],
    [
      'is another one of its name',
      () => void api.putPod({ namespace: 'shop', name: 'web', uid: 'u2', annotations: TWO }),
      'has uid u2, the runtime asks for uid u1',
    ],
  ])(
    'M29 M15: a pod that %s is code 11 on ADD before anything runs, and no matter on DEL',
    async (_how, change, message) => {
      await call('ADD', {}, { containerId: 'earlier' });
      const story = node.story();
      change();
      expect(await call('ADD')).toMatchObject({ code: 1, json: { code: 11, msg: expect.stringContaining(message) } });
      expect(node.story()).toEqual(story);
      expect(await call('DEL')).toMatchObject({ code: 0, stdout: '' });
      expect(await call('DEL', {}, { containerId: 'earlier' })).toMatchObject({ code: 0, stdout: '' });
      expect([node.made(), node.records()]).toEqual([[], []]);
    },
  );

  test('M29: a static pod, whose mirror has another uid, is not refused', async () => {
    const annotations = { ...TWO, 'kubernetes.io/config.mirror': 'u1' };
    api.putPod({ namespace: 'shop', name: 'web', uid: 'u2', annotations });
    expect(await call('ADD')).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    ['a list', '40-old.conflist', { name: 'old', plugins: [{ type: 'ptp' }] }],
    ['a single configuration', '40-old.conf', { name: 'old', type: 'ptp' }],
    ['a single configuration in JSON', '40-old.json', { name: 'old', type: 'ptp', cniVersion: '' }],
  ])('M30: %s without cniVersion is run at that of our own configuration', async (_what, file, content) => {
    node.conf(file, content);
    node.plugin('ptp');
    for (const cniVersion of ['0.4.0', '1.1.0']) {
      const answer = await call('ADD', {}, { cniVersion, containerId: cniVersion, annotations: { cni: 'old' } });
      expect(answer.json).toMatchObject({ cniVersion, interfaces: [{ name: 'eth0' }] });
      expect(node.calls().at(-1)?.stdin).toMatchObject({ name: 'old', cniVersion });
    }
  });

  test('M30: a network with a version of its own keeps it', async () => {
    node.network('front', ['bridge'], { list: { cniVersion: '0.3.1' } });
    const answer = await call('ADD', {}, { cniVersion: '1.1.0', annotations: { cni: 'front' } });
    expect([answer.json.cniVersion, node.calls()[0]?.stdin.cniVersion]).toEqual(['1.1.0', '0.3.1']);
  });

  // The file that flannel needs of a node is any that is there.
  const flannel = (dataDir?: string) => ({
    cniVersion: '1.0.0',
    plugins: [{ type: 'flannel', subnetFile: '/dev/null', ...(dataDir ? { dataDir } : {}) }],
  });

  test.each([
    ['twice the same network', { one: flannel() }, 'one,one'],
    ['two networks with the usual folder', { one: flannel(), two: flannel() }, 'one,two'],
    ['two networks with one folder', { one: flannel('/var/lib/x'), two: flannel('/var/lib/x') }, 'one,two'],
  ])('M31: flannel, %s: refused before anything runs, for one lease would leak', async (_what, networks, cni) => {
    node.plugin('flannel');
    for (const [name, list] of Object.entries(networks)) node.conf(`50-${name}.conflist`, { name, ...list });
    const answer = await call('ADD', {}, { annotations: { cni } });
    expect(answer).toMatchObject({ code: 1, json: { code: 7, msg: expect.stringContaining('flannel') } });
    expect(JSON.stringify(answer.json)).toContain('dataDir');
    expect(node.calls()).toEqual([]);
  });

  test('M31: flannel once, or with a folder for each network, is run', async () => {
    for (const type of ['flannel', 'bridge', 'host-local']) node.plugin(type);
    for (const name of ['one', 'two']) node.conf(`50-${name}.conflist`, { name, ...flannel(`/var/lib/${name}`) });
    expect(await call('ADD', {}, { annotations: { cni: 'front,one,two' } })).toMatchObject({ code: 0 });
    expect(node.story()).toEqual(['ADD bridge eth0', 'ADD flannel eth1', 'ADD flannel eth2']);
  });

  test('M32: a helper beside a plugin in a configured folder is found through the plugin’s own CNI_PATH', async () => {
    node.conf('40-outer.conflist', { cniVersion: '1.0.0', name: 'outer', plugins: [{ type: 'outer' }] });
    const search = 'IFS=:; for d in $CNI_PATH; do [ -x "$d/bridge" ] && exec "$d/bridge"; done; exit 3';
    shellPlugin(node, 'outer', search);
    for (const binDir of [node.binDir, ['/nonexistent/a', node.binDir]]) {
      const containerId = `c${[binDir].flat().length}`;
      const rest = { containerId, annotations: { cni: 'outer' }, cniPath: '/nonexistent/first' };
      expect(await call('ADD', { binDir }, rest)).toMatchObject({ code: 0 });
      expect(await call('DEL', { binDir }, rest)).toMatchObject({ code: 0, stdout: '' });
    }
    const paths = node.calls().map(({ verb, env }) => `${verb} ${env['CNI_PATH']}`);
    const [one, two] = [`/nonexistent/first:${node.binDir}`, `/nonexistent/first:/nonexistent/a:${node.binDir}`];
    expect(paths).toEqual([`ADD ${one}`, `DEL ${one}`, `ADD ${two}`, `DEL ${two}`]);
  });
});
