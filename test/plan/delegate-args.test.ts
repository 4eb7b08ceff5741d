import fc from 'fast-check';
import { expect, test } from 'vitest';
import { delegateArgs } from '../../src/plan/delegate-args.ts';
import { parseCniArgs } from '../../src/request/cni-args.ts';

const args = (text: string, isPrimary: boolean, asked: Record<string, string> = {}) =>
  delegateArgs(parseCniArgs(text), { isPrimary, asked });

test.each([
  ['IgnoreUnknown=1;K8S_POD_NAME=web;IP=10.0.0.9', true, 'IgnoreUnknown=1;K8S_POD_NAME=web;IP=10.0.0.9'],
  ['IgnoreUnknown=1;IP=10.0.0.9;MAC=02::1;GATEWAY=10.0.0.1', false, 'IgnoreUnknown=1'],
  ['K8S_ANNOT={"a":"b"};A=b', true, 'A=b'],
  ['A=b=c;B=d', true, 'B=d'],
  ['=x;;A=1;A=2', true, 'A=2'],
  ['', true, ''],
])('M9: of %o (primary: %s) the delegate gets %o', (text, isPrimary, given) => {
  expect(args(text, isPrimary)).toBe(given);
});

test('M9: an address that was asked for goes to its own attachment alone, and unknown keys are to be ignored', () => {
  expect(args('A=1;IP=10.0.0.9;MAC=02::1', false, { IP: '10.2.0.7/24' })).toBe('A=1;IgnoreUnknown=1;IP=10.2.0.7/24');
  expect(args('IgnoreUnknown=0;IP=10.0.0.9;MAC=02::1', true, { IP: 'fd00::7' })).toBe(
    'IgnoreUnknown=1;IP=fd00::7;MAC=02::1',
  );
});

test('M9, P11: what delegates get, their stricter parser always reads: pairs with one "=" each, each key once', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'AB=;{"} '.split('')) }), fc.boolean(), (text, isPrimary) => {
      const given = args(text, isPrimary);
      const pairs = given === '' ? [] : given.split(';').map((pair) => pair.split('='));
      expect(pairs.filter((pair) => pair.length !== 2)).toEqual([]);
      const keys = pairs.map(([key]) => key);
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
});
