/** The plugin `dhcp` with its daemon and a real server: a lease for the pod, kept, and given back. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidForm, COMPILED } from '../harness/braid-call.ts';
import { createDelegateScene, type DelegatePod, type DelegateScene } from '../harness/delegate-scene.ts';
import { type DhcpServer, startDhcpDaemon, startDhcpServer } from '../harness/dhcp-server.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { describeReal, hasRealDhcp } from '../harness/real-requirements.ts';

describeReal('dhcp', hasRealDhcp(), () => {
  let scene: DelegateScene;
  let server: DhcpServer;
  const prepare = async (form: BraidForm) => {
    scene = await createDelegateScene('dhcp', form);
    server = await startDhcpServer(scene.node, { bridge: 'br-dhcp', prefix: '10.91.20' });
    await scene.exec('ip', 'link', 'add', 'card0', 'type', 'veth', 'peer', 'name', 'card0-peer');
    await scene.exec('ip', 'link', 'set', 'card0-peer', 'master', 'br-dhcp', 'up');
    const daemonSocketPath = await startDhcpDaemon(scene.node, join(scene.real.braid.binDir, 'dhcp'));
    const ipam = { type: 'dhcp', daemonSocketPath };
    scene.network('wired', { type: 'bridge', bridge: 'br-dhcp', ipam });
    scene.network('card', { type: 'host-device', device: 'card0', ipam });
  };
  afterEach(() => scene.dispose());

  /** The server hears of it a moment after the plugin has ended. */
  async function isGivenBack(): Promise<void> {
    const hasEnded = () => server.leased().length === 0 || undefined;
    await pollUntil(hasEnded, { withinMs: 5000, what: 'the lease to be given back' });
    expect(server.log()).toMatch(/DHCPACK.*DHCPRELEASE/s);
  }
  const defaultsOf = async (pod: DelegatePod) => (await pod.netns.routes()).filter(({ dst }) => dst === 'default');

  // Slow, since the plugin asks before the link is up, and again after nearly 3 s.
  test('bridge as the primary network: the address and the default route that the server gives', async () => {
    await prepare(BRAID_FORMS.at(-1) ?? COMPILED);
    const pod = await scene.pod('web', 'wired,storage');
    await pod.up();
    const [leased, ...more] = server.leased();
    expect(more).toEqual([]);
    expect(await pod.netns.addresses('eth0')).toEqual([`${leased}/24`]);
    expect(await defaultsOf(pod)).toEqual([{ dst: 'default', gateway: server.address, dev: 'eth0' }]);
    expect(await pod.reaches(server.address)).toBe(true);
    expect(await pod.check()).toBe('');
    expect(server.leased()).toEqual([leased]);
    // bridge takes the link away before it tells its IPAM plugin, which then cannot reach the server: the lease runs out.
    await pod.down();
  });

  test('host-device beside a bridge: a lease, kept at CHECK, and given back at DEL', async () => {
    await prepare(COMPILED);
    const pod = await scene.pod('web', 'front,card');
    await pod.up();
    const [leased] = server.leased();
    expect(await pod.netns.addresses('eth1')).toEqual([`${leased}/24`]);
    expect(pod.result.ips[1]).toMatchObject({ address: `${leased}/24`, gateway: server.address });
    expect(await defaultsOf(pod)).toEqual([{ dst: 'default', gateway: '10.88.1.1', dev: 'eth0' }]);
    expect(await pod.reaches(server.address, { from: 'eth1' })).toBe(true);
    expect(await pod.check()).toBe('');
    expect(server.leased()).toEqual([leased]);
    await pod.down();
    await isGivenBack();
  });

  test('a network after it fails: the lease is given back', async () => {
    await prepare(COMPILED);
    const pod = await scene.pod('web', 'card,full');
    expect((await pod.refused()).msg).toContain('network "full" (eth1), plugin "bridge" ADD: ');
    await isGivenBack();
  });

  test('without its daemon nothing is run; where nobody listens any more, the plugin’s own words come with a hint', async () => {
    await prepare(COMPILED);
    const daemonSocketPath = join(scene.node.dir, 'none.sock');
    scene.network('alone', { type: 'bridge', bridge: 'br-dhcp', ipam: { type: 'dhcp', daemonSocketPath } });
    const pod = await scene.pod('web', 'front,alone');
    const missing = await pod.refused();
    expect(missing).toMatchObject({ code: 11 });
    expect(missing.msg).toContain(`dhcp: ${daemonSocketPath} is missing: is the dhcp daemon running on this node`);
    writeFileSync(daemonSocketPath, '');
    const { msg, details } = await pod.refused();
    expect(msg).toMatch(/^network "alone" \(eth1\), plugin "bridge" ADD: error dialing DHCP daemon: .*none\.sock/);
    expect(details).toContain('dhcp daemon');
  });
});
