import { describe, expect, test } from 'vitest';
import { normaliseOutcomes } from '../../src/merge/normalise-result.ts';
import { parseResult } from '../../src/result/result-versions.ts';
import { catalogueWith, EMPTY_CATALOGUE, profileOf } from '../samples/catalogue.ts';
import { attachmentOf } from '../samples/record.ts';

const NETNS = '/run/netns/pod';

/** The normalised result of one network "a" on eth0, and the warnings. */
function normalise(body: object, catalogue = EMPTY_CATALOGUE, types = ['a-cni']) {
  const { result } = parseResult(body, '1.1.0');
  const attachment = { ...attachmentOf('a', 'eth0'), plugins: types.map((type) => ({ type, config: {} })) };
  const { outcomes, warnings } = normaliseOutcomes([{ attachment, result }], { netns: NETNS, catalogue });
  return {
    interfaces: outcomes[0]?.result.interfaces,
    ips: outcomes[0]?.result.ips,
    routes: outcomes[0]?.result.routes,
    warnings,
  };
}

const own = { name: 'eth0', sandbox: NETNS };
const host = { name: 'veth0' };

describe('interfaces', () => {
  test.each([{}, { interface: 0 }, { interface: -1 }])(
    'M3: a delegate that lists no interfaces gets its own, and its address (%j) points there, without a word',
    (index) => {
      const { interfaces, ips, warnings } = normalise({ ips: [{ address: '10.0.0.2/24', ...index }] });
      expect(interfaces).toEqual([own]);
      expect(ips).toEqual([{ address: '10.0.0.2/24', interface: 0 }]);
      expect(warnings).toEqual([]);
    },
  );

  test('M3: an address without an index belongs to the delegate’s own interface', () => {
    const { interfaces, ips } = normalise({ interfaces: [host, own], ips: [{ address: '10.0.0.2/24' }] });
    expect(interfaces).toEqual([host, own]);
    expect(ips).toEqual([{ address: '10.0.0.2/24', interface: 1 }]);
  });

  test('M3: an interface of that name on the host is not the pod’s', () => {
    const { interfaces, ips } = normalise({ interfaces: [{ name: 'eth0' }], ips: [{ address: '10.0.0.2/24' }] });
    expect(interfaces).toEqual([{ name: 'eth0' }, own]);
    expect(ips).toEqual([{ address: '10.0.0.2/24', interface: 1 }]);
  });

  test.each([1, 7, -1])('M4: index %i of one interface points nowhere: corrected, and a warning', (index) => {
    const { ips, warnings } = normalise({ interfaces: [own], ips: [{ address: '10.0.0.2/24', interface: index }] });
    expect(ips).toEqual([{ address: '10.0.0.2/24', interface: 0 }]);
    expect(warnings).toEqual([`network "a" gave 10.0.0.2/24 the interface index ${index}, which does not exist`]);
  });

  test('a result that is in order stays as it is, host interfaces twice included', () => {
    const body = { interfaces: [host, host, own], ips: [{ address: '10.0.0.2/24', interface: 2 }] };
    expect(normalise(body)).toEqual({ ...body, routes: [], warnings: [] });
  });

  test('a delegate that lists an interface but no address gets none added', () => {
    expect(normalise({ interfaces: [host] }).interfaces).toEqual([host]);
    expect(normalise({}).interfaces).toEqual([own]);
  });

  test('R64: a delegate’s own version label does not travel on', () => {
    expect(normalise({ ips: [{ version: '4', address: '10.0.0.2/24' }] }).ips?.[0]).not.toHaveProperty('version');
  });
});

describe('routes', () => {
  const ips = [
    { address: '10.0.0.2/24', gateway: '10.0.0.1' },
    { address: 'fd00::2/64', gateway: 'fd00::1' },
  ];

  test('M7: a route without a gateway gets that of its own result and its own family', () => {
    const routes = [{ dst: '0.0.0.0/0' }, { dst: '::/0' }, { dst: '10.9.0.0/16', gw: '10.0.0.9' }];
    expect(normalise({ ips, routes }).routes).toMatchObject([
      { dst: '0.0.0.0/0', gw: '10.0.0.1' },
      { dst: '::/0', gw: 'fd00::1' },
      { dst: '10.9.0.0/16', gw: '10.0.0.9' },
    ]);
  });

  test('the route to the gateway itself has none', () => {
    const { routes } = normalise({
      ips,
      routes: [{ dst: '10.0.0.1/32' }, { dst: 'fd00::1/128' }, { dst: '10.0.0.1/31' }],
    });
    expect(routes).toEqual([{ dst: '10.0.0.1/32' }, { dst: 'fd00::1/128' }, { dst: '10.0.0.1/31', gw: '10.0.0.1' }]);
  });

  test('M7: a link route and one whose family has no gateway stay without one', () => {
    const routes = [{ dst: '10.9.0.0/16', scope: 253 }, { dst: 'fd01::/64' }];
    const found = normalise({ ips: ips.slice(0, 1), routes }).routes;
    expect(found?.map((route) => route.gw)).toEqual([undefined, undefined]);
  });
});

