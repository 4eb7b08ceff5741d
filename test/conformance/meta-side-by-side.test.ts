/** M5, M6, M22, M24: what networks of one pod could take from each other, and what came before them; on the built binary. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';

beforeAll(prepareForms);

const NETNS = '/run/netns/braid-none';
const TWO = { cni: 'front,storage' };
const eth0 = { name: 'eth0', sandbox: NETNS };
const eth1 = { name: 'eth1', sandbox: NETNS };
const IP1 = '10.1.0.2/24';

describe.each(BRAID_FORMS)('networks side by side with Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('front', ['bridge']);
    node.network('storage', ['macvlan']);
  });
  afterEach(() => node.dispose());

  const answering = (plugin: string, result: object) =>
    node.plugin(plugin, { ADD: { stdout: { cniVersion: '1.0.0', ...result } } });
  const add = (rest: object = {}) => node.call(form, { verb: 'ADD', annotations: TWO, ...rest });
  const warnings = (stderr: string) =>
    stderr
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).msg);

  test('M5 M6: only the primary’s plugin is asked for default routes, in every spelling of one', async () => {
    const routes = [{ dst: '0.0.0.0/0' }, { dst: '::0/0' }, { dst: '0::/0' }, { dst: '10.9.0.0/16' }];
    const plugin = { isDefaultGateway: true, ipam: { type: 'host-local', subnet: '10.1.0.0/24', routes } };
    node.plugin('host-local');
    node.network('front', ['bridge'], { plugin });
    node.network('storage', ['macvlan'], { plugin });
    expect((await add()).code).toBe(0);
    const [front, storage] = node.calls().map(({ stdin }) => stdin);
    expect(front).toMatchObject(plugin);
    expect(storage).toMatchObject({
      isDefaultGateway: false,
      ipam: { type: 'host-local', subnet: '10.1.0.0/24', routes: [{ dst: '10.9.0.0/16' }] },
    });
    await node.call(form, { verb: 'DEL' });
    const deleted = node.calls().find(({ verb, plugin: type }) => verb === 'DEL' && type === 'macvlan');
    expect(deleted?.stdin.ipam.routes).toEqual([{ dst: '10.9.0.0/16' }]);
  });

  test('M5 M6: the primary is the network with the runtime’s interface name, wherever it stands in the list', async () => {
    for (const [network, type] of [
      ['front', 'bridge'],
      ['storage', 'macvlan'],
    ] as const)
      node.network(network, [type], { plugin: { isDefaultGateway: true } });
    await add({ annotations: { cni: 'front@net1,storage@eth0' } });
    expect(node.calls().map(({ plugin, stdin }) => [plugin, stdin.isDefaultGateway])).toEqual([
      ['macvlan', true],
      ['bridge', false],
    ]);
  });

  test.each([
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '0::0/0'],
    ['10.9.0.0/16', '10.9.0.0/16'],
  ])('M6: routes to %s and %s are both kept, each with its own gateway, and warned of', async (first, second) => {
    const isV6 = first.includes(':');
    const route = (dst: string, net: number) => ({ dst, gw: isV6 ? `fd00:${net}::1` : `10.${net}.0.1` });
    answering('bridge', { interfaces: [eth0], routes: [route(first, 1)] });
    answering('macvlan', { interfaces: [eth1], routes: [route(second, 2)] });
    const answer = await add();
    expect(answer.json.routes.map(({ gw }: { gw: string }) => gw)).toEqual([route(first, 1).gw, route(second, 2).gw]);
    expect(warnings(answer.stderr)).toEqual([expect.stringContaining('network "storage" made a second route to')]);
  });

  test.each([
    ['IPv4', IP1, '10.1.0.2/16'],
    ['IPv6 in two spellings', 'fd00::2/64', 'fd00:0:0::2/48'],
    ['IPv4 and its mapped form', '10.1.0.2/24', '::ffff:10.1.0.2/120'],
  ])('M22: %s: one address from two networks is refused and taken back', async (_what, first, second) => {
    answering('bridge', { interfaces: [eth0], ips: [{ interface: 0, address: first }] });
    answering('macvlan', { interfaces: [eth1], ips: [{ interface: 0, address: second }] });
    expect((await add()).json).toMatchObject({
      code: 102,
      msg: expect.stringMatching(/"storage" \(eth1\).*"front" \(eth0\)/),
    });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('M22: one network twice in a pod is fine', async () => {
    node.plugin('bridge', {
      ADD: [1, 2].map((each) => ({
        stdout: {
          cniVersion: '1.0.0',
          interfaces: [each === 1 ? eth0 : eth1],
          ips: [{ interface: 0, address: `10.1.0.${each}/24` }],
        },
      })),
    });
    const answer = await add({ annotations: { cni: 'front,front' } });
    expect(answer.json.ips).toEqual([
      { interface: 0, address: '10.1.0.1/24' },
      { interface: 1, address: '10.1.0.2/24' },
    ]);
    await node.call(form, { verb: 'DEL' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('M24 M4: chained after other plugins the merge starts from their result, a stray index of theirs is dropped', async () => {
    const before = {
      cniVersion: '1.0.0',
      interfaces: [{ name: 'lo0' }, { name: 'tap0' }],
      ips: [
        { interface: 1, address: '10.7.0.2/24' },
        { interface: 5, address: '10.7.0.3/24' },
      ],
      dns: { domain: 'before' },
    };
    node.network('front', ['bridge'], { plugin: { addresses: [IP1] } });
    const config = { prevResult: before };
    const answer = await add({ annotations: { cni: 'front' }, config });
    expect(answer.json).toMatchObject({
      interfaces: [{ name: 'lo0' }, { name: 'tap0' }, eth0],
      ips: [{ interface: 1, address: '10.7.0.2/24' }, { address: '10.7.0.3/24' }, { interface: 2, address: IP1 }],
      dns: { domain: 'before' },
    });
    expect(answer.json.ips[1]).not.toHaveProperty('interface');
    for (const verb of ['CHECK', 'DEL']) {
      expect(await node.call(form, { verb, config: { prevResult: answer.json } })).toMatchObject({ code: 0 });
    }
    const [added, checked, deleted] = node.calls().map(({ stdin }) => stdin.prevResult);
    const own = { interfaces: [eth0], ips: [{ interface: 0, address: IP1 }] };
    expect(added).toBeUndefined();
    expect([checked, deleted]).toMatchObject([own, own]);
  });
});
