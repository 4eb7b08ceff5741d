import { describe, expect, test } from 'vitest';
import { ifNameFault, isIdentifier } from '../../src/schema/names.ts';

describe('isIdentifier', () => {
  test.each(['a', '0', 'a.b-c_d', 'A'.repeat(5000)])('P7: takes %o', (text) => {
    expect(isIdentifier(text)).toBe(true);
  });

  test.each(['', '.a', '-a', '_a', 'a/b', '../x', 'a b', 'a\n', '\na', 'a\0', 'é', 'a\u2028'])(
    'P7: refuses %o',
    (text) => {
      expect(isIdentifier(text)).toBe(false);
    },
  );
});

describe('ifNameFault', () => {
  test.each(['eth0', '-%d', 'é'.repeat(7), 'a'.repeat(15), '...', 'a\ufeffb', 'a@b'])('P8: takes %o', (name) => {
    expect(ifNameFault(name)).toBeUndefined();
  });

  test.each([
    ['', 'interface name is empty'],
    ['é'.repeat(8), 'interface name is too long'],
    ['a'.repeat(16), 'interface name is too long'],
    ['a/'.repeat(20), 'interface name is too long'],
    ['.', 'interface name is . or ..'],
    ['..', 'interface name is . or ..'],
    ...['a/b', 'a:b', 'a b', 'a\tb', 'a\nb', 'a\u0085b', 'a\u00a0b', 'a\u2003b', 'a\u3000b'].map((name) => [
      name,
      'interface name contains / or : or whitespace characters',
    ]),
  ])('P8: refuses %o: %s', (name, msg) => {
    expect(ifNameFault(String(name))?.msg).toBe(msg);
  });

  test('P8: a name that is too long says in details how long it may be', () => {
    expect(ifNameFault('a'.repeat(16))?.details).toBe('interface name should be less than 16 characters');
  });
});
