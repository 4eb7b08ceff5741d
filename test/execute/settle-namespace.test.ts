import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/execute/attach.ts';
import { settleNamespace } from '../../src/execute/settle-namespace.ts';
import type { DefaultRouteRequest } from '../../src/plan/plan.ts';
import { NAMESPACE_HELPER } from '../../src/schema/namespace-facts.ts';
import { EMPTY_RESULT, type ResultIp, type ResultRoute } from '../../src/schema/result.ts';
import { contextOf, failed, type Script, scriptedDelegates } from '../samples/delegates.ts';
import { failure } from '../samples/failure.ts';
import { attachmentOf } from '../samples/record.ts';

interface Made {
  readonly ips?: readonly (Omit<ResultIp, 'gateway'> & { gateway?: string })[];
  readonly routes?: readonly (Omit<ResultRoute, 'gw'> & { gw?: string })[];
}

function outcome(ifName: string, { ips = [], routes = [] }: Made = {}): Outcome {
  const made = {
    ips: ips.map((ip) => ({ gateway: undefined, ...ip })),
    routes: routes.map((route) => ({ gw: undefined, ...route })),
  };
  return {
    attachment: { ...attachmentOf(`of-${ifName}`, ifName), isPrimary: ifName === 'eth0' },
    result: {
      ...EMPTY_RESULT,
      interfaces: [{ name: ifName, sandbox: '/run/netns/pod' }],
      ...made,
    },
  };
}

const V4 = { dst: '0.0.0.0/0', gw: '10.1.0.1' };
const V6 = { dst: '::/0', gw: 'fd01::1' };
const NO_FACTS = { links: [], addresses: [], routes: [] };

async function settle(outcomes: readonly Outcome[], request?: DefaultRouteRequest, script: Script = {}) {
  const delegates = scriptedDelegates({ [NAMESPACE_HELPER]: { stdout: NO_FACTS }, ...script });
  const context = await contextOf(delegates.run, [NAMESPACE_HELPER]);
  const settled = await settleNamespace(outcomes, request, context);
  return {
    commands: delegates.calls.map(({ stdin }) => stdin.split('\n').filter((line) => line !== '')),
    routes: settled.map(({ result }) => result.routes.map(({ dst, gw }) => `${dst} ${gw ?? '-'}`)),
    isMoved: settled.map(({ isMoved }) => isMoved),
    isSeen: settled.map(({ isSeen }) => isSeen),
    calls: delegates.calls,
  };
}

const asked = (...gateways: string[]): DefaultRouteRequest => ({ ifName: 'net1', why: 'item 1', gateways });