describe('what profiles know of results', () => {
  const odd = (result: object) => catalogueWith(profileOf('a-cni', { result }));

  test('entries that are no interfaces are left out, and indices follow', () => {
    const interfaces = [{ name: 'dummy0a1', mac: '7' }, host, { name: 'dummy0b2' }, own];
    const body = { interfaces, ips: [{ address: '10.0.0.2/24', interface: 3 }] };
    const { warnings, ...result } = normalise(body, odd({ pseudoInterfaces: ['dummy*'] }));
    expect(result).toMatchObject({ interfaces: [host, own], ips: [{ interface: 1 }] });
    expect(warnings).toEqual([]);
    expect(normalise(body).interfaces).toHaveLength(4);
  });

  test('an address of such an entry belongs to the pod’s interface', () => {
    const body = { interfaces: [{ name: 'dummy0' }, own], ips: [{ address: '10.0.0.2/24', interface: 0 }] };
    const { warnings, ...result } = normalise(body, odd({ pseudoInterfaces: ['dummy*'] }));
    expect(result).toMatchObject({ interfaces: [own], ips: [{ interface: 0 }] });
    expect(warnings).toEqual([]);
  });

  test.each([
    ['a*', ['a', 'ab', 'ba'], ['ba']],
    ['a*b', ['ab', 'axb', 'a', 'abc'], ['a', 'abc']],
    ['a', ['a', 'ab'], ['ab']],
    ['ab*ba', ['aba', 'abba', 'abxba'], ['aba']],
    ['.*', ['x', '.x'], ['x']],
    ['eth*', ['eth9', 'x'], ['x']],
  ])('the pattern %s has no sign but *', (pattern, names, left) => {
    const body = { interfaces: [...names.map((name) => ({ name })), own] };
    const { interfaces = [] } = normalise(body, odd({ pseudoInterfaces: [pattern] }));
    expect(interfaces.map(({ name }) => name)).toEqual([...left, 'eth0']);
  });

  test('the pod’s interface that is listed as the node’s is the pod’s', () => {
    const body = { interfaces: [{ name: 'eth0' }, host], ips: [{ address: '10.0.0.2/24', interface: 0 }] };
    expect(normalise(body, odd({ hasSandbox: false }))).toMatchObject({
      interfaces: [own, host],
      ips: [{ interface: 0 }],
    });
    expect(normalise(body)).toMatchObject({ interfaces: [{ name: 'eth0' }, host] });
    const twice = { interfaces: [{ name: 'eth0' }, { name: 'eth0', sandbox: 'c1' }, { name: 'net1', sandbox: 'c1' }] };
    expect(normalise(twice, odd({ hasSandbox: false })).interfaces).toEqual([
      { name: 'eth0' },
      own,
      { name: 'net1', sandbox: NETNS },
    ]);
    const strange = { interfaces: [{ name: 'eth0', sandbox: 'c1' }] };
    expect(normalise(strange, odd({ hasSandbox: false })).interfaces).toEqual([own]);
  });

  test('a chain of plugins that make no interface has none; one that nobody knows may have made one', () => {
    const attachment = { interfaceName: 'none', secondary: { is: 'possible' }, twice: { is: 'possible' } };
    const catalogue = catalogueWith(profileOf('a-cni', { attachment }), profileOf('b-cni'));
    expect(normalise({}, catalogue).interfaces).toEqual([]);
    expect(normalise({}, catalogue, ['a-cni', 'a-cni']).interfaces).toEqual([]);
    expect(normalise({}, catalogue, ['b-cni', 'a-cni']).interfaces).toEqual([own]);
    expect(normalise({}, catalogue, ['strange']).interfaces).toEqual([own]);
    expect(normalise({ ips: [{ address: '10.0.0.2/24' }] }, catalogue).interfaces).toEqual([own]);
  });
});
