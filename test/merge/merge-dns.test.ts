import { expect, test } from 'vitest';
import { mergeDns } from '../../src/merge/merge-dns.ts';

const none = { nameservers: [], search: [], options: [] };

test('M23: the first network’s settings come first, nothing twice, of one option the first holds', () => {
  const first = { nameservers: ['a', 'b'], domain: 'x', search: ['s'], options: ['ndots:2', 'rotate'] };
  const second = {
    nameservers: ['b', 'c'],
    domain: 'y',
    search: ['s', 't'],
    options: ['ndots:5', 'rotate', 'timeout:1'],
  };
  expect(mergeDns(first, second)).toEqual({
    nameservers: ['a', 'b', 'c'],
    domain: 'x',
    search: ['s', 't'],
    options: ['ndots:2', 'rotate', 'timeout:1'],
  });
});

test.each([
  [none, { ...none, domain: 'y' }],
  [
    { ...none, domain: '' },
    { ...none, domain: 'y' },
  ],
])('M23: the first domain that is not empty holds: %j', (first, second) => {
  expect(mergeDns(first, second).domain).toBe('y');
});

test('no settings at all stay none', () => {
  expect(mergeDns(none, none)).toEqual(none);
});
