import { expect, test } from 'vitest';
import { canonicalSubnet, isWithin } from '../../../src/network/logical/subnet.ts';

test.each([
  ['10.1.2.3/16', '10.1.0.0/16'],
  ['10.1.0.0/16', '10.1.0.0/16'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['10.1.2.3/32', '10.1.2.3/32'],
  ['FD00:0:0:1::7/64', 'fd00:0:0:1::/64'],
  ['::ffff:10.1.2.3/112', '10.1.0.0/16'],
  ['10.1.0.0', undefined],
  ['10.1.0.0/33', undefined],
  ['10.1.0/16', undefined],
  ['usePodCidr', undefined],
  ['', undefined],
])('the subnet of %j is %s', (text, subnet) => {
  expect(canonicalSubnet(text)).toBe(subnet);
});

test.each([
  ['10.1.2.0/24', '10.1.0.0/16', true],
  ['10.1.0.0/16', '10.1.0.0/16', true],
  ['10.0.0.0/8', '10.1.0.0/16', false],
  ['10.2.0.0/24', '10.1.0.0/16', false],
  ['10.1.255.255', '10.1.0.0/16', true],
  ['10.2.0.1', '10.1.0.0/16', false],
  ['fd00::1', 'fd00::/64', true],
  ['fd01::1', 'fd00::/64', false],
  ['fd00::1', '0.0.0.0/0', false],
  ['10.1.0.1', '::/0', false],
])('%s lies in %s: %s', (inner, subnet, expected) => {
  expect(isWithin(inner, subnet)).toBe(expected);
});
