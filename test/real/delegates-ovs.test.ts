/** A pod on Open vSwitch: a port of a real switch moved into it, traffic and a VLAN's border, and the port given back. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMPILED } from '../harness/braid-call.ts';
import { createDelegateScene, type DelegateScene } from '../harness/delegate-scene.ts';
import { type OpenVswitch, startOpenVswitch } from '../harness/ovs.ts';
import { describeReal, hasRealOpenVswitch } from '../harness/real-requirements.ts';

describeReal('Open vSwitch', hasRealOpenVswitch(), () => {
  let scene: DelegateScene;
  let ovs: OpenVswitch;
  beforeEach(async () => {
    scene = await createDelegateScene('ovs', COMPILED);
    ovs = await startOpenVswitch(scene.node);
    await ovs.configure('add-br', 'sw0', '--', 'set', 'bridge', 'sw0', 'datapath_type=netdev');
  });
  afterEach(() => scene.dispose());

  /** A network of one veth whose other end is a port of the switch, in this VLAN. */
  async function port(name: string, tag: number, address: string): Promise<void> {
    await scene.exec('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-sw`);
    await ovs.configure('add-port', 'sw0', `${name}-sw`, `tag=${tag}`);
    await scene.exec('ip', 'link', 'set', `${name}-sw`, 'up');
    const ipam = { type: 'static', addresses: [{ address }] };
    scene.network(name, { type: 'host-device', device: name, ipam });
  }

  test('pods in one VLAN reach each other over the switch, one in another does not, all ports come back', async () => {
    await port('first', 7, '10.91.30.1/24');
    await port('second', 7, '10.91.30.2/24');
    await port('stranger', 8, '10.91.30.3/24');
    const ports = async () => {
      const text = await scene.exec('ip', '-br', 'link', 'show', 'type', 'veth');
      return text.match(/^\S+(?=@)/gm)?.toSorted();
    };
    const before = await ports();
    expect(before).toEqual(expect.arrayContaining(['first', 'second', 'stranger']));
    const stranger = await scene.pod('stranger', 'front,stranger');
    const second = await scene.pod('second', 'front,second');
    const first = await scene.pod('first', 'front,first');
    for (const pod of [stranger, second, first]) await pod.up();
    expect(await first.netns.addresses('eth1')).toEqual(['10.91.30.1/24']);
    expect(await ports()).not.toContain('first');
    expect(await first.reaches('10.91.30.2', { from: 'eth1' })).toBe(true);
    expect(await stranger.reaches('10.91.30.2', { from: 'eth1', withinS: 1 })).toBe(false);
    const { mac } = second.result.interfaces.find(({ name }: { name: string }) => name === 'eth1');
    expect(await ovs.learned('sw0')).toMatch(new RegExp(` 7 +${mac} `));
    expect(await first.check()).toBe('');
    await first.exec('ip', 'link', 'set', 'eth1', 'address', '02:00:5e:10:00:09');
    expect(await first.check()).toMatch(/network "first" \(eth1\), plugin "host-device" CHECK: .*02:00:5e:10:00:09/);
    await stranger.del();
    await second.del();
    await first.down();
    expect(await ports()).toEqual(before);
  });
});
