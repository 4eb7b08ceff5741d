/**
 * Who may have which network: `namespaceIsolation` and `allowedNamespaces` hold for every reference of a pod, from
 * whichever annotation it came, and the error names the rule.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, prepareForms } from '../harness/braid-call.ts';
import { type Call, DEFAULT_NETWORK, NETWORKS, SelectScene } from './select-scene.ts';

beforeAll(prepareForms);

const ISOLATED = { namespaceIsolation: true };

describe.each(BRAID_FORMS)('isolation with Braid $name', (form) => {
  let scene: SelectScene;
  beforeEach(async () => {
    scene = await SelectScene.open(form);
    scene.network('net1', 'macvlan');
    scene.network('other/net9', 'ptp');
    scene.network('kube-system/net9', 'ptp');
  });
  afterEach(() => scene.close());

  async function refusal(call: Call) {
    const answer = await scene.call('ADD', call);
    expect([answer.code, scene.traces()], answer.stdout).toEqual([1, []]);
    expect(answer.stdout.trimEnd().split('\n')).toHaveLength(1);
    return { code: answer.json.code, msg: answer.json.msg, details: answer.json.details };
  }

  async function story(call: Call): Promise<string[]> {
    const answer = await scene.call('ADD', call);
    expect(answer.code, answer.stdout).toBe(0);
    return scene.node.story();
  }

  const forbidden = (why: string, network = 'other/net9', shared = 'default') => ({
    code: 7,
    msg: `${why}: a pod of namespace "shop" may not have network "${network}": rule "namespaceIsolation"`,
    details: `networks of its own namespace and of ${shared} are allowed ("globalNamespaces")`,
  });

  test.each([
    ['the short form', { [NETWORKS]: 'net1,other/net9' }, `annotation "${NETWORKS}", item 2`],
    ['the JSON form', { [NETWORKS]: '[{"name":"net9","namespace":"other"}]' }, `annotation "${NETWORKS}", item 1`],
    ['the default network', { [DEFAULT_NETWORK]: 'other/net9' }, `annotation "${DEFAULT_NETWORK}"`],
    ['its other spelling', { 'braid.dev/default-network': 'other/net9' }, 'annotation "braid.dev/default-network"'],
    [
      'the default network beside others',
      { [DEFAULT_NETWORK]: '[{"name":"net9","namespace":"other"}]', [NETWORKS]: 'net1' },
      `annotation "${DEFAULT_NETWORK}"`,
    ],
  ])('a definition of another namespace is refused through %s', async (_how, annotations, why) => {
    expect(await refusal({ annotations, config: ISOLATED })).toEqual(forbidden(why));
  });

  test('… through the annotation of the Namespace object', async () => {
    scene.namespace({ [DEFAULT_NETWORK]: 'other/net9' });
    const config = { ...ISOLATED, namespaceDefaults: true };
    const why = `annotation "${DEFAULT_NETWORK} (of the Namespace object)"`;
    expect(await refusal({ annotations: {}, config })).toEqual(forbidden(why));
  });

  test('… through the pod as the API server has it', async () => {
    scene.pod({ [NETWORKS]: 'other/net9' });
    expect(await refusal({ config: ISOLATED })).toEqual(forbidden(`annotation "${NETWORKS}", item 1`));
  });

  test('a bare default network is one of the operator’s namespace, and no exception', async () => {
    const annotations = { [DEFAULT_NETWORK]: 'net9' };
    const why = `annotation "${DEFAULT_NETWORK}"`;
    expect(await refusal({ annotations, config: ISOLATED })).toEqual(forbidden(why, 'kube-system/net9'));
    const config = { ...ISOLATED, globalNamespaces: 'kube-system' };
    expect(await story({ annotations, config })).toEqual(['ADD ptp eth0']);
  });

  test('the refusal does not tell whether the definition is there', async () => {
    const annotations = { [NETWORKS]: 'other/nosuch' };
    const why = `annotation "${NETWORKS}", item 1`;
    expect(await refusal({ annotations, config: ISOLATED })).toEqual(forbidden(why, 'other/nosuch'));
  });

  test.each<[string, Call, string]>([
    [
      'a definition that is elsewhere only',
      { annotations: { [NETWORKS]: 'net9' } },
      'check its name and its namespace',
    ],
    [
      'one that is in a namespace for all as well',
      { annotations: { [NETWORKS]: 'net9' }, config: { globalNamespaces: 'kube-system' } },
      'a definition of that name exists in: kube-system; write namespace/name',
    ],
    [
      'a network of the node that is kept for others',
      { annotations: { cni: 'front' }, config: { allowedNamespaces: { front: ['other'] } } },
      "the node's configuration keeps it for other namespaces",
    ],
  ])('the names of other namespaces are not told: %s', async (_what, call, details) => {
    expect(await refusal({ ...call, config: { ...ISOLATED, ...call.config } })).toMatchObject({ code: 7, details });
  });

  test('a pod whose namespace nobody knows has no namespace of its own', async () => {
    const annotations = { [NETWORKS]: 'other/net9' };
    const { code, msg } = await refusal({ annotations, config: ISOLATED, args: '' });
    expect([code, msg]).toEqual([7, expect.stringContaining('rule "namespaceIsolation"')]);
  });

  test.each([
    ['its own namespace, named', 'shop/net1', {}, 'ADD macvlan net1'],
    ['a namespace for all', 'other/net9', { globalNamespaces: 'infra, other' }, 'ADD ptp net1'],
    ['a namespace for all, from a list', 'other/net9', { globalNamespaces: ['other'] }, 'ADD ptp net1'],
    ['another namespace without isolation', 'other/net9', { namespaceIsolation: false }, 'ADD ptp net1'],
  ])('a definition of %s is had', async (_which, networks, config, added) => {
    const annotations = { [NETWORKS]: networks };
    expect(await story({ annotations, config: { ...ISOLATED, ...config } })).toEqual(['ADD bridge eth0', added]);
  });

  test('the namespace "default" is for all unless others are named', async () => {
    scene.network('default/shared', 'ptp');
    const annotations = { [NETWORKS]: 'default/shared' };
    const config = { ...ISOLATED, globalNamespaces: 'infra' };
    const why = `annotation "${NETWORKS}", item 1`;
    expect(await refusal({ annotations, config })).toEqual(forbidden(why, 'default/shared', 'infra'));
    expect(await story({ annotations, config: ISOLATED })).toEqual(['ADD bridge eth0', 'ADD ptp net1']);
  });

  test('what the operator names is not bound by it', async () => {
    const config = { ...ISOLATED, defaultPlugin: undefined, clusterNetwork: 'net9', defaultNetworks: ['net9'] };
    expect(await story({ annotations: {}, config })).toEqual(['ADD ptp eth0', 'ADD ptp net1']);
  });

  describe('a network of the node that is kept for some namespaces', () => {
    const KEPT = { allowedNamespaces: { storage: ['infra', 'backup'] } };
    const kept = (why: string) => ({
      code: 7,
      msg: `${why}: a pod of namespace "shop" may not have network "storage": rule "allowedNamespaces"`,
      details: "the node's configuration keeps it for infra, backup",
    });
    beforeEach(() => {
      scene.node.plugin('macvlan');
      scene.node.conf('10-stock.conf', { cniVersion: '1.0.0', name: 'storage', type: 'macvlan' });
      scene.define('storage', undefined);
      scene.api.putObject('/apis/alpha.network.k8s.io/v1/namespaces/shop/logicalnetworks/logic', {
        apiVersion: 'alpha.network.k8s.io/v1',
        kind: 'LogicalNetwork',
        metadata: { namespace: 'shop', name: 'logic' },
        spec: { plugin: 'storage' },
      });
    });

    test.each([
      ['by its name', { cni: 'front,storage' }, 'annotation "cni", item 2'],
      ['by the name of its file', { cni: 'stock' }, 'annotation "cni"'],
      ['by its type', { cni: 'macvlan' }, 'annotation "cni"'],
      ['by a definition without a configuration', { [NETWORKS]: 'storage' }, `annotation "${NETWORKS}", item 1`],
      ['by the default network', { [DEFAULT_NETWORK]: 'shop/storage' }, `annotation "${DEFAULT_NETWORK}"`],
      ['by a logical network', { cni: '', networks: 'logic' }, 'annotation "networks"'],
    ])('is refused %s', async (_how, annotations, why) => {
      expect(await refusal({ annotations, config: KEPT })).toEqual(kept(why));
    });

    test('is refused when the node’s defaults name it, and to pods without a namespace', async () => {
      const config = { ...KEPT, defaultPlugin: 'storage' };
      expect(await refusal({ annotations: {}, config })).toEqual(kept('configuration key "defaultPlugin"'));
      const { code, msg } = await refusal({ annotations: { cni: 'storage' }, config: KEPT, args: '' });
      expect([code, msg]).toEqual([7, expect.stringContaining('a pod of namespace "" may not have network "storage"')]);
    });

    test('is had by those namespaces, and other networks by all', async () => {
      const call = { annotations: { cni: 'front,storage' }, config: { ...KEPT, statusWriteBack: 'off' } };
      const args = 'K8S_POD_NAMESPACE=backup;K8S_POD_NAME=web';
      expect(await story({ ...call, args })).toEqual(['ADD bridge eth0', 'ADD macvlan eth1']);
      expect(await scene.call('ADD', { ...call, containerId: 'c2', annotations: { cni: 'front' } })).toMatchObject({
        code: 0,
      });
    });

    test('an empty list keeps it for nobody', async () => {
      const { details } = await refusal({
        annotations: { cni: 'storage' },
        config: { allowedNamespaces: { storage: [] } },
      });
      expect(details).toBe("the node's configuration keeps it for nobody");
    });
  });
});