describe('the default route', () => {
  test('of one attachment is nobody’s business', async () => {
    expect((await settle([outcome('eth0', { routes: [V4] })])).commands).toEqual([]);
  });

  test('stays with the primary network, and goes from another that gave one', async () => {
    const { commands, routes, isMoved } = await settle([
      outcome('eth0', { routes: [V4] }),
      outcome('net1', { routes: [{ dst: '0.0.0.0/0', gw: '10.2.0.1' }, { dst: '10.9.0.0/16' }] }),
    ]);
    expect(commands).toEqual([['default4 eth0']]);
    expect(routes).toEqual([['0.0.0.0/0 10.1.0.1'], ['10.9.0.0/16 -']]);
    expect(isMoved).toEqual([false, true]);
  });

  test('of a family that the primary network does not have is left where it is', async () => {
    const { commands, routes } = await settle([outcome('eth0', { routes: [V4] }), outcome('net1', { routes: [V6] })]);
    expect(commands).toEqual([['default4 eth0']]);
    expect(routes).toEqual([['0.0.0.0/0 10.1.0.1'], ['::/0 fd01::1']]);
  });

  test.each([
    [asked('10.2.0.9'), [['default net1 10.2.0.9', 'default6 eth0']], [['::/0 fd01::1'], ['0.0.0.0/0 10.2.0.9']]],
    [asked('fd02::9'), [['default4 eth0', 'default net1 fd02::9']], [['0.0.0.0/0 10.1.0.1'], ['::/0 fd02::9']]],
    [
      asked('10.2.0.9', 'fd02::9'),
      [['default net1 10.2.0.9', 'default net1 fd02::9']],
      [[], ['::/0 fd02::9', '0.0.0.0/0 10.2.0.9']],
    ],
  ])('moves to whoever asked with gateways %j, family by family', async (request, commands, routes) => {
    const moved = await settle([outcome('eth0', { routes: [V4, V6] }), outcome('net1')], request);
    expect(moved.commands).toEqual(commands);
    expect(moved.routes).toEqual(routes);
  });

  test('asked for without a gateway is the network’s own, as far as it has one', async () => {
    const own = outcome('net1', {
      routes: [{ dst: '0.0.0.0/0' }],
      ips: [{ address: '10.2.0.2/24', gateway: '10.2.0.1' }],
    });
    const { commands, routes } = await settle([outcome('eth0', { routes: [V4, V6] }), own], asked());
    expect(commands).toEqual([['default net1 10.2.0.1', 'default6 eth0']]);
    expect(routes).toEqual([['::/0 fd01::1'], ['0.0.0.0/0 10.2.0.1']]);
  });

  test('takes nothing from the primary network when there is none to give', async () => {
    const { commands, routes } = await settle([outcome('eth0', { routes: [V4] }), outcome('net1')], asked());
    expect(commands).toEqual([['default4 eth0']]);
    expect(routes).toEqual([['0.0.0.0/0 10.1.0.1'], []]);
  });

  const held = (...routes: readonly { dst: string; dev: string; gateway?: string }[]) => ({
    [NAMESPACE_HELPER]: { stdout: { ...NO_FACTS, links: [{ name: 'eth0' }, { name: 'net1' }], routes } },
  });
  const V4_ON_NET1 = { dst: '0.0.0.0/0', gw: '10.2.0.1' };
  const ON_ETH0 = { dst: '0.0.0.0/0', dev: 'eth0', gateway: '10.1.0.1' };
  const ON_NET1 = { dst: '0.0.0.0/0', dev: 'net1', gateway: '10.2.0.1' };

  test.each([1, 2])('that the primary network has without telling is its own, beside %i that tell', async (count) => {
    const others = ['net1', 'net2'].slice(0, count).map((name) => outcome(name, { routes: [V4_ON_NET1] }));
    const { commands, routes } = await settle([outcome('eth0'), ...others], undefined, held(ON_NET1, ON_ETH0));
    expect(commands).toEqual([[], ['default4 eth0']]);
    expect(routes).toEqual([[], ...others.map(() => [])]);
  });

  test('that the primary network has without telling, and nobody else: nothing is to be done', async () => {
    expect((await settle([outcome('eth0'), outcome('net1')], undefined, held(ON_ETH0))).commands).toEqual([[]]);
  });

  test('that one other network alone has stays with it', async () => {
    const outcomes = [outcome('eth0'), outcome('net1', { routes: [V4_ON_NET1] })];
    const { commands, routes } = await settle(outcomes, undefined, held(ON_NET1));
    expect(commands).toEqual([[]]);
    expect(routes).toEqual([[], ['0.0.0.0/0 10.2.0.1']]);
  });

  test('of which the helper does not know the link is left as it is', async () => {
    const outcomes = [outcome('eth0'), outcome('net1', { routes: [V4_ON_NET1] })];
    const script = held(ON_NET1, { dst: '0.0.0.0/0', dev: '' });
    expect((await settle(outcomes, undefined, script)).commands).toEqual([[]]);
  });

  describe('without a gateway', () => {
    const pair = [outcome('eth0', { routes: [{ dst: '0.0.0.0/0' }] }), outcome('net1', { routes: [V4_ON_NET1] })];

    test('stays with the primary network as it is', async () => {
      const { commands, routes } = await settle(pair, undefined, held({ dst: '0.0.0.0/0', dev: 'eth0' }, ON_NET1));
      expect(commands).toEqual([[], ['default4 eth0']]);
      expect(routes).toEqual([['0.0.0.0/0 -'], []]);
    });

    test('that another network replaced is code 7, for nobody could make it again', async () => {
      expect(await failure(() => settle(pair, undefined, held(ON_NET1)))).toMatchObject({
        code: 7,
        message:
          'network "of-net1" (net1) replaced the IPv4 default route of eth0, which has no gateway by which it could be made again',
      });
    });

    test('that no kernel has is nobody’s loss', async () => {
      expect((await settle(pair, undefined, held())).commands).toEqual([[]]);
    });
  });

  test('that may have to move fails the pod with the helper', async () => {
    const script = { [NAMESPACE_HELPER]: failed(5, 'no netlink') };
    const settling = () => settle([outcome('eth0'), outcome('net1', { routes: [V4_ON_NET1] })], undefined, script);
    expect(await failure(settling)).toMatchObject({ code: 5, message: 'no netlink' });
  });

  test('of a table of its own is policy routing and stays', async () => {
    const policy = { dst: '0.0.0.0/0', gw: '10.2.0.1', table: 100 };
    const { routes } = await settle([outcome('eth0', { routes: [V4] }), outcome('net1', { routes: [policy] })]);
    expect(routes[1]).toEqual(['0.0.0.0/0 10.2.0.1']);
  });

  test('that has to move and cannot is the helper’s error', async () => {
    const script = { [NAMESPACE_HELPER]: failed(7, 'no such gateway') };
    const moving = () => settle([outcome('eth0', { routes: [V4] }), outcome('net1')], asked('10.2.0.9'), script);
    expect(await failure(moving)).toMatchObject({ code: 7, message: 'item 1: no such gateway' });
  });
});

