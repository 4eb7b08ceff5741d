/** The namespace helper when requests are refused or lost, answers strange, and somebody else changes the same routes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allRoutes, createHelperScene, defaultRoutes, type HelperScene, SANITIZED } from '../harness/netns-helper.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { describeReal } from '../harness/real-requirements.ts';

const V4 = 'default via 10.1.0.1 dev eth0';
const V6 = 'default via fd00:1::1 dev eth0 metric 1024 pref medium';

describeReal('the namespace helper, when odd things happen', SANITIZED.ability, () => {
  let scene: HelperScene;
  beforeAll(async () => {
    scene = await createHelperScene(SANITIZED);
  });
  afterAll(() => scene.dispose());

  const ROUTES = [
    'route add default via 10.2.0.1',
    'route append default via 10.2.0.7 proto static',
    'route add default metric 7 nexthop via 10.1.0.7 dev eth0 nexthop via 10.2.0.9 dev eth1',
    '-6 route add default via fd00:2::1',
    '-6 route add default metric 7 nexthop via fd00:1::7 nexthop via fd00:2::7',
  ];
  const stdin = 'default eth0 10.1.0.1\ndefault eth0 fd00:1::1';

  test.each(['1', '2', '3', '4', '5'])('delete number %s is refused: all is as it was', async (number) => {
    const pod = await scene.twoNetworks(...ROUTES);
    const before = await allRoutes(pod);
    const failure = await scene.failure({ netns: pod.path, stdin, odd: { ODD_REFUSE_DELETE: number } });
    expect(failure).toMatchObject({ code: 5, msg: expect.stringContaining('deleting a default route: ') });
    expect(failure.details).not.toContain('default route was not');
    expect(await allRoutes(pod)).toBe(before);
  });

  test('a refused delete of a single next hop of several: all is as it was', async () => {
    const pod = await scene.twoNetworks(...ROUTES);
    const before = await allRoutes(pod);
    const odd = { ODD_REFUSE_DELETE: '3' };
    expect(await scene.failure({ netns: pod.path, stdin: 'default4 eth0', odd })).toMatchObject({ code: 5 });
    expect(await allRoutes(pod)).toBe(before);
  });

  test('routes to a router whose link is down are put back as they were', async () => {
    const pod = await scene.twoNetworks(...ROUTES);
    await pod.exec(['ip', 'link', 'set', 'peer1', 'down']);
    const countDown = async () => (await allRoutes(pod)).split('linkdown').length - 1;
    await pollUntil(async () => ((await countDown()) >= 7 ? true : undefined), {
      withinMs: 20_000,
      what: 'the routes to notice',
    });
    const before = await allRoutes(pod);
    expect(await scene.failure({ netns: pod.path, stdin, odd: { ODD_REFUSE_DELETE: '5' } })).toMatchObject({ code: 5 });
    expect(await allRoutes(pod)).toBe(before);
  });

  test.each([
    ['from several next hops', ROUTES, 'default eth0 10.1.0.1', `ip -4 route show default | grep -q '^${V4} $'`],
    ['of IPv6', ROUTES, 'default eth0 fd00:1::1', "ip -6 route show default | grep -q 'via fd00:1::1 dev eth0 '"],
    [
      'of IPv6 from a next hop object',
      [
        'nexthop add id 1 via fd00:1::1 dev eth0',
        'nexthop add id 2 via fd00:2::1 dev eth1',
        'nexthop add id 3 group 1/2',
        '-6 route add default nhid 3 metric 7',
      ],
      'default eth0 fd00:1::1',
      `ip -6 route show default | grep -q '^${V6}'`,
    ],
    [
      'to its own next hop of several',
      [ROUTES[2] ?? ''],
      'default4 eth0',
      "ip -4 route show default | grep -q '^default via 10.1.0.7 dev eth0 metric 7'",
    ],
  ])('the new route is there before an old one goes: %s', async (_what, routes, command, isThere) => {
    const pod = await scene.twoNetworks(...routes);
    await scene.facts({ netns: pod.path, stdin: command, odd: { ODD_RIVAL: isThere, ODD_RIVAL_TIMES: '1' } });
  });

  test('what is taken away again is the route that was added, not a rival’s', async () => {
    const pod = await scene.twoNetworks('-6 route add default via fd00:2::1');
    const odd = {
      ODD_RIVAL: 'ip -6 route add default via fd00:1::1 dev eth0 metric 5',
      ODD_RIVAL_TIMES: '1',
      ODD_REFUSE_DELETE: '1',
    };
    expect(await scene.failure({ netns: pod.path, stdin: 'default eth0 fd00:1::1', odd })).toMatchObject({ code: 5 });
    expect(await defaultRoutes(pod, '6')).toEqual([
      'default via fd00:1::1 dev eth0 metric 5 pref medium',
      'default via fd00:2::1 dev eth1 metric 1024 pref medium',
    ]);
  });

  test('what runs out still does when it is put back', async () => {
    const pod = await scene.twoNetworks(
      '-6 route add default via fd00:2::1 proto ra expires 900',
      '-6 route add default via fd00:2::7 metric 7',
    );
    expect(
      await scene.failure({ netns: pod.path, stdin: 'default eth0 fd00:1::1', odd: { ODD_REFUSE_DELETE: '2' } }),
    ).toMatchObject({ code: 5 });
    expect(await defaultRoutes(pod, '6')).toEqual([
      'default via fd00:2::7 dev eth1 metric 7 pref medium',
      expect.stringMatching(/^default via fd00:2::1 dev eth1 proto ra metric 1024 expires \d+sec pref medium$/),
    ]);
  });

  test('what cannot be put back is named', async () => {
    const pod = await scene.twoNetworks('route add default via 10.2.0.1', 'route add default via 10.2.0.7 metric 7');
    const odd = { ODD_REFUSE_DELETE: '2', ODD_REFUSE_ADD: '2' };
    const failure = await scene.failure({ netns: pod.path, stdin: 'default eth0 10.1.0.1', odd });
    expect(failure.details).toMatch(/a default route was not put back: Invalid argument$/);
    expect(await defaultRoutes(pod, '4')).toEqual(['default via 10.2.0.1 dev eth1']);
  });

  test('deletes without effect are repeated', async () => {
    const pod = await scene.twoNetworks(...ROUTES);
    await scene.facts({ netns: pod.path, stdin, odd: { ODD_LOSE_DELETES: '5' } });
    expect([await defaultRoutes(pod, '4'), await defaultRoutes(pod, '6')]).toEqual([[V4], [V6]]);
  });

  test('deletes that never have an effect are an error that says what is there, and all is as it was', async () => {
    const pod = await scene.twoNetworks('route add default via 10.2.0.1');
    const before = await allRoutes(pod);
    // As many as there are rounds; the next one is that of the undo.
    const odd = { ODD_LOSE_DELETES: '4' };
    const failure = await scene.failure({ netns: pod.path, stdin: 'default eth0 10.1.0.1', odd });
    expect(failure).toMatchObject({ code: 7, details: 'via 10.2.0.1 dev eth1, via 10.1.0.1 dev eth0' });
    expect(await allRoutes(pod)).toBe(before);
  });

  test('a rival that adds a default route once loses', async () => {
    const pod = await scene.twoNetworks('route add default via 10.2.0.1');
    const odd = { ODD_RIVAL: 'ip route add default via 10.2.0.7 metric 9', ODD_RIVAL_TIMES: '1' };
    await scene.facts({ netns: pod.path, stdin: 'default eth0 10.1.0.1', odd });
    expect(await defaultRoutes(pod, '4')).toEqual([V4]);
  });

  test('a rival that takes away what is to be deleted is no matter', async () => {
    const pod = await scene.twoNetworks('route add default via 10.2.0.1');
    const odd = { ODD_RIVAL: 'ip route del default via 10.2.0.1', ODD_RIVAL_TIMES: '1' };
    await scene.facts({ netns: pod.path, stdin: 'default eth0 10.1.0.1', odd });
    expect(await defaultRoutes(pod, '4')).toEqual([V4]);
  });

  test('a rival that goes on is an error that names its route', async () => {
    const pod = await scene.twoNetworks('route add default via 10.2.0.1');
    const odd = { ODD_RIVAL: 'ip route add default via 10.2.0.7 metric $ODD_DELETES', ODD_RIVAL_TIMES: '4' };
    const failure = await scene.failure({ netns: pod.path, stdin: 'default eth0 10.1.0.1', odd });
    expect(failure).toMatchObject({ code: 7, details: 'via 10.1.0.1 dev eth0, via 10.2.0.7 dev eth1' });
    expect(await defaultRoutes(pod, '4')).toEqual([
      'default via 10.2.0.1 dev eth1',
      ...[1, 2, 3, 4].map((metric) => `default via 10.2.0.7 dev eth1 metric ${metric}`),
    ]);
  });

  test.each([
    ['interrupted dumps', { ODD_INTERRUPT: '6' }],
    ['answers to other questions', { ODD_STRAY: '1' }],
    ['signals', { ODD_SIGNAL: '1' }],
  ])('%s do not matter', async (_what, odd) => {
    const pod = await scene.twoNetworks(...ROUTES);
    expect(await scene.facts({ netns: pod.path, odd })).toEqual(await scene.facts({ netns: pod.path }));
    await scene.facts({ netns: pod.path, stdin, odd });
    expect([await defaultRoutes(pod, '4'), await defaultRoutes(pod, '6')]).toEqual([[V4], [V6]]);
  });

  test.each([
    ['dumps that are always interrupted', { ODD_INTERRUPT: '99' }, 'its tables keep changing'],
    ['answers that do not fit', { ODD_TOO_LONG: '1' }, 'Message too long'],
    ['a kernel that is silent', { ODD_SILENT: '1' }, 'timed out'],
  ])('%s are errors', async (_what, odd, msg) => {
    const pod = await scene.twoNetworks(...ROUTES);
    const before = await allRoutes(pod);
    for (const commands of ['', stdin]) {
      const failure = await scene.failure({ netns: pod.path, stdin: commands, odd });
      expect(failure).toMatchObject({ code: 5, msg: expect.stringContaining(msg) });
    }
    expect(await allRoutes(pod)).toBe(before);
  });
});
