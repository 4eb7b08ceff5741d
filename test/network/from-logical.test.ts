import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { KubeResponse } from '../../src/kube/kube-client.ts';
import { confDir, type Files, fakeApi, findOne, foundList, LOGICAL, list, ok, single } from './network-scene.ts';

const choice = { kind: 'logical', namespace: 'shop', name: 'net1' } as const;
const NET1 = `${LOGICAL}/namespaces/shop/logicalnetworks/net1`;
const PHY1 = `${LOGICAL}/namespaces/shop/physicalnetworks/phy1`;
const NO_CRD: KubeResponse = { kind: 'absent', isResourceUnknown: true };

interface Scene {
  readonly logical?: object;
  readonly physical?: object;
  readonly files?: Files;
  readonly table?: Record<string, KubeResponse>;
  readonly isThere?: boolean;
}

async function find({ logical, physical, files = {}, table = {}, isThere = false }: Scene) {
  const folder = confDir(files);
  const objects = {
    ...(logical && { [NET1]: ok({ metadata: {}, spec: logical }) }),
    ...(physical && { [PHY1]: ok({ metadata: {}, spec: physical }) }),
  };
  const { access, asked } = fakeApi({ ...objects, ...table });
  const lookup = await findOne(choice, { api: access, confDir: folder, isPluginThere: async () => isThere });
  return { lookup, asked, folder };
}

const weave = { '10-weave.conflist': list('weave-net', 'weave-net', 'portmap') };

describe('a logical network', () => {
  test('borrows the network that its plugin names, as the annotation "cni" would', async () => {
    const { lookup, asked, folder } = await find({ logical: { plugin: 'weave' }, files: weave });
    expect(foundList(lookup)).toMatchObject({
      name: 'weave-net',
      reference: 'shop/net1',
      isNodeFile: true,
      plugins: [{ type: 'weave-net', raw: { type: 'weave-net' } }, { type: 'portmap' }],
      origin: join(folder, '10-weave.conflist'),
    });
    expect(asked).toEqual([NET1]);
  });

  test('takes plugin, subnet and card from its physical network, which lies in the same namespace', async () => {
    const { lookup, asked } = await find({
      logical: { physicalNet: 'phy1', sub_subnet: '10.32.1.7/24' },
      physical: {
        refer_nic: 'eth1',
        sharedStatus: { dedicatedNet: true, plugin: 'outer', subnet: '10.32.0.0/16' },
      },
      files: { '10-outer.conf': { name: 'o', type: 'macvlan', master: 'eth0', ipam: { type: 'host-local' } } },
    });
    expect(foundList(lookup).plugins.map(({ raw }) => raw)).toEqual([
      { name: 'o', type: 'macvlan', master: 'eth1', ipam: { type: 'host-local', subnet: '10.32.1.0/24' } },
    ]);
    expect(foundList(lookup).changes).toEqual([
      'logical network shop/net1: its plugin is told the network card eth1',
      'logical network shop/net1: its addresses are from 10.32.1.0/24',
    ]);
    expect(asked).toEqual([NET1, PHY1]);
  });

  test('sets no card on a plugin that has none, and does not mind its name then', async () => {
    const physical = { refer_nic: 'a/b', sharedStatus: { dedicatedNet: true, plugin: 'weave' } };
    const { lookup } = await find({ logical: { physicalNet: 'phy1' }, physical, files: weave });
    expect(foundList(lookup).plugins[0]?.raw).toEqual({ type: 'weave-net' });
  });

  test('says what of the list did not fit its subnet, after what was to be said of the list', async () => {
    const ipam = { type: 'host-local', subnet: '10.1.0.0/16', rangeStart: '10.1.0.9', gateway: '10.1.0.1' };
    const files = { '10-a.conf': { name: 'a', type: 'ptp', ipam }, '20-b.conf': single('a') };
    const { lookup, folder } = await find({ logical: { plugin: 'a', sub_subnet: '10.2.0.0/24' }, files });
    expect(foundList(lookup).plugins[0]?.raw['ipam']).toEqual({ type: 'host-local', subnet: '10.2.0.0/24' });
    expect(lookup.kind === 'found' && lookup.warnings).toEqual([
      `network "a" stands in several files by its name: ${join(folder, '10-a.conf')} is used, not ${join(folder, '20-b.conf')}`,
      'logical network shop/net1: of network "a" these do not fit 10.2.0.0/24 and are left out: "rangeStart" 10.1.0.9, "gateway" 10.1.0.1',
    ]);
  });

  test('can rest on a generated configuration', async () => {
    const { lookup } = await find({ logical: { plugin: 'bridge', sub_subnet: '10.2.0.0/24' }, isThere: true });
    expect(foundList(lookup)).toMatchObject({
      name: 'bridge',
      reference: 'shop/net1',
      origin: 'generated for plugin bridge',
      plugins: [{ raw: { ipam: { type: 'host-local', subnet: '10.2.0.0/24' } } }],
    });
  });
});

