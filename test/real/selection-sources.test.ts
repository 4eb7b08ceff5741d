/** Where networks come from, on the real thing: definitions, defaults of pod, namespace and node, Multus' keys, CNI-Genie's objects. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeRealForms } from '../harness/real-scene.ts';
import {
  bridge,
  createSelectionScene,
  hasSelectionTools,
  hostLocal,
  type SelectionScene,
  type TestPod,
} from './selection-scene.ts';

let scene: SelectionScene;

/** A bridge network in 10.92.`number`.0/24. */
const lan = (number: number, more: object = {}) => bridge(`br-${number}`, hostLocal(`10.92.${number}.0/24`), more);

/** The first address of each interface but the loopback's, by its name. */
async function addressesOf(pod: TestPod): Promise<Record<string, string>> {
  const names = (await pod.netns.links()).map((link) => link.name).filter((name) => name !== 'lo');
  const found = await Promise.all(names.toSorted().map(async (name) => [name, (await pod.netns.addresses(name))[0]]));
  return Object.fromEntries(found);
}

const statusNames = (pod: TestPod) => pod.status().map((entry: { name: string }) => entry.name);

const askedFor = (part: string) => scene.api.requests.filter(({ path }) => path.includes(part)).map(({ path }) => path);

async function tool(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await scene.node.exec(argv);
  expect(code, stderr).toBe(0);
  return stdout;
}

