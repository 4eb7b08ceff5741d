/** The reference plugins that work on what another one made, each for real: what it does, what CHECK sees, that it is gone. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMPILED } from '../harness/braid-call.ts';
import { createDelegateScene, type DelegateScene, OUTSIDE } from '../harness/delegate-scene.ts';
import { describeReal, hasRealNetworking } from '../harness/real-requirements.ts';

const hostLocal = (subnet: string, extra: object = {}) => ({ type: 'host-local', ranges: [[{ subnet }]], ...extra });

/** Answers one caller and ends. $1: the port. */
const GREETER = `const server = require('node:net').createServer((socket) => { socket.end('hello'); server.close(); });
server.listen(Number(process.argv[1]));`;

describeReal('plugins of a chain', hasRealNetworking(), () => {
  let scene: DelegateScene;
  beforeEach(async () => {
    scene = await createDelegateScene('chained', COMPILED);
  });
  afterEach(() => scene.dispose());

  const rulesOf = async (pod: { exec(...argv: string[]): Promise<string> }) =>
    (await pod.exec('ip', 'rule', 'show')).trimEnd().split('\n');

  test('tuning: hardware address, MTU, all-multicast and a sysctl of the pod, and no backup stays', async () => {
    scene.network(
      'tuned',
      { type: 'bridge', bridge: 'br-tuned', isGateway: true, ipam: hostLocal('10.91.1.0/24') },
      {
        type: 'tuning',
        mac: '02:00:5e:10:00:01',
        mtu: 1400,
        allmulti: true,
        sysctl: { 'net.ipv4.conf.all.arp_notify': '1' },
      },
    );
    const pod = await scene.pod('tuned', 'front,tuned');
    await pod.up();
    const tuned = (await pod.netns.links()).find((link) => link.name === 'eth1');
    expect(tuned).toMatchObject({ mac: '02:00:5e:10:00:01', mtuBytes: 1400 });
    expect(pod.result.interfaces).toContainEqual({
      name: 'eth1',
      mac: '02:00:5e:10:00:01',
      sandbox: pod.netns.path,
    });
    expect(await pod.exec('ip', 'link', 'show', 'eth1')).toContain('ALLMULTI');
    expect(await pod.exec('cat', '/proc/sys/net/ipv4/conf/all/arp_notify')).toBe('1\n');
    expect(await pod.reaches('10.91.1.1', { from: 'eth1' })).toBe(true);
    expect(await pod.check()).toBe('');
    await pod.exec('ip', 'link', 'set', 'eth1', 'mtu', '1300');
    expect(await pod.check()).toMatch(/network "tuned" \(eth1\), plugin "tuning" CHECK: .*1400.*1300/);
    await pod.down();
    expect(await scene.exec('find', '/run/cni/tuning', '-type', 'f')).toBe('');
  });

  test('portmap: a caller outside reaches the pod by the port of the node', async () => {
    const outside = await scene.outside();
    const pod = await scene.pod('shop', 'published');
    await pod.up({ portMappings: [{ hostPort: 18080, containerPort: 8080, protocol: 'tcp' }] });
    await pod.exec('ip', 'route', 'add', 'default', 'via', '10.88.3.1');
    const greeter = pod.netns.exec([process.execPath, '-e', GREETER, '8080']);
    const call = `for i in $(seq 50); do { exec 3<>/dev/tcp/${OUTSIDE.node}/18080; } 2>/dev/null && cat <&3 && exit; sleep 0.1; done; exit 1`;
    const answer = await outside.exec(['bash', '-c', call]);
    expect(answer.stdout, answer.stderr).toBe('hello');
    expect((await greeter).code).toBe(0);
    // Debian's portmap looks for the rules of an IPv4 address among those of IPv6, too.
    expect(await pod.check()).toMatch(/^$|plugin "portmap" CHECK: could not check ipv6 dnat: chain .* not found/);
    await pod.down();
  });

  test('bandwidth: both directions of the primary network are shaped, and CHECK sees that they are', async () => {
    scene.network(
      'slow',
      { type: 'bridge', bridge: 'br-slow', isDefaultGateway: true, ipam: hostLocal('10.91.2.0/24') },
      { type: 'bandwidth', ingressRate: 4e6, ingressBurst: 8e5, egressRate: 2e6, egressBurst: 8e5 },
    );
    const pod = await scene.pod('slow', 'slow,storage');
    await pod.up();
    const [host, ifb] = pod.result.interfaces.filter(
      ({ name, sandbox }: { name: string; sandbox?: string }) => !sandbox && name !== 'br-slow',
    );
    const qdisc = (link: { name: string }) => scene.exec('tc', 'qdisc', 'show', 'dev', link.name);
    expect(await qdisc(host)).toMatch(/tbf .*rate 4Mbit/);
    expect(await qdisc(ifb)).toMatch(/tbf .*rate 2Mbit/);
    expect(await pod.reaches('10.91.2.1')).toBe(true);
    expect(await pod.check()).toBe('');
    await scene.exec('ip', 'link', 'del', ifb.name);
    expect(await pod.check()).toMatch(/network "slow" \(eth0\), plugin "bandwidth" CHECK: .*ifb/);
    await pod.down();
  });

  test('sbr: what comes from the second network leaves by it, by a route table of its own', async () => {
    scene.network(
      'sourced',
      { type: 'bridge', bridge: 'br-sourced', isGateway: true, ipam: hostLocal('10.91.3.0/24') },
      { type: 'sbr' },
    );
    const pod = await scene.pod('sourced', 'front,sourced');
    const rules = await rulesOf(pod);
    await pod.up();
    expect(await rulesOf(pod)).toContainEqual(expect.stringMatching(/from 10\.91\.3\.2 lookup 100$/));
    const table = (await pod.exec('ip', 'route', 'show', 'table', '100')).trimEnd().split(/\s*\n/);
    expect(table.toSorted()).toEqual([
      '10.91.3.0/24 dev eth1 proto kernel scope link src 10.91.3.2',
      'default via 10.91.3.1 dev eth1',
    ]);
    expect((await pod.netns.routes()).filter(({ dev }) => dev === 'eth1')).toEqual([]);
    // By way of both networks the node answers, each time from the interface that the source belongs to.
    const way = (source: string) => pod.exec('ip', 'route', 'get', '198.51.100.1', 'from', source);
    expect(await way('10.91.3.2')).toContain('via 10.91.3.1 dev eth1');
    expect(await way('10.88.1.2')).toContain('via 10.88.1.1 dev eth0');
    expect(await pod.reaches('10.91.3.1', { from: '10.91.3.2' })).toBe(true);
    // bridge looks in the main table for what sbr has moved.
    expect(await pod.check()).toMatch(/^$|plugin "bridge" CHECK: Failed to find Gateway 10\.91\.3\.1/);
    await pod.down();
    expect(await rulesOf(pod)).toEqual(rules);
  });

  test('sbr: where the pod’s namespace is gone, DEL goes well and the bridge behind it gives its address back', async () => {
    const bridge = { type: 'bridge', bridge: 'br-sourced', isGateway: true, ipam: hostLocal('10.91.3.0/24') };
    scene.network('sourced', bridge, { type: 'sbr' });
    const pod = await scene.pod('sourced', 'sourced');
    await pod.up();
    await pod.lost();
  });

  test('firewall: a node that forwards nothing forwards for this pod', async () => {
    await scene.outside();
    scene.network(
      'guarded',
      { type: 'bridge', bridge: 'br-guarded', isDefaultGateway: true, ipam: hostLocal('10.91.4.0/24') },
      { type: 'firewall', backend: 'iptables' },
    );
    await scene.exec('iptables', '-P', 'FORWARD', 'DROP');
    const pod = await scene.pod('guarded', 'guarded,storage');
    await pod.up();
    const forward = async () => (await scene.exec('iptables', '-S', 'CNI-FORWARD')).split('\n');
    expect(await forward()).toContain('-A CNI-FORWARD -s 10.91.4.2/32 -j ACCEPT');
    expect(await forward()).toContain(
      '-A CNI-FORWARD -d 10.91.4.2/32 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    );
    expect(await pod.reaches(OUTSIDE.address)).toBe(true);
    expect(await pod.check()).toBe('');
    await scene.exec('iptables', '-D', 'CNI-FORWARD', '-s', '10.91.4.2/32', '-j', 'ACCEPT');
    expect(await pod.check()).toMatch(/network "guarded" \(eth0\), plugin "firewall" CHECK: .*10\.91\.4\.2/);
    await pod.down();
    expect((await forward()).filter((rule) => rule.includes('10.91.4.2'))).toEqual([]);
  });

  test('loopback: it brings the pod’s own lo up, and CHECK sees it go down', async () => {
    scene.network(
      'looped',
      { type: 'bridge', bridge: 'br-looped', isDefaultGateway: true, ipam: hostLocal('10.91.5.0/24') },
      { type: 'loopback' },
    );
    const pod = await scene.pod('looped', 'looped,storage');
    await pod.up();
    expect(pod.result.interfaces.map(({ name }: { name: string }) => name)).not.toContain('lo');
    expect(await pod.reaches('127.0.0.1')).toBe(true);
    expect(await pod.check()).toBe('');
    await pod.exec('ip', 'link', 'set', 'lo', 'down');
    expect(await pod.check()).toMatch(/network "looped" \(eth0\), plugin "loopback" CHECK: .*down/);
    await pod.down();
  });
});