describe('a logical network that cannot be used', () => {
  const dedicated = (plugin: string, keys: object = {}) => ({ sharedStatus: { dedicatedNet: true, plugin }, ...keys });
  const origin = 'logical network shop/net1';

  test.each<[string, Scene, string]>([
    ['has no plugin', { logical: {} }, 'it has neither "physicalNet" nor "plugin"'],
    ['has no spec', { table: { [NET1]: ok({ metadata: {} }) } }, '"spec" must be an object'],
    [
      'names a physical network that is not there',
      { logical: { physicalNet: 'phy1' } },
      'there is no physical network shop/phy1, its "physicalNet"',
    ],
    [
      'names what cannot be one',
      { logical: { physicalNet: '..' } },
      'there is no physical network shop/.., its "physicalNet"',
    ],
    [
      'names one that says nothing',
      { logical: { physicalNet: 'phy1' }, table: { [PHY1]: ok({ spec: 7 }) } },
      'physical network shop/phy1: "spec" must be an object',
    ],
    [
      'lies outside its physical network',
      {
        logical: { physicalNet: 'phy1', sub_subnet: '10.9.0.0/24' },
        physical: { sharedStatus: { dedicatedNet: true, plugin: 'weave', subnet: '10.32.0.0/16' } },
      },
      '"sub_subnet" 10.9.0.0/24 is no part of 10.32.0.0/16, the "subnet" of its physical network',
    ],
    [
      'has a card with an impossible name',
      {
        logical: { physicalNet: 'phy1' },
        physical: dedicated('v', { refer_nic: 'a b' }),
        files: { 'v.conf': single('v', 'vlan') },
      },
      '"refer_nic" of its physical network is "a b": interface name contains / or : or whitespace characters',
    ],
  ])('%s', async (_what, scene, cause) => {
    expect((await find(scene)).lookup).toEqual({ kind: 'broken', origin, cause });
  });

  test('names a network that the node does not have', async () => {
    const { lookup, folder } = await find({ logical: { plugin: 'bridge' }, files: weave });
    const cause = `there is no network "bridge" in ${folder}; networks there: weave-net, weave`;
    expect(lookup).toEqual({ kind: 'broken', origin, cause });
  });

  test('names a network whose file is broken', async () => {
    const { lookup, folder } = await find({ logical: { plugin: 'weave' }, files: { '10-weave.conf': '{' } });
    expect(lookup).toMatchObject({ kind: 'broken', origin: join(folder, '10-weave.conf') });
  });

  test('is not there', async () => {
    expect((await find({})).lookup).toEqual({ kind: 'absent', known: [], searched: 'the API server' });
  });

  test.each<[string, Scene, object]>([
    [
      'CNI-Genie is not installed',
      { table: { [NET1]: NO_CRD } },
      {
        origin,
        cause: 'the CustomResourceDefinition logicalnetworks.alpha.network.k8s.io is not installed',
        hint: 'install that of CNI-Genie',
        isTemporary: false,
      },
    ],
    [
      'nor are physical networks',
      { logical: { physicalNet: 'phy1' }, table: { [PHY1]: NO_CRD } },
      {
        origin: 'physical network shop/phy1',
        cause: 'the CustomResourceDefinition physicalnetworks.alpha.network.k8s.io is not installed',
        hint: 'install that of CNI-Genie',
        isTemporary: false,
      },
    ],
    [
      'we may not read it',
      { table: { [NET1]: { kind: 'refused', status: 403, message: 'no' } } },
      {
        origin,
        cause: 'no',
        hint: 'the user of the key "kubeconfig" must be allowed to get logicalnetworks.alpha.network.k8s.io: see config/rbac/logical-networks.yaml',
        isTemporary: false,
      },
    ],
    [
      'the server is silent in between',
      { logical: { physicalNet: 'phy1' }, table: { [PHY1]: { kind: 'unreachable', cause: 'late' } } },
      {
        origin: 'physical network shop/phy1',
        cause: 'late',
        hint: expect.stringContaining('tries again'),
        isTemporary: true,
      },
    ],
  ])('%s', async (_what, scene, failed) => {
    expect((await find(scene)).lookup).toEqual({ kind: 'failed', ...failed });
  });

  test('no API server is configured', async () => {
    expect(await findOne(choice, {})).toMatchObject({ kind: 'failed', origin, hint: 'set the key "kubeconfig"' });
  });
});
