/** Which networks a pod gets on the built binary: annotations, defaults, file names, and what is said about them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';

beforeAll(prepareForms);

describe.each(BRAID_FORMS)('selecting networks with Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('front', ['bridge']);
    node.network('storage', ['macvlan']);
    node.network('third', ['ptp']);
  });
  afterEach(() => node.dispose());

  async function chosen(annotations: Record<string, string> | undefined, config: object = {}): Promise<string[]> {
    const answer = await node.call(form, {
      verb: 'ADD',
      ...(annotations ? { annotations } : {}),
      config: { ...config },
    });
    expect(answer.code, answer.stdout).toBe(0);
    return node.story().map((call) => call.replace('ADD ', ''));
  }

  test.each([
    ['front', ['bridge eth0']],
    ['storage,front', ['macvlan eth0', 'bridge eth1']],
    [' storage @ net0 , front ', ['bridge eth0', 'macvlan net0']],
    ['front,storage@eth0', ['macvlan eth0', 'bridge eth1']],
    ['front,storage@eth1,third', ['bridge eth0', 'macvlan eth1', 'ptp eth2']],
    ['front,front', ['bridge eth0', 'bridge eth1']],
    ['bridge,ptp', ['bridge eth0', 'ptp eth1']],
  ])('cni: %j', async (cni, expected) => {
    expect(await chosen({ cni })).toEqual(expected);
  });

  test('a list without the runtime’s interface name works and is warned of', async () => {
    const answer = await node.call(form, { verb: 'ADD', annotations: { cni: 'front@eth1,storage@net0' } });
    expect(answer.code).toBe(0);
    expect(node.story()).toEqual(['ADD bridge eth1', 'ADD macvlan net0']);
    expect(answer.stderr).toContain('no network has the interface name \\"eth0\\" that the runtime asks for');
  });

  test.each([
    ['a string', 'storage,third'],
    ['a list', ['storage', 'third']],
  ])('without annotation defaultPlugin decides, given as %s', async (_how, defaultPlugin) => {
    expect(await chosen({}, { defaultPlugin })).toEqual(['macvlan eth0', 'ptp eth1']);
  });

  test('without annotation and default the first valid file that is not ours is used, as a runtime would', async () => {
    node.conf('00-braid.conflist', { cniVersion: '1.0.0', name: 'braid', plugins: [{ type: 'braid' }] });
    node.conf('01-broken.conf', '{');
    node.conf('02-single.json', { cniVersion: '1.0.0', name: 'single', type: 'ptp' });
    expect(await chosen(undefined)).toEqual(['ptp eth0']);
  });

  test('an empty cni annotation means the defaults, with a warning', async () => {
    const answer = await node.call(form, {
      verb: 'ADD',
      annotations: { cni: ' ' },
      config: { defaultPlugin: 'third' },
    });
    expect(node.story()).toEqual(['ADD ptp eth0']);
    expect(answer.stderr).toContain('choosing by load is not available');
  });

  test('CNI-Genie finds a network by its file name after the first dash', async () => {
    node.conf('10-my-net.conf', { cniVersion: '1.0.0', name: 'k8s-pod-network', type: 'ptp' });
    expect(await chosen({ cni: 'my-net' })).toEqual(['ptp eth0']);
  });

  test('R1: of two files with one name the first .conflist is used, and the other is named', async () => {
    node.conf('05-front.conf', { cniVersion: '1.0.0', name: 'front', type: 'ptp' });
    node.conf('09-front.conflist', { cniVersion: '1.0.0', name: 'front', plugins: [{ type: 'macvlan' }] });
    const answer = await node.call(form, { verb: 'ADD', annotations: { cni: 'front' } });
    expect(node.story()).toEqual(['ADD macvlan eth0']);
    expect(answer.stderr).toContain('09-front.conflist is used, not');
  });

  test('R10: plugins of the folder of a list’s name are chained to it', async () => {
    mkdirSync(join(node.confDir, 'front'));
    writeFileSync(join(node.confDir, 'front', '10-tuning.conf'), JSON.stringify({ type: 'tuning' }));
    node.plugin('tuning');
    expect(await chosen({ cni: 'front' })).toEqual(['bridge eth0', 'tuning eth0']);
  });

  test('annotations from K8S_ANNOT in CNI_ARGS are read', async () => {
    const args = 'IgnoreUnknown=1;K8S_ANNOT={"cni":"storage"};K8S_POD_NAME=web;K8S_POD_NAMESPACE=shop';
    await node.call(form, { verb: 'ADD', args });
    expect(node.calls()[0]).toMatchObject({
      plugin: 'macvlan',
      env: { CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAME=web;K8S_POD_NAMESPACE=shop' },
    });
  });

  test('M32: binDir is searched after CNI_PATH and handed on to the delegates', async () => {
    const answer = await node.call(form, {
      verb: 'ADD',
      annotations: { cni: 'front' },
      cniPath: '/nonexistent',
      config: { binDir: node.binDir },
    });
    expect(answer.code).toBe(0);
    expect(node.calls()[0]?.env['CNI_PATH']).toBe(`/nonexistent:${node.binDir}`);
  });

  test('M5: only the primary network is asked for a default route', async () => {
    node.plugin('host-local');
    const ipam = { type: 'host-local', routes: [{ dst: '::0/0' }, { dst: '10.9.0.0/16' }] };
    node.network('front', ['bridge'], { plugin: { isDefaultGateway: true, ipam } });
    node.network('storage', ['macvlan'], { plugin: { isDefaultGateway: true, ipam } });
    const annotations = { cni: 'front,storage' };
    const answer = await node.call(form, { verb: 'ADD', annotations, config: { logLevel: 'info' } });
    const [front, storage] = node.calls();
    expect(front?.stdin).toMatchObject({ isDefaultGateway: true, ipam });
    expect(storage?.stdin).toMatchObject({ isDefaultGateway: false, ipam: { routes: [{ dst: '10.9.0.0/16' }] } });
    expect(answer.stderr).toContain('network \\"storage\\" (eth1) is not asked for a default route');
  });

  test('a 00-genie.conf works after its type was changed', async () => {
    const genie = {
      name: 'k8s-pod-network',
      cniVersion: '0.2.0',
      log_level: 'info',
      datastore_type: 'kubernetes',
      hostname: 'node-1',
      policy: { type: 'k8s', k8s_auth_token: '' },
      // As the template leaves it, brackets and all; nobody listens there, and K8S_ANNOT is not given.
      kubernetes: { k8s_api_root: 'https://[127.0.0.1]:1', kubeconfig: '' },
      romana_root: 'http://10.0.0.1:9600',
      segment_label_name: 'romanaSegment',
      etcd_endpoints: 'http://10.0.0.1:2379',
      default_plugin: 'front,storage',
    };
    node.network('front', ['bridge'], { plugin: { addresses: ['10.1.0.2/24'] } });
    const config = { ...genie, logFile: join(node.dir, 'log'), apiTimeoutMs: 300 };
    const answer = await node.call(form, { verb: 'ADD', annotations: {}, config });
    expect(answer.json).toEqual({ cniVersion: '0.2.0', ip4: { ip: '10.1.0.2/24' }, dns: {} });
    expect(node.story()).toEqual(['ADD bridge eth0', 'ADD macvlan eth1']);
    const log = (await node.call({ name: 'cat', command: ['cat', join(node.dir, 'log')] }, { verb: 'x' })).stdout;
    for (const key of ['datastore_type', 'hostname', 'romana_root', 'segment_label_name', 'etcd_endpoints']) {
      expect(log).toContain(`the CNI-Genie key \\"${key}\\" is ignored`);
    }
    expect(log).toContain('network selected');
  });
});
