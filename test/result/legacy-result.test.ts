import { expect, test } from 'vitest';
import { parseResult, printResult } from '../../src/result/result-versions.ts';
import { failure } from '../samples/failure.ts';

const legacy = {
  cniVersion: '0.2.0',
  ip4: { ip: '10.0.0.2/24', gateway: '10.0.0.1', routes: [{ dst: '0.0.0.0/0', gw: '10.0.0.9' }] },
  ip6: { ip: 'fd00::2/64' },
  dns: { domain: 'x' },
};

test('R61: ip4 then ip6 become addresses without an interface, routes in that order, dns copied', () => {
  expect(parseResult(legacy, '0.4.0')).toEqual({
    version: '0.2.0',
    result: {
      interfaces: [],
      ips: [{ address: '10.0.0.2/24', gateway: '10.0.0.1' }, { address: 'fd00::2/64' }],
      routes: [{ dst: '0.0.0.0/0', gw: '10.0.0.9' }],
      dns: { nameservers: [], domain: 'x', search: [], options: [] },
    },
  });
});

test('R60: what was read at 0.2.0 prints the same at 0.1.0, but for the version', () => {
  expect(printResult(parseResult(legacy, '0.2.0').result, '0.1.0')).toEqual({ ...legacy, cniVersion: '0.1.0' });
});

test('R65: the first address by its label goes into its slot, the others and what routes carry beside dst and gw are lost', () => {
  const body = {
    interfaces: [{ name: 'eth0' }],
    ips: [
      { version: '6', address: '10.0.0.9/24' },
      { version: '4', interface: 0, address: '10.0.0.2/24' },
      { version: '4', address: '10.0.0.3/24' },
      { version: '', address: 'fd00::2/64' },
    ],
    routes: [
      { dst: '10.9.0.0/16', gw: '10.0.0.1', mtu: 1300 },
      { dst: 'fd01::/64', gw: 'fd00::1' },
    ],
  };
  expect(printResult(parseResult(body, '0.4.0').result, '0.2.0')).toEqual({
    cniVersion: '0.2.0',
    ip4: { ip: '10.0.0.2/24', routes: [{ dst: '10.9.0.0/16', gw: '10.0.0.1' }] },
    ip6: { ip: '10.0.0.9/24', routes: [{ dst: 'fd01::/64', gw: 'fd00::1' }] },
    dns: {},
  });
});

test('R65: routes of a family without an address are dropped', () => {
  const body = { ips: [{ address: '10.0.0.2/24' }], routes: [{ dst: 'fd01::/64' }] };
  expect(printResult(parseResult(body, '1.0.0').result, '0.1.0')).toEqual({
    cniVersion: '0.1.0',
    ip4: { ip: '10.0.0.2/24' },
    dns: {},
  });
});

test.each([
  [{ ip4: [] }, '"ip4" must be an object'],
  [{ ip4: {} }, '"ip4.ip" must be a string'],
  [{ ip4: { ip: '10.0.0.2' } }, 'must be an address with a prefix length'],
  [{ ip4: { ip: '10.0.0.2/24', routes: [null] } }, '"routes[0]" must be an object'],
])('R69: %j is no 0.1.0 result: %s', async (json, message) => {
  expect(await failure(() => parseResult(json, '0.1.0'))).toMatchObject({
    code: 6,
    message: expect.stringContaining(message),
  });
});
