import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressOf,
  canonicalAddress,
  canonicalCidr,
  familyOf,
  isDefaultDestination,
  isLinkLocalV6,
} from '../../src/schema/ip-text.ts';

describe('canonicalAddress', () => {
  test.each([
    ['10.1.2.3', '10.1.2.3'],
    ['0.0.0.0', '0.0.0.0'],
    ['FD00:0:0::1', 'fd00::1'],
    ['::ffff:10.0.0.2', '10.0.0.2'],
    ['::FFFF:a00:2', '10.0.0.2'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ])('R69: %s becomes %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  test.each([
    '',
    '10.1.2',
    '10.1.2.256',
    '010.1.2.3',
    '10.1.2.03',
    '0x0a.1.2.3',
    '167772161',
    '10.1.2.3/24',
    ' 10.1.2.3',
    'fe80::1%eth0',
    '1::2::3',
    '::ffff:010.0.0.2',
    '::ffff:10.0.0.256',
    'host',
    '<nil>',
    '12345::',
  ])('R69: %o is no plain address', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });
});

describe('canonicalCidr', () => {
  test.each([
    ['10.1.2.3/8', '10.1.2.3/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::0/0', '::/0'],
    ['FD00::0001/64', 'fd00::1/64'],
    ['::ffff:10.0.0.2/120', '10.0.0.2/24'],
    ['10.0.0.1/32', '10.0.0.1/32'],
  ])('R69: %s becomes %s, host bits kept', (text, canonical) => {
    expect(canonicalCidr(text)).toBe(canonical);
  });

  test.each([
    '10.1.2.3',
    '10.1.2.3/',
    '10.1.2.3/33',
    '10.1.2.3/-1',
    '10.1.2.3/08',
    '10.1.2.3/24/24',
    'fd00::1/129',
    '::ffff:10.0.0.2/24',
    'fe80::1%eth0/64',
    '<nil>',
  ])('R69: %o is no address with a prefix length', (text) => {
    expect(canonicalCidr(text)).toBeUndefined();
  });

  test('R69: the canonical form of a canonical form is itself', () => {
    const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }));
    const v6 = fc.tuple(fc.ipV6(), fc.integer({ min: 96, max: 128 }));
    fc.assert(
      fc.property(fc.oneof(v4, v6), ([address, prefix]) => {
        const canonical = canonicalCidr(`${address}/${prefix}`);
        expect(canonical).toBeDefined();
        expect(canonicalCidr(canonical ?? '')).toBe(canonical);
      }),
    );
  });
});

test('a family is told by the colon, an address is what stands before the slash', () => {
  expect([familyOf('10.0.0.1/8'), familyOf('::1')]).toEqual([4, 6]);
  expect([addressOf('10.0.0.1/8'), addressOf('::1')]).toEqual(['10.0.0.1', '::1']);
});

test.each([
  ['0.0.0.0/0', true],
  ['::/0', true],
  ['::0/0', true],
  ['0::0/0', true],
  ['0.0.0.0/1', false],
  ['10.0.0.0/0', false],
  ['default', false],
])('M6: default destinations are compared as parsed prefixes: %s is one? %s', (dst, isDefault) => {
  expect(isDefaultDestination(dst)).toBe(isDefault);
});

test.each([
  ['fe80::1/64', true],
  ['febf::1/64', true],
  ['fec0::1/64', false],
  ['fd00::1/64', false],
  ['169.254.1.1/16', false],
])('M22: %s may stand on every interface of a pod? %s', (cidr, isLinkLocal) => {
  expect(isLinkLocalV6(cidr)).toBe(isLinkLocal);
});