describe('the namespace read back', () => {
  const pair = [
    outcome('eth0', { ips: [{ address: '10.1.0.2/24', interface: 0 }], routes: [V4, { dst: '10.8.7.6/16' }] }),
    outcome('net1', { ips: [{ address: '10.2.0.2/24', interface: 0 }] }),
  ];
  const facts = {
    links: [{ name: 'eth0' }, { name: 'net1' }],
    addresses: [
      { dev: 'eth0', address: '10.1.0.2/24' },
      { dev: 'net1', address: '10.2.0.2/24' },
      { dev: 'eth0', address: 'fe80::1/64' },
      { dev: 'net1', address: 'fe80::1/64' },
    ],
    routes: [
      { dst: '0.0.0.0/0', dev: 'eth0', gateway: '10.1.0.1' },
      { dst: '10.8.0.0/16', dev: 'eth0', gateway: '10.1.0.1' },
    ],
  };
  const told = (stdout: object) => ({ [NAMESPACE_HELPER]: { stdout } });

  test('is what the results say: CHECK may demand it later', async () => {
    expect((await settle(pair, undefined, told(facts))).isSeen).toEqual([true, true]);
  });

  test.each([
    ['a link', { ...facts, links: [{ name: 'eth0' }] }, [true, false]],
    ['an address', { ...facts, addresses: facts.addresses.slice(1) }, [false, true]],
    [
      'an address on another link',
      { ...facts, addresses: [{ dev: 'net9', address: '10.1.0.2/24' }, facts.addresses[1]] },
      [false, true],
    ],
    ['a route', { ...facts, routes: facts.routes.slice(1) }, [false, true]],
    [
      'a route by that gateway',
      { ...facts, routes: [{ dst: '0.0.0.0/0', dev: 'eth0' }, facts.routes[1]] },
      [false, true],
    ],
  ])('lacks %s: what never was there is not demanded later', async (_what, told_, isSeen) => {
    expect((await settle(pair, undefined, told(told_))).isSeen).toEqual(isSeen);
  });

  test('M22: an address on two interfaces of the pod that no result mentions is code 102', async () => {
    const addresses = [...facts.addresses, { dev: 'net1', address: '10.1.0.2/32' }];
    expect(await failure(() => settle(pair, undefined, told({ ...facts, addresses })))).toMatchObject({
      code: 102,
      message: 'the interfaces eth0 and net1 of the pod both have the address 10.1.0.2',
    });
  });

  test.each([
    ['fails', failed(5, 'no netlink')],
    ['prints nonsense', { stdout: 'x' }],
    ['prints something else', { stdout: { links: 1 } }],
  ])('when the helper %s and nothing had to move, the pod is served all the same', async (_what, answer) => {
    const { isSeen } = await settle(pair, undefined, { [NAMESPACE_HELPER]: answer });
    expect(isSeen).toEqual([false, false]);
  });

  test('the helper gets the namespace, and no verb of ours', async () => {
    const { calls } = await settle(pair, undefined, told(facts));
    expect(calls).toMatchObject([
      { path: `/opt/cni/bin/${NAMESPACE_HELPER}`, variables: { CNI_NETNS: '/run/netns/pod' } },
    ]);
  });
});
