/** The networks that a pod did not list: which annotation or key gives the default one, and what every pod has besides. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, prepareForms } from '../harness/braid-call.ts';
import { type Call, DEFAULT_NETWORK, NETWORKS, SelectScene } from './select-scene.ts';

beforeAll(prepareForms);

const OWN = 'braid.dev/default-network';

describe.each(BRAID_FORMS)('default networks with Braid $name', (form) => {
  let scene: SelectScene;
  beforeEach(async () => {
    scene = await SelectScene.open(form);
    scene.network('net1', 'macvlan');
    scene.network('kube-system/pod-default', 'ptp');
    scene.network('kube-system/team-default', 'vlan');
    scene.network('kube-system/monitor', 'ipvlan');
  });
  afterEach(() => scene.close());

  async function story(call: Call): Promise<string[]> {
    const answer = await scene.call('ADD', call);
    expect(answer.code, answer.stdout).toBe(0);
    return scene.node.story().map((entry) => entry.replace('ADD ', ''));
  }

  const POD = { [DEFAULT_NETWORK]: 'pod-default' };
  const TEAM = { [DEFAULT_NETWORK]: 'team-default' };

  test.each([
    ['the pod’s before the Namespace’s and the node’s', POD, TEAM, ['ptp eth0']],
    ['the Namespace’s before the node’s', {}, TEAM, ['vlan eth0']],
    ['the node’s when nobody says anything', {}, {}, ['bridge eth0']],
    ['the pod’s in its other spelling', { [OWN]: 'kube-system/pod-default' }, TEAM, ['ptp eth0']],
    ['the Namespace’s in its other spelling', {}, { [OWN]: 'team-default' }, ['vlan eth0']],
    ['the Namespace’s beside selected networks', { [NETWORKS]: 'net1' }, TEAM, ['vlan eth0', 'macvlan net1']],
    ['the pod’s beside selected networks', { ...POD, [NETWORKS]: 'net1' }, TEAM, ['ptp eth0', 'macvlan net1']],
    ['none beside a complete list', { ...POD, cni: 'front,front' }, TEAM, ['bridge eth0', 'bridge eth1']],
  ])('%s', async (_which, annotations, namespaceAnnotations, expected) => {
    scene.node.network('front', ['bridge']);
    scene.namespace(namespaceAnnotations);
    const config = { namespaceDefaults: true };
    expect(await story({ annotations, config })).toEqual(expected);
    expect(await scene.call('DEL', { config })).toMatchObject({ code: 0 });
    expect([scene.node.made(), scene.node.records()]).toEqual([[], []]);
  });

  test('the Namespace object is read only where it may say something', async () => {
    scene.namespace(TEAM);
    expect(await story({ annotations: {} })).toEqual(['bridge eth0']);
    expect(scene.requests()).toEqual(['PATCH pod shop/web/status']);
  });

  test('the Namespace object costs one request, its definition another', async () => {
    scene.namespace(TEAM);
    await story({ annotations: { [NETWORKS]: 'net1' }, config: { namespaceDefaults: true } });
    scene.expectAsked(
      'GET namespace shop',
      'GET definition kube-system/team-default',
      'GET definition shop/net1',
      'PATCH pod shop/web/status',
    );
  });

  test.each<[string, () => void, number, string, string]>([
    [
      'may not be read',
      () => scene.api.deny('get', 'namespaces'),
      7,
      '403',
      'apply config/rbac/namespace-defaults.yaml',
    ],
    ['is not there', () => undefined, 11, 'the API server does not know it', ''],
    ['cannot be had', () => void Object.assign(scene.api.faults, { hang: 9 }), 11, 'no final answer', ''],
  ])('a Namespace object that %s may decide, so the ADD fails', async (_how, fail, code, cause, hint) => {
    fail();
    const config = { namespaceDefaults: true, apiTimeoutMs: 600 };
    const answer = await scene.call('ADD', { annotations: {}, config });
    expect([answer.code, scene.traces()]).toEqual([1, []]);
    expect(answer.json).toMatchObject({ code, msg: expect.stringContaining('Namespace object "shop"') });
    expect(answer.json.msg).toContain(cause);
    expect(answer.json.details).toContain(hint);
    expect(answer.json.details).toContain('or set "namespaceDefaults" to false');
  });

  test('what the Namespace object says wrongly is said to be there', async () => {
    scene.namespace({ [DEFAULT_NETWORK]: 'a,b' });
    const { json } = await scene.call('ADD', { annotations: {}, config: { namespaceDefaults: true } });
    expect(json).toMatchObject({
      code: 7,
      msg: `annotation "${DEFAULT_NETWORK} (of the Namespace object)": names 2 networks, not one`,
    });
    expect(scene.traces()).toEqual([]);
  });

  test('two spellings of the pod that differ are refused, and do when they agree', async () => {
    const { json } = await scene.call('ADD', { annotations: { ...POD, [OWN]: 'team-default' } });
    expect(json).toMatchObject({ code: 7, msg: expect.stringContaining('two different default networks') });
    expect(scene.traces()).toEqual([]);
    expect(await story({ annotations: { ...POD, [OWN]: 'pod-default' } })).toEqual(['ptp eth0']);
  });

  test.each([
    ['a bare name is one of kube-system', 'pod-default', {}, 'ptp eth0'],
    ['a bare name is one of networkNamespace', 'net1', { networkNamespace: 'shop' }, 'macvlan eth0'],
    ['ns/name is one of that namespace', 'shop/net1', {}, 'macvlan eth0'],
    ['the JSON form', '[{"name":"net1","namespace":"shop"}]', {}, 'macvlan eth0'],
  ])('the default network of a pod: %s', async (_how, value, config, expected) => {
    expect(await story({ annotations: { [DEFAULT_NETWORK]: value }, config })).toEqual([expected]);
    expect(scene.status()).toMatchObject([{ interface: 'eth0', default: true }]);
  });

  test('a default network is a definition, and no file of the node stands in for it', async () => {
    const { json } = await scene.call('ADD', { annotations: { [DEFAULT_NETWORK]: 'front' } });
    expect(json).toMatchObject({
      code: 7,
      msg: `annotation "${DEFAULT_NETWORK}": there is no definition "kube-system/front" in the API server`,
    });
    expect(scene.traces()).toEqual([]);
  });

  test('a default network under another interface name is warned of', async () => {
    const answer = await scene.call('ADD', { annotations: { [DEFAULT_NETWORK]: 'pod-default@lan0' } });
    expect([answer.code, scene.node.story()]).toEqual([0, ['ADD ptp lan0']]);
    expect(answer.stderr).toContain('no network has the interface name \\"eth0\\"');
  });

  describe('STATUS', () => {
    const config = { defaultPlugin: undefined, clusterNetwork: 'pod-default', defaultNetworks: ['monitor'] };
    const status = () =>
      scene.call('STATUS', { cniVersion: '1.1.0', config: { ...config, confDir: scene.node.confDir } });

    test('a node whose default networks are definitions is ready when they are there', async () => {
      expect(await status()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(scene.traces()).toEqual([]);
    });

    test('… and is not when one of them is not', async () => {
      scene.define('kube-system/monitor', '{');
      const { json } = await status();
      expect(json).toMatchObject({ code: 50, msg: expect.stringContaining('"defaultNetworks[0]"') });
    });

    test('M21: an API server that never answers does not keep it waiting', async () => {
      scene.api.faults.hang = 99;
      const before = performance.now();
      const { json } = await status();
      expect(json).toMatchObject({ code: 50, details: expect.stringContaining('definition kube-system/pod-default') });
      // Far below apiTimeoutMs; 2 s and what a busy machine takes to start a process.
      expect(performance.now() - before).toBeLessThan(5000);
    });
  });

  describe('networks for every pod', () => {
    const config = { defaultNetworks: ['monitor', 'front'] };

    test.each([
      ['come after the default', {}, ['bridge eth0', 'ipvlan net1', 'bridge net2']],
      [
        'are counted before the selected',
        { [NETWORKS]: 'net1' },
        ['bridge eth0', 'ipvlan net1', 'bridge net2', 'macvlan net3'],
      ],
      [
        'leave names alone that a pod asks for',
        { [NETWORKS]: 'net1@net1' },
        ['bridge eth0', 'ipvlan net2', 'bridge net3', 'macvlan net1'],
      ],
      ['are there beside a pod’s own default', POD, ['ptp eth0', 'ipvlan net1', 'bridge net2']],
      ['are not added to a complete list', { cni: 'front' }, ['bridge eth0']],
    ])('%s', async (_how, annotations, expected) => {
      scene.node.network('front', ['bridge']);
      expect(await story({ annotations, config })).toEqual(expected);
    });

    test('are not for pods of system namespaces', async () => {
      const ofSystem = (namespace: string) => ({
        annotations: {},
        args: `K8S_POD_NAMESPACE=${namespace};K8S_POD_NAME=dns`,
        containerId: namespace,
        config: { ...config, defaultNetworks: ['monitor'], statusWriteBack: 'off' },
      });
      expect(await story(ofSystem('kube-system'))).toEqual(['bridge eth0']);
      const own = { ...ofSystem('admin'), config: { ...ofSystem('admin').config, systemNamespaces: ['admin'] } };
      expect(await story(own)).toEqual(['bridge eth0', 'bridge eth0']);
      const others = { ...own, args: 'K8S_POD_NAMESPACE=kube-system;K8S_POD_NAME=dns', containerId: 'c3' };
      expect((await story(others)).slice(2)).toEqual(['bridge eth0', 'ipvlan net1']);
    });

    test('one that is nowhere is an error that names its key', async () => {
      const lost = { defaultNetworks: ['monitor', 'lost'] };
      const { json } = await scene.call('ADD', { annotations: {}, config: lost });
      const searched = `${scene.node.confDir}, nor as definition kube-system/lost (there is none)`;
      expect(json).toMatchObject({
        code: 7,
        msg: `configuration key "defaultNetworks[1]": there is no network "lost" in ${searched}`,
      });
      expect(scene.traces()).toEqual([]);
    });
  });

  describe('CNI-Genie’s list as the node’s default', () => {
    test.each([
      ['two networks', 'front,storage', ['bridge eth0', 'sriov eth1', 'macvlan net2']],
      ['names after @', 'front@san0,storage@eth0', ['sriov eth0', 'bridge san0', 'macvlan net2']],
      ['the runtime’s name for the second', 'front,storage@eth0', ['sriov eth0', 'bridge eth1', 'macvlan net2']],
    ])('%s, and a selected network beside them', async (_how, defaultPlugin, expected) => {
      scene.node.network('storage', ['sriov']);
      const beside = await story({ annotations: { [NETWORKS]: 'net1' }, config: { defaultPlugin } });
      expect(beside).toEqual(expected);
    });
  });
});
