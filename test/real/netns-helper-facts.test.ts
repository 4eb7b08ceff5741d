/** What the namespace helper tells of links, addresses and routes, against what the kernel was given. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHelperScene, type HelperScene, SANITIZED, SHIPPED } from '../harness/netns-helper.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { describeReal } from '../harness/real-requirements.ts';

describe.each([SHIPPED, SANITIZED])('$name', (build) => {
  describeReal('the namespace helper tells', build.ability, () => {
    let scene: HelperScene;
    beforeAll(async () => {
      scene = await createHelperScene(build);
    });
    afterAll(() => scene.dispose());

    test('links, addresses and the unicast routes of the main table', async () => {
      const pod = await scene.pod(
        'link set lo up',
        'link add name eth0 address 02:00:00:00:00:01 mtu 1400 type veth peer name peer0 address 02:00:00:00:00:02',
        'link set eth0 up',
        'link set peer0 up',
        'addr add 10.1.0.2/24 dev eth0',
        'addr add 10.3.0.1 peer 10.3.0.2/32 dev eth0',
        'addr add 169.254.1.1/16 dev eth0 scope link',
        'addr add fd00:1::2/64 dev eth0 nodad',
        'route add default via 10.1.0.1 dev eth0 proto static metric 50',
        'route add 10.9.0.0/16 nexthop via 10.1.0.8 dev eth0 nexthop via 10.1.0.9 dev eth0',
        'route add 10.8.0.0/16 via inet6 fd00:1::8 dev eth0',
        'route add blackhole 10.7.0.0/16',
        'route add 10.6.0.0/16 via 10.1.0.1 table 100',
        'route add 10.5.0.0/16 via 10.1.0.1 table 254',
        '-6 route add default via fd00:1::1 dev eth0 proto ra metric 100',
        '-6 route add fd00:9::/48 nexthop via fd00:1::8 dev eth0 nexthop via fd00:1::9 dev eth0',
        '-6 route add default from fd00:1::/64 via fd00:1::7 dev eth0',
      );
      const { links, addresses, routes } = await scene.facts({ netns: pod.path });
      expect(links).toEqual([
        { name: 'lo', index: 1, mac: '00:00:00:00:00:00', mtu: 65536, up: true },
        { name: 'peer0', index: 2, mac: '02:00:00:00:00:02', mtu: 1500, up: true },
        { name: 'eth0', index: 3, mac: '02:00:00:00:00:01', mtu: 1400, up: true },
      ]);
      const flags: string[] = [];
      expect(addresses).toEqual([
        { dev: 'lo', address: '127.0.0.1/8', scope: 'host', flags },
        { dev: 'eth0', address: '169.254.1.1/16', scope: 'link', flags },
        { dev: 'eth0', address: '10.1.0.2/24', scope: 'global', flags },
        { dev: 'eth0', address: '10.3.0.1/32', scope: 'global', flags },
        { dev: 'lo', address: '::1/128', scope: 'host', flags },
        { dev: 'eth0', address: 'fd00:1::2/64', scope: 'global', flags },
      ]);
      const dev = 'eth0';
      expect(routes).toEqual([
        { dst: '0.0.0.0/0', dev, gateway: '10.1.0.1', metric: 50, scope: 0, protocol: 4 },
        { dst: '10.1.0.0/24', dev, metric: 0, scope: 253, protocol: 2 },
        { dst: '10.3.0.2/32', dev, metric: 0, scope: 253, protocol: 2 },
        { dst: '10.5.0.0/16', dev, gateway: '10.1.0.1', metric: 0, scope: 0, protocol: 3 },
        { dst: '10.8.0.0/16', dev, gateway: 'fd00:1::8', metric: 0, scope: 0, protocol: 3 },
        { dst: '10.9.0.0/16', dev, gateway: '10.1.0.8', metric: 0, scope: 0, protocol: 3 },
        { dst: '10.9.0.0/16', dev, gateway: '10.1.0.9', metric: 0, scope: 0, protocol: 3 },
        { dst: '169.254.0.0/16', dev, metric: 0, scope: 253, protocol: 2 },
        { dst: 'fd00:1::/64', dev, metric: 256, scope: 0, protocol: 2 },
        { dst: 'fd00:9::/48', dev, gateway: 'fd00:1::8', metric: 1024, scope: 0, protocol: 3 },
        { dst: 'fd00:9::/48', dev, gateway: 'fd00:1::9', metric: 1024, scope: 0, protocol: 3 },
        { dst: '::/0', dev, gateway: 'fd00:1::1', metric: 100, scope: 0, protocol: 9 },
      ]);
    });

    test('an empty namespace, and one without IPv6', async () => {
      const pod = await scene.pod();
      const lo = { name: 'lo', index: 1, mac: '00:00:00:00:00:00', mtu: 65536, up: false };
      expect(await scene.facts({ netns: pod.path })).toEqual({ links: [lo], addresses: [], routes: [] });
      await pod.exec(['sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set lo up']);
      const { addresses } = await scene.facts({ netns: pod.path });
      expect(addresses.map(({ address }) => address)).toEqual(['127.0.0.1/8']);
    });

    test('link-local addresses and their routes', async () => {
      const pod = await scene.pod(
        'link add name eth0 address 02:00:00:00:00:01 type veth peer name peer0',
        'link set eth0 addrgenmode eui64',
        'link set peer0 up',
      );
      await pod.exec(['sh', '-c', 'echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad; ip link set eth0 up']);
      const { addresses, routes } = await scene.facts({ netns: pod.path });
      expect(addresses).toEqual([{ dev: 'eth0', address: 'fe80::ff:fe00:1/64', scope: 'link', flags: [] }]);
      expect(routes).toEqual([{ dst: 'fe80::/64', dev: 'eth0', metric: 256, scope: 0, protocol: 2 }]);
    });

    test('addresses whose uniqueness is not known yet, or refuted', async () => {
      const pod = await scene.pod(
        'link add name eth0 type veth peer name peer0',
        'link set eth0 up',
        'link set peer0 up',
        'addr add fd00:1::2/64 dev peer0 nodad',
        'addr add fd00:1::2/64 dev eth0',
        'link add name eth1 type veth peer name peer1',
        'link set eth1 up',
        'addr add fd00:2::2/64 dev eth1',
      );
      await pollUntil(
        async () => ((await pod.exec(['ip', '-6', 'addr'])).stdout.includes('dadfailed') ? true : undefined),
        { withinMs: 20_000, what: 'the duplicate to be found' },
      );
      const { addresses } = await scene.facts({ netns: pod.path });
      const flagsOf = (dev: string) => addresses.find((each) => each.dev === dev)?.flags;
      expect([flagsOf('eth0'), flagsOf('eth1'), flagsOf('peer0')]).toEqual([
        ['tentative', 'dadfailed'],
        ['tentative'],
        [],
      ]);
    });

    test('a next hop object that the kernel does not explain', async () => {
      const pod = await scene.twoNetworks('nexthop add id 1 via 10.2.0.1 dev eth1', 'route add default nhid 1');
      await pod.exec(['sh', '-c', 'echo 0 >/proc/sys/net/ipv4/nexthop_compat_mode']);
      const told = async (stdin: string) => (await scene.facts({ netns: pod.path, stdin })).routes[0];
      expect(await told('')).toEqual({ dst: '0.0.0.0/0', dev: '', metric: 0, scope: 0, protocol: 3 });
      expect(await told('default eth0 10.1.0.1')).toMatchObject({ dev: 'eth0', gateway: '10.1.0.1' });
    });

    test('500 routes and 300 addresses, each once', async () => {
      const numbers = (length: number) => Array.from({ length }, (_, index) => index);
      const addresses = numbers(150).flatMap((n) => [`10.1.0.${n + 2}/24`, `fd00:1::${(n + 2).toString(16)}/64`]);
      const routes = numbers(250).flatMap((n) => [`172.16.${n}.0/24`, `fd00:2:${(n + 1).toString(16)}::/48`]);
      const pod = await scene.twoNetworks(
        'addr flush dev eth0',
        ...addresses.map((address) => `addr add ${address} dev eth0${address.includes(':') ? ' nodad' : ''}`),
        ...routes.map((dst) => `route add ${dst} dev eth0`),
      );
      const facts = await scene.facts({ netns: pod.path });
      const found = facts.addresses.filter(({ dev }) => dev === 'eth0').map(({ address }) => address);
      expect(found.toSorted()).toEqual(addresses.toSorted());
      const added = facts.routes.filter(({ protocol }) => protocol === 3).map(({ dst }) => dst);
      expect(added.toSorted()).toEqual(routes.toSorted());
    });

    test('names of any bytes, as a document that can be parsed', async () => {
      const pod = await scene.pod();
      const names = [`a"b\\\\c`, 'x\\377y', 'caf\\303\\251', 'caf\\303x', '\\355\\277\\277', '\\001'];
      for (const [index, name] of names.entries()) {
        const add = `ip link add name "$(printf '${name}')" type veth peer name peer${index}`;
        expect((await pod.exec(['sh', '-c', add])).stderr).toBe('');
      }
      const { links } = await scene.facts({ netns: pod.path });
      const found = links.map(({ name }) => name).filter((name) => name !== 'lo' && !name.startsWith('peer'));
      expect(found).toEqual(['a"b\\c', 'x\u00ffy', 'café', 'caf\u00c3x', '\u00ed\u00bf\u00bf', '\u0001']);
    });
  });
});
