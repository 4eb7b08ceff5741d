import { describe, expect, test } from 'vitest';
import { normaliseOutcomes } from '../../src/merge/normalise-result.ts';
import { parseResult } from '../../src/result/result-versions.ts';
import { attachmentOf } from '../samples/record.ts';

const NETNS = '/run/netns/pod';

/** The normalised result of one network "a" on eth0, and the warnings. */
function normalise(body: object) {
  const { result } = parseResult(body, '1.1.0');
  const { outcomes, warnings } = normaliseOutcomes([{ attachment: attachmentOf('a', 'eth0'), result }], NETNS);
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

  test('M7: a link route and one whose family has no gateway stay without one', () => {
    const routes = [{ dst: '10.9.0.0/16', scope: 253 }, { dst: 'fd01::/64' }];
    const found = normalise({ ips: ips.slice(0, 1), routes }).routes;
    expect(found?.map((route) => route.gw)).toEqual([undefined, undefined]);
  });
});
