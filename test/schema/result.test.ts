import { expect, test } from 'vitest';
import { firstIssue } from '../../src/schema/issue-text.ts';
import { EMPTY_RESULT, parseResultBody } from '../../src/schema/result.ts';

function issueOf(body: unknown): string {
  const parsed = parseResultBody(body);
  return parsed.success ? '' : firstIssue(parsed.error);
}

test('a whole body is read, addresses in canonical form', () => {
  const body = {
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', sandbox: '/run/netns/pod', mtu: 1400 }],
    ips: [{ interface: 0, address: 'FD00::0002/64', gateway: 'FD00::1' }],
    routes: [{ dst: '0::/0', gw: 'fd00::1', mtu: 1300, table: 0 }],
    dns: { nameservers: ['10.0.0.10'], domain: 'x', search: ['y'], options: ['ndots:2'] },
  };
  expect(parseResultBody(body).data).toEqual({
    ...body,
    ips: [{ interface: 0, address: 'fd00::2/64', gateway: 'fd00::1' }],
    routes: [{ dst: '::/0', gw: 'fd00::1', mtu: 1300, table: 0 }],
  });
});

test.each([{}, { interfaces: null, ips: null, routes: null, dns: null }, { dns: { nameservers: null } }])(
  'what Go prints for nothing is nothing: %j',
  (body) => {
    expect(parseResultBody(body).data).toEqual(EMPTY_RESULT);
  },
);

test('R69: an empty gateway is none, as is null, which the reference library takes for absent', () => {
  const body = {
    interfaces: [{ name: 'eth0', mac: null, mtu: null }],
    ips: [
      { address: '10.0.0.2/24', gateway: '' },
      { address: '10.0.0.3/24', gateway: null, interface: null },
    ],
    routes: [{ dst: '10.9.0.0/16', gw: null, priority: null }],
  };
  const { data } = parseResultBody(body);
  expect(data?.ips.map(({ gateway, interface: index }) => [gateway, index])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
  expect([data?.interfaces[0]?.mac, data?.interfaces[0]?.mtu]).toEqual([undefined, undefined]);
  expect([data?.routes[0]?.gw, data?.routes[0]?.priority]).toEqual([undefined, undefined]);
});

test.each([
  [[], 'must be an object'],
  [{ interfaces: [null] }, '"interfaces[0]" must be an object'],
  [{ ips: [null] }, '"ips[0]" must be an object'],
  [{ routes: [null] }, '"routes[0]" must be an object'],
  [{ interfaces: {} }, '"interfaces" must be a list'],
  [{ ips: [{}] }, '"ips[0].address" must be a string'],
  [
    { ips: [{ address: '10.0.0.2' }] },
    '"ips[0].address" must be an address with a prefix length, such as 10.1.2.3/24, not "10.0.0.2"',
  ],
  [{ ips: [{ address: '<nil>' }] }, 'not "<nil>"'],
  [{ ips: [{ address: '10.0.0.2/24', gateway: '10.0.0.1/24' }] }, '"ips[0].gateway" must be a plain address'],
  [{ ips: [{ address: '10.0.0.2/24', interface: 0.5 }] }, '"ips[0].interface" must be a whole number'],
  [{ ips: [{ address: '10.0.0.2/24', interface: '0' }] }, '"ips[0].interface" must be a number'],
  [{ routes: [{ gw: '10.0.0.1' }] }, '"routes[0].dst" must be a string'],
  [{ routes: [{ dst: 'default' }] }, '"routes[0].dst" must be an address with a prefix length'],
  [{ dns: { search: 'x' } }, '"dns.search" must be a list'],
])('R67, R69, R70: refuses %j: %s', (body, text) => {
  expect(issueOf(body)).toContain(text);
});

test('R67: an index is taken as it is, also where it points nowhere', () => {
  const ips = [-1, 7, 0].map((index) => ({ interface: index, address: '10.0.0.2/24' }));
  expect(parseResultBody({ ips }).data?.ips.map((ip) => ip.interface)).toEqual([-1, 7, 0]);
});
