/** The reference plugins that make or move a pod's link, each for real; and those whose kind of link the kernel lacks. */
import { afterEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidForm, COMPILED } from '../harness/braid-call.ts';
import { createDelegateScene, type DelegateScene, OUTSIDE } from '../harness/delegate-scene.ts';
import { describeReal, hasRealNetworking } from '../harness/real-requirements.ts';

const hostLocal = (subnet: string, extra: object = {}) => ({ type: 'host-local', ranges: [[{ subnet }]], ...extra });

describeReal('plugins of a link', hasRealNetworking(), () => {
  let scene: DelegateScene;
  const prepare = async (form: BraidForm = COMPILED) => {
    scene = await createDelegateScene('links', form);
  };
  afterEach(() => scene.dispose());

  test('macvlan with static: a second leg in the network outside, with the addresses and the route that stand there', async () => {
    await prepare(BRAID_FORMS.at(-1));
    await scene.outside();
    scene.network('leg', {
      type: 'macvlan',
      master: 'uplink',
      ipam: {
        type: 'static',
        addresses: [{ address: '192.0.2.9/24' }, { address: 'fd00:91::9/64' }],
        routes: [{ dst: '198.51.100.0/24', gw: OUTSIDE.address }],
      },
      dns: { nameservers: ['192.0.2.53'], search: ['lab.test'] },
    });
    const pod = await scene.pod('web', 'front,leg');
    await pod.up();
    expect(await pod.netns.addresses('eth1')).toEqual(['192.0.2.9/24', 'fd00:91::9/64']);
    expect((await pod.netns.links()).find(({ name }) => name === 'eth1')?.kind).toBe('macvlan');
    expect(await pod.netns.routes()).toContainEqual({ dst: '198.51.100.0/24', gateway: OUTSIDE.address, dev: 'eth1' });
    expect(pod.result.routes).toContainEqual({ dst: '198.51.100.0/24', gw: OUTSIDE.address });
    expect(pod.result.dns).toMatchObject({ nameservers: ['192.0.2.53'], search: ['lab.test'] });
    expect(await pod.reaches(OUTSIDE.address, { from: 'eth1' })).toBe(true);
    expect(await pod.check()).toBe('');
    await pod.exec('ip', 'route', 'del', '198.51.100.0/24');
    expect(await pod.check()).toMatch(/network "leg" \(eth1\), plugin "macvlan" CHECK: .*198\.51\.100\.0/);
    await pod.down();
  });

  test('ptp with host-local as the primary network: out by way of the node, in its name', async () => {
    await prepare();
    await scene.outside();
    const ipam = hostLocal('10.91.40.0/24', { routes: [{ dst: '0.0.0.0/0' }] });
    scene.network('line', { type: 'ptp', ipMasq: true, ipam });
    const pod = await scene.pod('web', 'line,front');
    // Without masquerading nobody outside could answer.
    await scene.exec('ip', '-n', 'outside', 'route', 'del', 'default');
    await pod.up();
    expect(await pod.netns.addresses('eth0')).toEqual(['10.91.40.2/24']);
    expect(await scene.exec('cat', '/var/lib/cni/networks/line/10.91.40.2')).toContain('web');
    expect(await pod.reaches(OUTSIDE.address)).toBe(true);
    expect(await pod.check()).toBe('');
    await pod.down();
  });

  describe('host-device', () => {
    const isOnNode = async () => (await scene.exec('ip', '-br', 'link', 'show', 'type', 'veth')).includes('card0@');
    const prepareCard = async () => {
      await prepare();
      await scene.exec('ip', 'link', 'add', 'card0', 'type', 'veth', 'peer', 'name', 'card0-peer');
      await scene.exec('ip', 'address', 'add', '10.91.41.1/24', 'dev', 'card0-peer');
      await scene.exec('ip', 'link', 'set', 'card0-peer', 'up');
      const ipam = hostLocal('10.91.41.0/24');
      scene.network('card', { type: 'host-device', device: 'card0', ipam });
    };

    test('a card of the node moves into the pod, and back with its name', async () => {
      await prepareCard();
      const pod = await scene.pod('web', 'front,card');
      await pod.up();
      expect(await isOnNode()).toBe(false);
      expect(await pod.netns.addresses('eth1')).toEqual(['10.91.41.2/24']);
      expect(await pod.reaches('10.91.41.1', { from: 'eth1' })).toBe(true);
      expect(await pod.check()).toBe('');
      await pod.exec('ip', 'address', 'flush', 'dev', 'eth1');
      expect(await pod.check()).toMatch(/network "card" \(eth1\), plugin "host-device" CHECK: .*10\.91\.41\.2/);
      await pod.down();
      expect(await isOnNode()).toBe(true);
    });

    test('a network after it fails: the card is given back, and the next pod gets it', async () => {
      await prepareCard();
      const unlucky = await scene.pod('unlucky', 'card,full');
      expect((await unlucky.refused()).msg).toContain('network "full" (eth1), plugin "bridge" ADD: ');
      expect(await isOnNode()).toBe(true);
      const pod = await scene.pod('web', 'front,card');
      await pod.up();
      expect(await pod.netns.addresses('eth1')).toHaveLength(1);
      await pod.down();
    });

    test('where the pod’s namespace is gone, DEL goes well and gives the address back', async () => {
      await prepareCard();
      const pod = await scene.pod('web', 'card');
      await pod.up();
      await pod.lost();
    });

    test('the card that another pod has: the plugin’s own words, and the other keeps it', async () => {
      await prepareCard();
      const rich = await scene.pod('rich', 'front,card');
      await rich.up();
      const poor = await scene.pod('poor', 'front,card');
      expect((await poor.add()).json.msg).toMatch(
        /^network "card" \(eth1\), plugin "host-device" ADD: failed to find host device: /,
      );
      expect((await poor.netns.links()).map(({ name }) => name)).toEqual(['lo']);
      expect(await rich.check()).toBe('');
      await rich.del();
      expect(await isOnNode()).toBe(true);
    });
  });

  const ipam = hostLocal('10.91.42.0/24');
  const bridge = { type: 'bridge', bridge: 'br-kind', ipam };

  test.each([
    ['ipvlan', ['link', 'uplink', 'type', 'ipvlan'], [{ type: 'ipvlan', master: 'uplink', ipam }]],
    ['vlan', ['link', 'uplink', 'type', 'vlan', 'id', '7'], [{ type: 'vlan', master: 'uplink', vlanId: 7, ipam }]],
    ['vrf', ['type', 'vrf', 'table', '77'], [bridge, { type: 'vrf', vrfname: 'blue' }]],
  ])('%s: it works, or says that the kernel lacks it, and leaves nothing', async (type, link, plugins) => {
    await prepare();
    const hasKind = (await scene.node.exec(['ip', 'link', 'add', 'probe0', ...link])).code === 0;
    if (hasKind) await scene.exec('ip', 'link', 'del', 'probe0');
    scene.network('kind', ...plugins);
    const pod = await scene.pod('web', 'front,kind');
    if (hasKind) {
      await pod.up();
      expect(await pod.netns.addresses('eth1')).toEqual(['10.91.42.2/24']);
      await pod.down();
    } else {
      const { code, msg } = await pod.refused();
      expect(code).toBe(999);
      expect(msg).toMatch(
        new RegExp(
          `^network "kind" \\(eth1\\), plugin "${type}" ADD: .*(create ${type}|add VRF blue): operation not supported$`,
        ),
      );
    }
  });
});
