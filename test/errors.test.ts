import { expect, test } from 'vitest';
import { CniError, errorText, joinedError, toCniError } from '../src/errors.ts';

test('P26: what a failure is seen from further out keeps its code and details, and what it came from', () => {
  const inner = new CniError(50, 'no peer', 'later');
  const outer = inner.at('network "a"').at('pod');
  expect(outer).toMatchObject({ code: 50, message: 'pod: network "a": no peer', details: 'later' });
  expect(outer.cause).toBe(inner);
});

test.each([
  [new CniError(7, 'msg'), 'msg'],
  [new CniError(7, 'msg', 'details'), 'msg; details'],
  [new TypeError('plain'), 'plain'],
  ['thrown text', 'thrown text'],
  [undefined, 'undefined'],
])('P27: %o reads %s', (error, text) => {
  expect(errorText(error)).toBe(text);
});

test('P26: a CNI error stays itself, everything else is code 999', () => {
  const error = new CniError(7, 'msg');
  expect(toCniError(error)).toBe(error);
  expect(toCniError(new TypeError('x is not a function'))).toMatchObject({
    code: 999,
    message: 'internal error: x is not a function',
  });
  expect(toCniError(null)).toMatchObject({ code: 999, message: 'internal error: null' });
});

test('M12: of several faults the first decides, the others stand in its details', () => {
  const first = new CniError(50, 'a', 'why');
  expect(joinedError([])).toBeUndefined();
  expect(joinedError([first])).toBe(first);
  expect(joinedError([first, new CniError(7, 'b', 'c'), new CniError(8, 'd')])).toMatchObject({
    code: 50,
    message: 'a',
    details: 'why; b; c; d',
  });
});