describeRealForms('networks that were selected', hasSelectionTools(), (form) => {
  beforeEach(async () => {
    scene = await createSelectionScene('sources', form);
  });
  afterEach(() => scene.dispose());

  describe('definitions', () => {
    test('three of them and one twice, each asked for once', async () => {
      scene.define('red', [lan(1)]);
      scene.define('green', [lan(2)], 'fleet');
      scene.define('blue', [lan(3)]);
      const pod = await scene.pod('red, fleet/green@grn0, blue, red');
      expect((await pod.up()).stderr).toBe('');
      expect(await addressesOf(pod)).toEqual({
        eth0: '10.88.1.2/24',
        net1: '10.92.1.2/24',
        grn0: '10.92.2.2/24',
        net3: '10.92.3.2/24',
        net4: '10.92.1.3/24',
      });
      expect(statusNames(pod)).toEqual(['front', 'shop/red', 'fleet/green', 'shop/blue', 'shop/red']);
      expect(pod.status().filter((entry: { default: boolean }) => entry.default)).toHaveLength(1);
      // Of an agent that knows some of them by then, fewer.
      const asked = askedFor('/network-attachment-definitions/');
      expect(asked.length).toBe(form.agent ? new Set(asked).size : 3);
      await pod.down();
    });

    test('spec.config is a list, a single plugin, or one without a name; its name is that of the leases', async () => {
      scene.define('list', { cniVersion: '1.0.0', name: 'other-name', plugins: [lan(1), { type: 'tuning' }] });
      scene.define('single', { cniVersion: '0.4.0', name: 'single', ...lan(2) });
      scene.define('nameless', `\n  ${JSON.stringify({ cniVersion: '0.3.1', ...lan(3) })}\n`);
      const pod = await scene.pod('list,single,nameless');
      await pod.up();
      expect(await addressesOf(pod)).toMatchObject({
        net1: '10.92.1.2/24',
        net2: '10.92.2.2/24',
        net3: '10.92.3.2/24',
      });
      const leases = await tool('find', '/var/lib/cni/networks', '-name', '10.92.*');
      expect(leases.trim().split('\n').toSorted()).toEqual([
        '/var/lib/cni/networks/nameless/10.92.3.2',
        '/var/lib/cni/networks/other-name/10.92.1.2',
        '/var/lib/cni/networks/single/10.92.2.2',
      ]);
      expect(statusNames(pod)).toEqual(['front', 'shop/list', 'shop/single', 'shop/nameless']);
      await pod.down();
    });

    test('without spec.config it is the node’s file of that JSON name: a list before a single plugin', async () => {
      const { braid } = scene.real;
      braid.conf('70-x.conf', { cniVersion: '1.0.0', name: 'both', ...lan(9) });
      braid.conf('80-y.conflist', { cniVersion: '1.0.0', name: 'both', plugins: [lan(1)] });
      braid.conf('90-z.conf', { cniVersion: '1.0.0', name: 'one', ...lan(2) });
      // Only by its file name, which does not count here.
      braid.conf('90-named.conf', { cniVersion: '1.0.0', name: 'otherwise', ...lan(3) });
      for (const [name, config] of [['both'], ['one', ''], ['named']] as const) scene.define(name, config);
      const pod = await scene.pod('both,one');
      await pod.up();
      expect(await addressesOf(pod)).toMatchObject({ net1: '10.92.1.2/24', net2: '10.92.2.2/24' });
      expect(statusNames(pod)).toEqual(['front', 'shop/both', 'shop/one']);
      await pod.down();
      const other = await scene.pod('named', { name: 'other' });
      expect((await other.refused()).msg).toContain('has the "name" "named"');
    });

    test('a name with dots, in both forms', async () => {
      scene.define('lan.v2.example', [lan(1)]);
      const short = await scene.pod('lan.v2.example@x0', { name: 'short' });
      await short.up();
      expect(await addressesOf(short)).toMatchObject({ x0: '10.92.1.2/24' });
      await short.down();
      const json = await scene.pod([{ name: 'lan.v2.example' }], { name: 'json' });
      await json.up();
      expect(await addressesOf(json)).toMatchObject({ net1: '10.92.1.3/24' });
      await json.down();
    });
  });

  describe('the default network', () => {
    test.each([
      ['a bare name, of the namespace for it', { 'v1.multus-cni.io/default-network': 'own' }, '10.92.1.2/24'],
      ['a name with its namespace', { 'v1.multus-cni.io/default-network': 'fleet/own' }, '10.92.2.2/24'],
      ['our own spelling', { 'braid.dev/default-network': 'fleet/own' }, '10.92.2.2/24'],
    ])('by the pod’s annotation: %s', async (_how, annotation, address) => {
      scene.define('own', [lan(1)], 'kube-system');
      scene.define('own', [lan(2)], 'fleet');
      scene.define('red', [lan(3)]);
      const pod = await scene.pod({ ...annotation, 'k8s.v1.cni.cncf.io/networks': 'red' });
      await pod.up();
      expect(await addressesOf(pod)).toEqual({ eth0: address, net1: '10.92.3.2/24' });
      expect(pod.status()[0]).toMatchObject({ interface: 'eth0', default: true, ips: [address] });
      await pod.down();
    });

    test('by the annotation of the Namespace object, which the pod’s own one beats', async () => {
      scene.define('own', [lan(1)], 'kube-system');
      scene.define('spaces', [lan(2)], 'kube-system');
      scene.api.putObject('/api/v1/namespaces/shop', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'shop', annotations: { 'braid.dev/default-network': 'spaces' } },
      });
      const config = { namespaceDefaults: true };
      const plain = await scene.pod({}, { name: 'plain' });
      await plain.up({ config });
      expect(await addressesOf(plain)).toEqual({ eth0: '10.92.2.2/24' });
      await plain.down();
      const special = await scene.pod({ 'braid.dev/default-network': 'own' }, { name: 'special' });
      await special.up({ config });
      expect(await addressesOf(special)).toEqual({ eth0: '10.92.1.2/24' });
      await special.down();
      const asked = scene.api.requests.length;
      const unasked = await scene.pod({}, { name: 'unasked' });
      await unasked.up();
      expect(await addressesOf(unasked)).toEqual({ eth0: '10.88.1.2/24' });
      expect(scene.api.requests.slice(asked).map(({ path }) => path)).not.toContain('/api/v1/namespaces/shop');
      await unasked.down();
    });
  });

  describe('the keys of Multus', () => {
    /** No key of ours beside them. */
    const multus = (keys: object) => ({
      defaultPlugin: undefined,
      confDir: scene.real.braid.confDir,
      binDir: scene.real.braid.binDir,
      ...keys,
    });

    test('delegates: the configurations themselves, in every namespace', async () => {
      scene.define('red', [lan(3)], 'kube-system');
      const delegates = [
        { cniVersion: '0.3.1', name: 'flat', plugins: [lan(1, { isDefaultGateway: true }), { type: 'tuning' }] },
        { cniVersion: '0.3.1', name: 'side', ...lan(2) },
      ];
      const pod = await scene.pod('red', { namespace: 'kube-system' });
      const config = multus({ delegates });
      await pod.up({ config });
      expect(await addressesOf(pod)).toEqual({ eth0: '10.92.1.2/24', net1: '10.92.2.2/24', net2: '10.92.3.2/24' });
      expect(await pod.defaults()).toEqual(['via 10.92.1.1 dev eth0']);
      expect(await pod.check({ config })).toMatchObject({ code: 0, stdout: '' });
      await pod.down({ config });
    });

    test.each([
      ['the name of a definition', 'cluster', 'kube-system/cluster', '10.92.1.2/24'],
      ['the JSON name of a file', 'front', 'front', '10.88.1.2/24'],
      ['a file', '<dir>/elsewhere/50-b.conf', 'of-path', '10.92.5.2/24'],
      ['a folder, of which it takes the first file', '<dir>/elsewhere', 'first', '10.92.4.2/24'],
    ])('clusterNetwork: %s', async (_how, reference, name, address) => {
      scene.define('cluster', [lan(1)], 'kube-system');
      const { dir } = scene.node;
      mkdirSync(join(dir, 'elsewhere'));
      const file = (at: string, content: object) => writeFileSync(join(dir, 'elsewhere', at), JSON.stringify(content));
      file('40-a.conflist', { cniVersion: '1.0.0', name: 'first', plugins: [lan(4)] });
      file('50-b.conf', { cniVersion: '1.0.0', name: 'of-path', ...lan(5) });
      const pod = await scene.pod({});
      const config = multus({ clusterNetwork: reference.replace('<dir>', dir) });
      await pod.up({ config });
      expect(await addressesOf(pod)).toEqual({ eth0: address });
      expect(statusNames(pod)).toEqual([name]);
      await pod.down({ config });
    });

    test('defaultNetworks are for every pod outside the system namespaces, before what it selects', async () => {
      scene.define('every', [lan(1)], 'kube-system');
      for (const namespace of ['shop', 'kube-system', 'admin']) scene.define('red', [lan(2)], namespace);
      const config = multus({
        clusterNetwork: 'front',
        defaultNetworks: ['every', 'lan'],
        systemNamespaces: ['admin'],
      });
      const pod = await scene.pod('red', { name: 'ordinary' });
      await pod.up({ config });
      expect(await addressesOf(pod)).toEqual({
        eth0: '10.88.1.2/24',
        net1: '10.92.1.2/24',
        net2: '10.88.4.2/24',
        net3: '10.92.2.2/24',
      });
      await pod.down({ config });
      const system = await scene.pod('red', { name: 'system', namespace: 'admin' });
      await system.up({ config });
      expect(await addressesOf(system)).toEqual({ eth0: '10.88.1.3/24', net1: '10.92.2.3/24' });
      await system.down({ config });
    });

    test('auxiliaryCNIChainName: the plugins of the folder run last (passthru is scripted, Debian has none)', async () => {
      const { dir } = scene.node;
      const chain = join(dir, 'elsewhere', 'aux');
      mkdirSync(chain, { recursive: true });
      writeFileSync(
        join(dir, 'elsewhere', 'a.conf'),
        JSON.stringify({ cniVersion: '1.0.0', name: 'first', ...lan(4) }),
      );
      const tuning = { type: 'tuning', sysctl: { 'net.core.somaxconn': '777' } };
      writeFileSync(join(chain, '10-tuning.conf'), JSON.stringify(tuning));
      scene.real.scripted('passthru', { ADD: { stdout: { cniVersion: '1.0.0' } } });
      const config = multus({ clusterNetwork: join(dir, 'elsewhere', 'a.conf'), auxiliaryCNIChainName: 'aux' });
      const pod = await scene.pod({});
      await pod.up({ config });
      expect(await pod.exec('cat', '/proc/sys/net/core/somaxconn')).toBe('777\n');
      expect(await addressesOf(pod)).toEqual({ eth0: '10.92.4.2/24' });
      expect(scene.real.braid.story()).toEqual(['ADD passthru net1']);
      expect(pod.result.ips.map(({ address }: { address: string }) => address)).toEqual(['10.92.4.2/24']);
      await pod.down({ config });
    });
  });

  describe('CNI-Genie', () => {
    const logical = (networks: string) => ({ cni: '', networks });

    test('logical networks have their sub_subnet and their interface', async () => {
      scene.real.braid.conf('20-red.conflist', { cniVersion: '1.0.0', name: 'red', plugins: [lan(1)] });
      scene.genieObject('logicalnetworks', 'blue', { plugin: 'red', sub_subnet: '10.92.64.0/28' });
      scene.genieObject('physicalnetworks', 'wire', {
        sharedStatus: { plugin: 'front', subnet: '10.92.128.0/20', dedicatedNet: true },
      });
      scene.genieObject('logicalnetworks', 'gold', { physicalNet: 'wire', sub_subnet: '10.92.130.0/24' });
      const pod = await scene.pod(logical('blue@eth0, gold@eth4'));
      await pod.up();
      expect(await addressesOf(pod)).toEqual({ eth0: '10.92.64.2/28', eth4: '10.92.130.2/24' });
      expect(statusNames(pod)).toEqual(['shop/blue', 'shop/gold']);
      expect(await pod.check()).toMatchObject({ code: 0, stdout: '' });
      await pod.down();
    });

    test('a physical network names the card that macvlan stands on', async () => {
      for (const link of ['card0', 'card1']) {
        await tool('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', `${link}-peer`);
        await tool('ip', 'link', 'set', link, 'up');
      }
      const parent = async () => {
        const [link] = JSON.parse(await pod.exec('ip', '-j', 'link', 'show', 'dev', 'eth0'));
        const links: { ifname: string; ifindex: number }[] = JSON.parse(await tool('ip', '-j', 'link'));
        return links.find(({ ifindex }) => ifindex === link.link_index)?.ifname;
      };
      scene.genieObject('physicalnetworks', 'wire', { refer_nic: 'card1', sharedStatus: { subnet: '10.92.32.0/24' } });
      scene.genieObject('logicalnetworks', 'blue', { physicalNet: 'wire', plugin: 'lan' });
      const pod = await scene.pod(logical('blue'));
      await pod.up();
      expect(await parent()).toBe('card1');
      expect(await addressesOf(pod)).toEqual({ eth0: '10.92.32.2/24' });
      await pod.down();
    });

    test('a sub_subnet outside its physical network is refused', async () => {
      scene.genieObject('physicalnetworks', 'wire', { sharedStatus: { subnet: '10.92.32.0/24' } });
      scene.genieObject('logicalnetworks', 'blue', { physicalNet: 'wire', plugin: 'lan', sub_subnet: '10.92.33.0/28' });
      const pod = await scene.pod(logical('blue'));
      expect((await pod.refused()).msg).toContain('"sub_subnet" 10.92.33.0/28 is no part of 10.92.32.0/24');
    });

    test('bridge and macvlan without any file are generated in memory', async () => {
      const confDir = join(scene.node.dir, 'empty');
      mkdirSync(confDir);
      // macvlan without a master takes the interface of the node's default route.
      await tool('ip', 'address', 'add', '10.93.0.1/24', 'dev', 'uplink');
      await tool('ip', 'route', 'add', 'default', 'via', '10.93.0.254');
      const pod = await scene.pod({ cni: 'bridge,macvlan' });
      const config = { confDir };
      const { stderr } = await pod.up({ config });
      expect(await addressesOf(pod)).toEqual({ eth0: '10.10.0.2/16', eth1: '10.11.0.2/16' });
      const kinds = new Map((await pod.netns.links()).map((link) => [link.name, link.kind]));
      expect([kinds.get('eth0'), kinds.get('eth1')]).toEqual(['veth', 'macvlan']);
      expect(stderr).toContain('a configuration was generated for plugin \\"bridge\\"');
      expect(await tool('ls', confDir)).toBe('');
      expect(await pod.check({ config })).toMatchObject({ code: 0, stdout: '' });
      await pod.down({ config });
    });
  });
});
