/** CNI-Genie's logical networks on the built binary: what the delegate gets of LogicalNetwork and PhysicalNetwork objects. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, prepareForms } from '../harness/braid-call.ts';
import { SelectScene } from './select-scene.ts';

beforeAll(prepareForms);

const GROUP = 'alpha.network.k8s.io';

describe.each(BRAID_FORMS)('logical networks with Braid $name', (form) => {
  let scene: SelectScene;
  const ipam = {
    type: 'host-local',
    subnet: '10.10.0.0/16',
    rangeStart: '10.10.0.9',
    gateway: '10.10.0.1',
    dataDir: '/x',
  };
  beforeEach(async () => {
    scene = await SelectScene.open(form);
    scene.node.plugin('host-local');
    scene.node.network('lan', ['macvlan'], { plugin: { master: 'eth7', ipam, addresses: ['10.10.0.9/16'] } });
    scene.node.network('wan', ['ptp'], {
      plugin: { ipam: { type: 'host-local', ranges: [[{ subnet: '10.20.0.0/16' }], [{ subnet: 'fd00::/64' }]] } },
    });
  });
  afterEach(() => scene.close());

  function put(kind: 'Logical' | 'Physical', name: string, spec: object | undefined, namespace = 'shop'): void {
    scene.api.putObject(`/apis/${GROUP}/v1/namespaces/${namespace}/${kind.toLowerCase()}networks/${name}`, {
      apiVersion: `${GROUP}/v1`,
      kind: `${kind}Network`,
      metadata: { namespace, name },
      ...(spec ? { spec } : {}),
    });
  }

  const add = (networks: string, config: Record<string, unknown> = {}) =>
    scene.call('ADD', { annotations: { cni: '', networks }, config });

  /** What the plugins of one logical network got. */
  async function given(networks = 'logic') {
    const answer = await add(networks);
    expect(answer.code, answer.stdout).toBe(0);
    return scene.node.calls().map(({ stdin }) => stdin);
  }

  const DEDICATED = { refer_nic: 'ens5', sharedStatus: { plugin: 'lan', subnet: '10.30.0.0/16', dedicatedNet: true } };
  const SHARED = { refer_nic: 'ens5', sharedStatus: { plugin: 'wan', subnet: '10.30.0.0/16', dedicatedNet: false } };
  const moved = (subnet: string) => ({ type: 'host-local', subnet, dataDir: '/x' });

  test.each([
    ['a plugin alone', { plugin: 'lan' }, undefined, { master: 'eth7', ipam }],
    [
      'a plugin and a part of its subnet',
      { plugin: 'lan', sub_subnet: '10.10.0.0/24' },
      undefined,
      { master: 'eth7', ipam: { ...ipam, subnet: '10.10.0.0/24' } },
    ],
    [
      'a subnet with host bits',
      { plugin: 'lan', sub_subnet: '10.31.7.9/16' },
      undefined,
      { master: 'eth7', ipam: moved('10.31.0.0/16') },
    ],
    [
      'a dedicated physical network',
      { physicalNet: 'phys' },
      DEDICATED,
      { master: 'ens5', ipam: moved('10.30.0.0/16') },
    ],
    [
      'a part of it',
      { physicalNet: 'phys', sub_subnet: '10.30.4.0/24' },
      DEDICATED,
      { master: 'ens5', ipam: moved('10.30.4.0/24') },
    ],
    [
      'a dedicated one, whose plugin wins',
      { physicalNet: 'phys', plugin: 'wan' },
      DEDICATED,
      { master: 'ens5', ipam: moved('10.30.0.0/16') },
    ],
    [
      'a shared one with a plugin of its own',
      { physicalNet: 'phys', plugin: 'lan' },
      SHARED,
      { master: 'ens5', ipam: moved('10.30.0.0/16') },
    ],
    ['blanks and nulls', { physicalNet: null, sub_subnet: ' ', plugin: ' lan ' }, undefined, { master: 'eth7', ipam }],
  ])('%s: exactly this reaches the delegate', async (_what, logical, physical, expected) => {
    put('Logical', 'logic', logical);
    if (physical) put('Physical', 'phys', physical);
    expect(await given()).toEqual([
      { cniVersion: '1.0.0', name: 'lan', type: 'macvlan', addresses: ['10.10.0.9/16'], ...expected },
    ]);
  });

  test('where ranges are used the first one is moved, and a plugin without a card keeps none', async () => {
    put('Logical', 'logic', { physicalNet: 'phys', plugin: 'wan' });
    put('Physical', 'phys', SHARED);
    expect(await given()).toEqual([
      {
        cniVersion: '1.0.0',
        name: 'wan',
        type: 'ptp',
        ipam: { type: 'host-local', ranges: [[{ subnet: '10.30.0.0/16' }], [{ subnet: 'fd00::/64' }]] },
      },
    ]);
  });

  test('what does not fit the subnet is left out with a warning, and DEL gets what ADD got', async () => {
    put('Logical', 'logic', { plugin: 'lan', sub_subnet: '10.31.0.0/16' });
    const { stderr } = await add('logic');
    expect(stderr).toContain('left out: \\"rangeStart\\" 10.10.0.9, \\"gateway\\" 10.10.0.1');
    expect(await scene.call('DEL')).toMatchObject({ code: 0, stdout: '' });
    const [added, deleted] = scene.node.calls().map(({ stdin }) => stdin);
    expect([added.ipam, deleted.ipam]).toEqual([moved('10.31.0.0/16'), moved('10.31.0.0/16')]);
  });

  test('two of them: names after @, one request each, both annotations of the status', async () => {
    put('Logical', 'one', { physicalNet: 'phys' });
    put('Logical', 'two', { physicalNet: 'phys', sub_subnet: '10.30.4.0/24' });
    put('Physical', 'phys', DEDICATED);
    scene.node.plugin('macvlan', {
      ADD: [1, 2].map((number) => ({
        stdout: { cniVersion: '1.0.0', ips: [{ address: `10.30.${number}.2/16` }, { address: `fd0${number}::2/64` }] },
      })),
    });
    expect(await add('two@eth4, one@eth0')).toMatchObject({ code: 0 });
    expect(scene.node.story()).toEqual(['ADD macvlan eth0', 'ADD macvlan eth4']);
    scene.expectAsked(
      'GET logical network shop/one',
      'GET logical network shop/two',
      'GET physical network shop/phys',
      'PATCH pod shop/web/status',
    );
    expect(scene.status()).toMatchObject([
      { name: 'shop/one', interface: 'eth0', default: true },
      { name: 'shop/two', interface: 'eth4', default: false },
    ]);
    const annotations = scene.api.pod('shop', 'web')?.metadata.annotations ?? {};
    expect(JSON.parse(annotations['multi-ip-preferences'] ?? '')).toEqual({
      multi_entry: 4,
      ips: {
        ip1: { ip: '10.30.1.2', interface: 'eth0' },
        ip2: { ip: 'fd01::2', interface: 'eth0' },
        ip3: { ip: '10.30.2.2', interface: 'eth4' },
        ip4: { ip: 'fd02::2', interface: 'eth4' },
      },
    });
  });

  test('CHECK and DEL ask nothing', async () => {
    put('Logical', 'logic', { plugin: 'lan' });
    const { json } = await add('logic');
    await scene.api.stop();
    expect(await scene.call('CHECK', { config: { prevResult: json } })).toMatchObject({ code: 0 });
    expect(await scene.call('DEL')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect([scene.node.made(), scene.node.records()]).toEqual([[], []]);
    await scene.api.start();
  });

  describe('what is wrong', () => {
    async function refusal(networks = 'logic') {
      const answer = await add(networks);
      expect([answer.code, scene.traces()], answer.stdout).toEqual([1, []]);
      return { code: answer.json.code, msg: answer.json.msg, details: answer.json.details };
    }
    const broken = (cause: string) => ({
      code: 7,
      msg: `annotation "networks": logical network "shop/logic" cannot be used: logical network shop/logic: ${cause}`,
      details: 'correct it there',
    });

    test.each([
      [
        'a part outside the physical subnet',
        { physicalNet: 'phys', sub_subnet: '10.40.0.0/24' },
        DEDICATED,
        '"sub_subnet" 10.40.0.0/24 is no part of 10.30.0.0/16, the "subnet" of its physical network',
      ],
      [
        'a part larger than the physical subnet',
        { physicalNet: 'phys', sub_subnet: '10.0.0.0/8' },
        DEDICATED,
        '"sub_subnet" 10.0.0.0/8 is no part of 10.30.0.0/16, the "subnet" of its physical network',
      ],
      [
        'no subnet',
        { plugin: 'lan', sub_subnet: '10.0.0' },
        undefined,
        '"sub_subnet" is "10.0.0", which is no subnet such as 10.1.0.0/16',
      ],
      ['nothing', {}, undefined, 'it has neither "physicalNet" nor "plugin"'],
      [
        'a shared network without a plugin',
        { physicalNet: 'phys' },
        SHARED,
        'its physical network is shared ("dedicatedNet" is not true), so it needs a "plugin" of its own',
      ],
      [
        'a physical network that is not there',
        { physicalNet: 'phys' },
        undefined,
        'there is no physical network shop/phys, its "physicalNet"',
      ],
      [
        'a card with an impossible name',
        { physicalNet: 'phys' },
        { ...DEDICATED, refer_nic: '../eth0' },
        '"refer_nic" of its physical network is "../eth0": interface name contains / or : or whitespace characters',
      ],
      ['no spec', undefined, undefined, '"spec" must be an object'],
    ])('%s', async (_what, logical, physical, cause) => {
      put('Logical', 'logic', logical);
      put('Physical', 'other', SHARED);
      if (physical) put('Physical', 'phys', physical);
      expect(await refusal()).toEqual(broken(cause));
    });

    test('a network that the node does not have', async () => {
      put('Logical', 'logic', { plugin: 'nosuch' });
      const cause = `there is no network "nosuch" in ${scene.node.confDir}; networks there: front, lan, wan`;
      expect(await refusal()).toEqual(broken(cause));
    });

    test('none of that name, an item that is empty, one of another namespace', async () => {
      put('Logical', 'logic', { plugin: 'lan' }, 'other');
      expect(await refusal()).toMatchObject({
        code: 7,
        msg: 'annotation "networks": there is no logical network "shop/logic" in the API server',
      });
      expect(await refusal('logic,')).toMatchObject({ code: 7, msg: 'annotation "networks", item 2: is empty' });
      expect(await refusal('other/logic')).toMatchObject({
        code: 7,
        msg: 'annotation "networks": "other/logic" is not a network name',
      });
    });

    test('their CustomResourceDefinition is not installed, or we may not read them', async () => {
      const { msg, details } = await refusal();
      expect(msg).toContain(`the CustomResourceDefinition logicalnetworks.${GROUP} is not installed`);
      expect(details).toBe('install that of CNI-Genie');
      put('Logical', 'logic', { plugin: 'lan' });
      scene.api.deny('get', 'logicalnetworks');
      const refused = await refusal();
      expect(refused).toMatchObject({ code: 7, msg: expect.stringContaining('status 403') });
      expect(refused.details).toContain('config/rbac/logical-networks.yaml');
    });

    test('a megabyte of them, or of one name, is refused quickly with a short message', async () => {
      const huge = 'a'.repeat(1_000_000);
      for (const networks of ['a,'.repeat(500_000), huge, `${huge}/`]) {
        const { code, msg, details } = await refusal(networks);
        expect([code, msg.length + (details?.length ?? 0) < 1000]).toEqual([7, true]);
      }
      const { json } = await add(huge, { kubeconfig: undefined });
      expect([json.code, json.msg.length < 1000]).toEqual([7, true]);
    });
  });
});
