/** What the namespace helper leaves alone, and that a command which fails changes nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allRoutes, createHelperScene, type HelperScene, SANITIZED, SHIPPED } from '../harness/netns-helper.ts';
import { describeReal } from '../harness/real-requirements.ts';

/** What no command may touch, though each is a default route of a kind. */
const STRANGERS = [
  'route add default via 10.1.0.9 dev eth0 table 100',
  'route add blackhole default metric 900',
  '-6 route add default via fd00:1::9 dev eth0 table 100',
  '-6 route add unreachable default metric 900',
  '-6 route add default from fd00:1::/64 via fd00:1::9 dev eth0',
];

describe.each([SHIPPED, SANITIZED])('$name', (build) => {
  describeReal('the namespace helper', build.ability, () => {
    let scene: HelperScene;
    beforeAll(async () => {
      scene = await createHelperScene(build);
    });
    afterAll(() => scene.dispose());

    test.each([
      ['the right route', ['route add default via 10.1.0.1 proto static metric 7'], 'default eth0 10.1.0.1'],
      ['the right route of IPv6', ['-6 route add default via fd00:1::1 proto ra metric 7'], 'default eth0 fd00:1::1'],
      ['the only interface’s', ['route add default nexthop via 10.1.0.1 nexthop via 10.1.0.7'], 'default4 eth0'],
      ['none at all', [], 'default4 eth0\ndefault6 eth1'],
    ])('leaves as it is %s', async (_what, routes, stdin) => {
      const pod = await scene.twoNetworks(...routes);
      const before = await allRoutes(pod);
      await scene.facts({ netns: pod.path, stdin });
      expect(await allRoutes(pod)).toBe(before);
    });

    test('leaves alone other tables, source-specific routes, and those that lead nowhere', async () => {
      const pod = await scene.twoNetworks(...STRANGERS);
      const before = await allRoutes(pod);
      await scene.facts({ netns: pod.path, stdin: 'default eth1 10.2.0.1\ndefault eth1 fd00:2::1' });
      expect(await allRoutes(pod)).not.toBe(before);
      await scene.facts({ netns: pod.path, stdin: 'default4 eth0\ndefault6 eth0' });
      expect(await allRoutes(pod)).toBe(before);
    });

    describe('a failure changes nothing', () => {
      const ROUTES = [
        'route add default via 10.2.0.1 proto static metric 3 src 10.2.0.2',
        'route append default via 10.2.0.7 metric 3',
        'route add default nexthop via 10.1.0.1 dev eth0 weight 2 nexthop via 10.2.0.1 dev eth1',
        '-6 route add default nexthop via fd00:2::1 nexthop via fd00:1::7',
        '-6 route add default via fd00:2::1 proto ra metric 100',
      ];

      test.each([
        ['a gateway off the link', 'default eth0 192.0.2.1', 'default route dev eth0 via 192.0.2.1: '],
        ['a gateway on another link', 'default eth0 10.2.0.1', 'default route dev eth0 via 10.2.0.1: '],
        ['an IPv6 gateway off the link', 'default eth0 2001:db8::1', 'default route dev eth0 via 2001:db8::1: '],
        ['a gateway that is the pod', 'default eth0 fd00:1::2', 'default route dev eth0 via fd00:1::2: '],
        [
          'the second family',
          'default eth0 10.1.0.7\ndefault eth0 2001:db8::1',
          'default route dev eth0 via 2001:db8::1: ',
        ],
        ['an interface that is down', 'default down0 10.1.0.1', 'default route dev down0 via 10.1.0.1: '],
        ['no such interface', 'default eth9 10.1.0.1', 'no interface "eth9" in the namespace'],
        [
          'no such interface in the second command',
          'default4 eth0\ndefault6 eth9',
          'no interface "eth9" in the namespace',
        ],
      ])('%s', async (_what, stdin, msg) => {
        const pod = await scene.twoNetworks(...ROUTES, 'link add name down0 type veth peer name down1');
        const before = await allRoutes(pod);
        const failure = await scene.failure({ netns: pod.path, stdin });
        expect(failure).toMatchObject({ code: 7, msg: expect.stringContaining(msg) });
        expect(await allRoutes(pod)).toBe(before);
      });

      test('the kernel’s own explanation is handed on', async () => {
        const pod = await scene.twoNetworks();
        expect(await scene.failure({ netns: pod.path, stdin: 'default eth0 192.0.2.1' })).toMatchObject({
          code: 7,
          details: expect.stringContaining('invalid gateway'),
        });
      });

      test('a next hop object that interfaces share cannot be divided', async () => {
        const pod = await scene.twoNetworks(
          'nexthop add id 1 via 10.2.0.1 dev eth1',
          'nexthop add id 2 via 10.1.0.1 dev eth0',
          'nexthop add id 3 group 1/2',
          'route add default via 10.2.0.1',
          'route add default nhid 3 metric 7',
        );
        const before = await allRoutes(pod);
        const failure = await scene.failure({ netns: pod.path, stdin: 'default4 eth0' });
        expect(failure).toMatchObject({ code: 7, msg: expect.stringContaining('next hop object 3') });
        expect(await allRoutes(pod)).toBe(before);
      });

      test('an answer that cannot be written', async () => {
        const pod = await scene.twoNetworks(...ROUTES);
        const before = await allRoutes(pod);
        // Nothing is left to write to; and a pipe whose reader has gone.
        const pipe = 'mkfifo "$0.pipe"; exec 3<>"$0.pipe" 4>"$0.pipe" 3<&-; exec "$0" >&4';
        for (const script of ['exec "$0" >/dev/full', pipe]) {
          const stdin = 'default eth0 10.1.0.7\ndefault eth1 fd00:2::7';
          const result = await scene.call({ netns: pod.path, stdin, through: ['sh', '-c', script] });
          expect(result).toMatchObject({ code: 1, stdout: '', stderr: '' });
          expect(await allRoutes(pod)).toBe(before);
        }
      });
    });
  });
});
