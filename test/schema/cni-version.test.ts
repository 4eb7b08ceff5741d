import { describe, expect, test } from 'vitest';
import { CNI_VERSIONS, isAtLeast, isCniVersion, parseVersion, resultFamily } from '../../src/schema/cni-version.ts';

test('P21: the seven released versions stand in the order that VERSION must have', () => {
  expect(CNI_VERSIONS).toEqual(['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0']);
});

describe('parseVersion', () => {
  test.each([
    ['1', [1, 0, 0]],
    ['1.0', [1, 0, 0]],
    ['0.-42.0', [0, -42, 0]],
    ['+1.2.3', [1, 2, 3]],
  ])('P20: %o is a version, missing parts are 0', (text, parts) => {
    expect(parseVersion(text)).toEqual(parts);
  });

  test.each(['', '0.', '..', '.a', '1.2.3.4', 'v1.0.0', '1.0.0-rc1', 'junk', '1.0.0\n', ' 1.0.0'])(
    'P20: %o is none',
    (text) => {
      expect(parseVersion(text)).toBeUndefined();
    },
  );
});

test.each([
  ['0.4.0', '0.4.0', true],
  ['0.10.0', '0.4.0', true],
  ['0.3.1', '0.4.0', false],
  ['1', '1.0.0', true],
  ['2.0.0', '1.1.0', true],
  ['junk', '0.4.0', false],
])('P18: is %s at least %s? %s', (version, threshold, isSo) => {
  expect(isAtLeast(version, threshold)).toBe(isSo);
});

test.each(['1.0', '1.2.0', '', 'v1.0.0'])('P17: %o is not exactly a released version', (text) => {
  expect(isCniVersion(text)).toBe(false);
});

test.each([
  ['0.1.0', 'ip4-ip6'],
  ['0.2.0', 'ip4-ip6'],
  ['0.3.0', 'versioned-ips'],
  ['0.3.1', 'versioned-ips'],
  ['0.4.0', 'versioned-ips'],
  ['1.0.0', 'plain-ips'],
  ['1.1.0', 'plain-ips'],
] as const)('R60: results of %s have the form %s', (version, family) => {
  expect(resultFamily(version)).toBe(family);
});
