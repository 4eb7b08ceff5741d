/** Default routes that the namespace helper moves, from every state that the kernel knows. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHelperScene, defaultRoutes, type HelperScene, SANITIZED, SHIPPED } from '../harness/netns-helper.ts';
import { describeReal } from '../harness/real-requirements.ts';

const V4 = 'default via 10.1.0.1 dev eth0';
const V6 = 'default via fd00:1::1 dev eth0 metric 1024 pref medium';
describe.each([SHIPPED, SANITIZED])('$name', (build) => {
  describeReal('the namespace helper', build.ability, () => {
    let scene: HelperScene;
    beforeAll(async () => {
      scene = await createHelperScene(build);
    });
    afterAll(() => scene.dispose());

    describe('moves the default route', () => {
      test.each<[string, routes: string[], commands: string, ipv4: string[], ipv6: string[]]>([
        ['where there is none', [], 'default eth0 10.1.0.1', [V4], []],
        ['of IPv6 where there is none', [], 'default eth0 fd00:1::1', [], [V6]],
        [
          'to a link-local router',
          [],
          'default eth0 fe80::1',
          [],
          ['default via fe80::1 dev eth0 metric 1024 pref medium'],
        ],
        ['from another interface', ['route add default via 10.2.0.1'], 'default eth0 10.1.0.1', [V4], []],
        ['from another router', ['route add default via 10.1.0.7'], 'default eth0 10.1.0.1', [V4], []],
        [
          'from one for a type of service',
          ['route add default via 10.1.0.1 tos 0x10'],
          'default eth0 10.1.0.1',
          [V4],
          [],
        ],
        ['of IPv6 from another interface', ['route add default via fd00:2::1'], 'default eth0 fd00:1::1', [], [V6]],
        [
          'of both families',
          ['route add default via 10.2.0.1', 'route add default via fd00:2::1'],
          'default eth0 fd00:1::1\n\ndefault eth0 10.1.0.1\n',
          [V4],
          [V6],
        ],
        [
          'of one family, not of the other',
          ['route add default via 10.2.0.1', 'route add default via fd00:2::1'],
          'default eth0 10.1.0.1',
          [V4],
          ['default via fd00:2::1 dev eth1 metric 1024 pref medium'],
        ],
        [
          'from three of different metrics',
          [
            'route add default via 10.2.0.1',
            'route add default via 10.2.0.7 metric 7',
            'route add default dev eth0 metric 9',
          ],
          'default eth0 10.1.0.1',
          [V4],
          [],
        ],
        [
          'from three of one metric',
          ['route add default via 10.2.0.1', 'route append default via 10.2.0.7', 'route append default dev eth1'],
          'default eth0 10.1.0.1',
          [V4],
          [],
        ],
        [
          'of IPv6 from three of different metrics, one of a router’s advertisement',
          [
            'route add default via fd00:2::1 metric 7',
            '-6 route add default via fd00:2::7 proto ra metric 100 expires 900',
            '-6 route add default dev eth1',
          ],
          'default eth0 fd00:1::1',
          [],
          [V6],
        ],
        [
          'to the one of two that is right, which stays what it was',
          [
            'route add default via 10.2.0.1',
            'route add default via 10.1.0.1 proto static metric 7 src 10.1.0.2 mtu 1300',
          ],
          'default eth0 10.1.0.1',
          ['default via 10.1.0.1 dev eth0 proto static src 10.1.0.2 metric 7 mtu 1300'],
          [],
        ],
        [
          'to the first of several that are right',
          [
            'route add default via 10.1.0.1 proto static',
            'route append default via 10.1.0.1 proto boot',
            'route add default via 10.1.0.1 metric 8',
          ],
          'default eth0 10.1.0.1',
          ['default via 10.1.0.1 dev eth0 proto static'],
          [],
        ],
        [
          'of IPv6 to the router’s advertisement that is right',
          ['-6 route add default via fd00:1::1 proto ra metric 100', 'route add default via fd00:1::1'],
          'default eth0 fd00:1::1',
          [],
          ['default via fd00:1::1 dev eth0 proto ra metric 100 pref medium'],
        ],
        [
          'from several next hops',
          ['route add default nexthop via 10.1.0.1 dev eth0 nexthop via 10.2.0.1 dev eth1 weight 3'],
          'default eth0 10.1.0.1',
          [V4],
          [],
        ],
        [
          'of IPv6 from several next hops, one of them right',
          ['-6 route add default metric 7 nexthop via fd00:2::1 nexthop via fd00:1::1 nexthop via fd00:2::7'],
          'default eth0 fd00:1::1',
          [],
          ['default via fd00:1::1 dev eth0 metric 7 pref medium'],
        ],
        [
          'of IPv6 from several next hops, none of them right',
          ['-6 route add default nexthop via fd00:2::1 nexthop via fd00:1::7'],
          'default eth0 fd00:1::1',
          [],
          [V6],
        ],
        [
          'from next hop objects',
          [
            'nexthop add id 1 via 10.2.0.1 dev eth1',
            'nexthop add id 2 via 10.1.0.1 dev eth0',
            'nexthop add id 3 group 1/2',
            'nexthop add id 4 via fd00:2::1 dev eth1',
            'route add default nhid 1',
            'route add default nhid 3 metric 7',
            '-6 route add default nhid 4',
          ],
          'default eth0 10.1.0.1\ndefault eth0 fd00:1::1',
          [V4],
          [V6],
        ],
        [
          'from one through an IPv6 router, one for a type of service, and one to a router off the link',
          [
            '-4 route add default via inet6 fd00:1::1 dev eth0',
            'route add default via 10.1.0.1 tos 0x10',
            'route add default via 192.0.2.1 dev eth1 onlink metric 7',
          ],
          'default eth0 10.1.0.1',
          [V4],
          [],
        ],
      ])('%s', async (_what, routes, stdin, ipv4, ipv6) => {
        const pod = await scene.twoNetworks(...routes);
        const facts = await scene.facts({ netns: pod.path, stdin });
        expect([await defaultRoutes(pod, '4'), await defaultRoutes(pod, '6')]).toEqual([ipv4, ipv6]);
        const told = facts.routes.filter(({ dst }) => dst === '0.0.0.0/0' || dst === '::/0');
        expect(told.map(({ gateway, dev }) => `default via ${gateway} dev ${dev}`)).toEqual(
          [...ipv4, ...ipv6].map((line) => line.split(' ').slice(0, 5).join(' ')),
        );
      });
    });

    describe('takes default routes away from other interfaces', () => {
      test.each<[string, routes: string[], commands: string, ipv4: string[], ipv6: string[]]>([
        [
          'and lets those of the one stay as they are',
          [
            'route add default via 10.1.0.1 proto static metric 7',
            'route add default via 10.1.0.7 metric 8',
            'route add default via 10.2.0.1',
            'route add default via fd00:2::1',
          ],
          'default4 eth0',
          ['default via 10.1.0.1 dev eth0 proto static metric 7', 'default via 10.1.0.7 dev eth0 metric 8'],
          ['default via fd00:2::1 dev eth1 metric 1024 pref medium'],
        ],
        ['also when it has none', ['route add default via 10.2.0.1'], 'default4 eth0', [], []],
        [
          'of IPv6, also when it has none',
          ['route add default via 10.2.0.1', '-6 route add default via fd00:2::1 proto ra'],
          'default6 eth0',
          ['default via 10.2.0.1 dev eth1'],
          [],
        ],
        [
          'of several next hops, and keeps its own',
          [
            'route add default proto static metric 7 nexthop via 10.1.0.1 dev eth0 weight 2 nexthop via 10.2.0.1 dev eth1 ' +
              'nexthop via 10.1.0.7 dev eth0 weight 3',
            'route add default metric 8 nexthop via 10.2.0.1 dev eth1 nexthop via 10.1.0.1 dev eth0',
          ],
          'default4 eth0',
          [
            'default proto static metric 7 nexthop via 10.1.0.1 dev eth0 weight 2 nexthop via 10.1.0.7 dev eth0 weight 3',
            'default via 10.1.0.1 dev eth0 metric 8',
          ],
          [],
        ],
        [
          'of several IPv6 next hops, and keeps its own',
          ['-6 route add default metric 7 nexthop via fd00:2::1 nexthop via fd00:1::1 nexthop via fd00:2::7'],
          'default6 eth0',
          [],
          ['default via fd00:1::1 dev eth0 metric 7 pref medium'],
        ],
        [
          'of several next hops, none of them its own',
          [
            'route add default nexthop via 10.2.0.1 nexthop via 10.2.0.7',
            '-6 route add default nexthop via fd00:2::1 nexthop via fd00:2::7',
          ],
          'default4 eth0\ndefault6 eth0',
          [],
          [],
        ],
        [
          'with next hop objects',
          [
            'nexthop add id 1 via 10.2.0.1 dev eth1',
            'route add default nhid 1',
            'route add default via 10.1.0.1 metric 7',
          ],
          'default4 eth0',
          [`${V4} metric 7`],
          [],
        ],
      ])('%s', async (_what, routes, stdin, ipv4, ipv6) => {
        const pod = await scene.twoNetworks(...routes);
        await scene.facts({ netns: pod.path, stdin });
        expect([await defaultRoutes(pod, '4'), await defaultRoutes(pod, '6')]).toEqual([ipv4, ipv6]);
      });
    });
  });
});
