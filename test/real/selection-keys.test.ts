/** Every key of the JSON form of the Network Plumbing WG's dialect, seen in the namespace that it is about. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeRealForms } from '../harness/real-scene.ts';
import { bridge, createSelectionScene, hasSelectionTools, hostLocal, type SelectionScene } from './selection-scene.ts';

const IPS = { capabilities: { ips: true } };
const STATIC = { type: 'static' };

let scene: SelectionScene;

async function tool(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await scene.node.exec(argv);
  expect(code, stderr).toBe(0);
  return stdout;
}

const natRules = async () => (await tool('iptables', '-t', 'nat', '-S')).split('\n');

describeRealForms('a key of an attachment, seen in the namespace', hasSelectionTools(), (form) => {
  beforeEach(async () => {
    scene = await createSelectionScene('keys', form);
    scene.define('lan', [bridge('br-lan', hostLocal('10.90.1.0/24'))]);
    scene.define('chosen', [bridge('br-chosen', hostLocal('10.90.2.0/24', 'fd00:90:2::/64'), IPS)]);
    scene.define('fixed', [bridge('br-fixed', STATIC, { ...IPS, isGateway: false })]);
  });
  afterEach(() => scene.dispose());

  test('interface: the link has that name, and the others are numbered by their position past taken ones', async () => {
    const pod = await scene.pod([
      { name: 'lan', interface: 'stor0' },
      { name: 'lan', interface: 'net3' },
      { name: 'lan' },
    ]);
    expect((await pod.up()).stderr).toBe('');
    expect(await pod.netns.addresses('stor0')).toEqual(['10.90.1.2/24']);
    expect(await pod.netns.addresses('net3')).toEqual(['10.90.1.3/24']);
    expect(await pod.netns.addresses('net4')).toEqual(['10.90.1.4/24']);
    const names = (await pod.netns.links()).map((link) => link.name);
    expect(names.toSorted()).toEqual(['eth0', 'lo', 'net3', 'net4', 'stor0']);
    await pod.down();
  });

  test('ips: host-local gives exactly these, IPv4 and IPv6 at once', async () => {
    const pod = await scene.pod([{ name: 'chosen', ips: ['10.90.2.77/24', 'fd00:90:2::4d'] }]);
    await pod.up();
    expect(await pod.netns.addresses('net1')).toEqual(['10.90.2.77/24', 'fd00:90:2::4d/64']);
    await pod.down();
  });

  test.each([
    ['its capability', { capabilities: { mac: true } }],
    ['CNI_ARGS', {}],
  ])('mac: by %s ip link shows it, and the status says it', async (_way, keys) => {
    scene.define('marked', [bridge('br-mac', hostLocal('10.90.3.0/24'), keys)]);
    const pod = await scene.pod([{ name: 'marked', mac: '02:00:5E:10:00:07' }, { name: 'marked' }]);
    await pod.up();
    const macs = new Map((await pod.netns.links()).map((link) => [link.name, link.mac]));
    expect(macs.get('net1')).toBe('02:00:5e:10:00:07');
    expect(macs.get('net2')).not.toBe('02:00:5e:10:00:07');
    expect(macs.get('eth0')).not.toBe('02:00:5e:10:00:07');
    expect(pod.status()[1]).toMatchObject({ interface: 'net1', mac: '02:00:5e:10:00:07' });
    await pod.down();
  });

  test('portMappings: rules of the nat table lead to that attachment, and are gone after DEL', async () => {
    const plugins = [
      bridge('br-pub', hostLocal('10.90.4.0/24')),
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ];
    scene.define('published', plugins);
    const portMappings = [
      { hostPort: 18081, containerPort: 80 },
      { hostPort: 18082, containerPort: 53, protocol: 'UDP' },
    ];
    const pod = await scene.pod([{ name: 'published', portMappings }]);
    await pod.up();
    const rules = (await natRules()).filter((rule) => rule.includes('-j DNAT'));
    expect(rules).toHaveLength(2);
    expect(rules[0]).toMatch(/-p tcp -m tcp --dport 18081 -j DNAT --to-destination 10\.90\.4\.2:80$/);
    expect(rules[1]).toMatch(/-p udp -m udp --dport 18082 -j DNAT --to-destination 10\.90\.4\.2:53$/);
    await pod.down();
    expect((await natRules()).filter((rule) => rule.includes('-j DNAT'))).toEqual([]);
  });

  test('bandwidth: a qdisc shapes that attachment alone, and is gone after DEL', async () => {
    const plugins = [
      bridge('br-slow', hostLocal('10.90.5.0/24')),
      { type: 'bandwidth', capabilities: { bandwidth: true } },
    ];
    scene.define('slow', plugins);
    const bandwidth = { ingressRate: 4_000_000, ingressBurst: 800_000, egressRate: 2_000_000, egressBurst: 800_000 };
    const pod = await scene.pod([{ name: 'slow', bandwidth }, { name: 'lan' }]);
    await pod.up();
    const shaped = async () => (await tool('tc', 'qdisc', 'show')).split('\n').filter((line) => line.includes('tbf'));
    const lines = await shaped();
    expect(lines.map((line) => / rate (\S+) /.exec(line)?.[1]).toSorted()).toEqual(['2Mbit', '4Mbit']);
    const slow = pod.result.interfaces.findIndex((link: { name: string }) => link.name === 'net1');
    expect(lines.some((line) => line.includes(` dev ${pod.result.interfaces[slow - 1].name} `))).toBe(true);
    await pod.down();
    expect(await shaped()).toEqual([]);
  });

  test('cni-args: they reach the plugins of that attachment and win over the definition’s own', async () => {
    const args = { cni: { ips: ['10.90.6.9'] } };
    scene.define('argued', [bridge('br-args', hostLocal('10.90.6.0/24'), { args })]);
    const pod = await scene.pod([{ name: 'argued', 'cni-args': { ips: ['10.90.6.50'] } }, { name: 'argued' }]);
    await pod.up();
    expect(await pod.netns.addresses('net1')).toEqual(['10.90.6.50/24']);
    expect(await pod.netns.addresses('net2')).toEqual(['10.90.6.9/24']);
    await pod.down();
  });

  describe('ips', () => {
    test('static gives two of one family and one of the other', async () => {
      const ips = ['10.90.7.5/24', '10.90.8.5/24', 'fd00:90:7::5/64'];
      const pod = await scene.pod([{ name: 'fixed', ips }]);
      await pod.up();
      expect((await pod.netns.addresses('net1')).toSorted()).toEqual(ips);
      expect(await pod.check()).toMatchObject({ code: 0, stdout: '' });
      await pod.down();
    });

    test('one address without the capability goes as IP=, with and without its prefix length', async () => {
      const pod = await scene.pod([
        { name: 'lan', ips: ['10.90.1.55'] },
        { name: 'lan', ips: ['10.90.1.56/24'] },
        { name: 'lan' },
      ]);
      await pod.up();
      expect(await pod.netns.addresses('net1')).toEqual(['10.90.1.55/24']);
      expect(await pod.netns.addresses('net2')).toEqual(['10.90.1.56/24']);
      expect(await pod.netns.addresses('net3')).toEqual(['10.90.1.57/24']);
      expect(await pod.netns.addresses('eth0')).toEqual(['10.88.1.2/24']);
      await pod.down();
    });

    test('one address without the capability reaches static too', async () => {
      scene.define('old', [bridge('br-old', STATIC, { isGateway: false })]);
      const pod = await scene.pod([{ name: 'old', ips: ['10.90.9.4/24'] }]);
      await pod.up();
      expect(await pod.netns.addresses('net1')).toEqual(['10.90.9.4/24']);
      await pod.down();
    });

    test('the address of another pod: refused cleanly, taken back, and the other keeps it', async () => {
      const asked = [{ name: 'chosen', ips: ['10.90.2.77'] }];
      const second = await scene.pod(asked, { name: 'second' });
      const first = await scene.pod(asked, { name: 'first' });
      await first.up();
      const records = scene.real.braid.records();
      const { code, json } = await second.add();
      expect(code).toBe(1);
      expect(json.msg).toMatch(/^network "chosen" \(net1\), plugin "bridge" ADD: .*10\.90\.2\.77/);
      expect((await second.netns.links()).map((link) => link.name)).toEqual(['lo']);
      expect(scene.real.braid.records()).toEqual(records);
      expect(await first.netns.addresses('net1')).toContain('10.90.2.77/24');
      expect(await first.check()).toMatchObject({ code: 0 });
      expect(await second.del()).toMatchObject({ code: 0 });
      await first.down();
    });

    test.each([
      ['host-local, which knows that it is taken', 'chosen', '10.90.2.77/24', 999, 'plugin "bridge" ADD: '],
      ['static, which does not', 'fixed', '10.90.7.5/24', 102, 'both gave the address 10.90.7.5'],
    ])('one address twice in a pod, by %s: all of it is taken back', async (_how, name, ip, code, message) => {
      const pod = await scene.pod([
        { name, ips: [ip] },
        { name, ips: [ip] },
      ]);
      expect(await pod.refused()).toMatchObject({ code, msg: expect.stringContaining(message) });
    });

    test('an IPAM plugin that gives what it likes: code 102, and all of it is taken back', async () => {
      scene.shellPlugin(
        'stubborn',
        `[ "$CNI_COMMAND" = ADD ] || exit 0
echo '{"cniVersion":"1.0.0","ips":[{"address":"10.90.10.9/24"}]}'`,
      );
      scene.define('deaf', [bridge('br-deaf', { type: 'stubborn' }, { ...IPS, isGateway: false })]);
      const pod = await scene.pod([{ name: 'deaf', ips: ['10.90.10.4/24'] }]);
      expect(await pod.refused()).toMatchObject({
        code: 102,
        msg: 'network "deaf" (net1) gave 10.90.10.9, not 10.90.10.4 as the pod asked',
      });
    });

    test('a plugin that gives no hardware address that it is asked for: the same', async () => {
      scene.define('fixed-mac', [{ type: 'ptp', ipam: hostLocal('10.90.12.0/24') }]);
      const pod = await scene.pod([{ name: 'fixed-mac', mac: '02:00:5e:10:00:08' }]);
      expect(await pod.refused()).toMatchObject({
        code: 102,
        msg: expect.stringMatching(/gave the hardware address .*, not 02:00:5e:10:00:08 as the pod asked/),
      });
    });

    test('an address outside the network: the plugin’s own words, and all of it is taken back', async () => {
      const pod = await scene.pod([{ name: 'chosen', ips: ['192.0.2.9/24'] }]);
      expect((await pod.refused()).msg).toMatch(/network "chosen" \(net1\), plugin "bridge" ADD: .*192\.0\.2\.9/);
    });

    test('the pod’s default network can be asked for one too', async () => {
      scene.define('primary', [bridge('br-primary', hostLocal('10.90.11.0/24'), IPS)], 'kube-system');
      const pod = await scene.pod({
        'v1.multus-cni.io/default-network': '[{"name":"primary","ips":["10.90.11.200"]}]',
      });
      await pod.up();
      expect(await pod.netns.addresses('eth0')).toEqual(['10.90.11.200/24']);
      await pod.down();
    });
  });

  test('what the runtime gives for the pod’s ports goes to its primary network alone', async () => {
    scene.define('second', [
      bridge('br-second', hostLocal('10.90.4.0/24')),
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ]);
    const runtimeConfig = { portMappings: [{ hostPort: 18080, containerPort: 80, protocol: 'tcp' }] };
    const portMappings = [{ hostPort: 18081, containerPort: 81 }];
    const pod = await scene.pod([{ name: 'second' }, { name: 'second', portMappings }]);
    await pod.up({ config: { defaultPlugin: 'published', runtimeConfig } });
    const rules = (await natRules()).filter((rule) => rule.includes('-j DNAT'));
    expect(rules.map((rule) => rule.replace(/.*--to-destination /, '')).toSorted()).toEqual([
      '10.88.3.2:80',
      '10.90.4.3:81',
    ]);
    // A runtime gives the same with DEL, but the record must do without.
    await pod.down();
  });

  test('by contract, with scripted plugins: infiniband-guid, deviceID and a claim are runtimeConfig, at DEL as at ADD', async () => {
    scene.real.scripted('sriov', {});
    const capabilities = { infinibandGUID: true, deviceID: true, 'ipam-claim-reference': true, bandwidth: true };
    scene.define('card', [{ type: 'sriov', capabilities }]);
    const asked = { 'infiniband-guid': 'C2:11:22:33:44:55:66:77', deviceID: '0000:03:00.1' };
    const bandwidth = { ingressRate: 1000, ingressBurst: 2000 };
    const pod = await scene.pod([{ name: 'card', ...asked, bandwidth, 'ipam-claim-reference': 'web-net1' }]);
    await pod.up();
    expect(await pod.del()).toMatchObject({ code: 0 });
    const [add, del, ...more] = scene.real.braid.calls();
    expect(add?.stdin.runtimeConfig).toEqual({
      infinibandGUID: 'c2:11:22:33:44:55:66:77',
      deviceID: '0000:03:00.1',
      'ipam-claim-reference': 'web-net1',
      bandwidth,
    });
    expect([add?.verb, del?.verb, more]).toEqual(['ADD', 'DEL', []]);
    expect(del?.stdin.runtimeConfig).toEqual(add?.stdin.runtimeConfig);
    expect(del?.env['CNI_ARGS']).toBe(add?.env['CNI_ARGS']);
    await pod.expectNothing();
  });
});
