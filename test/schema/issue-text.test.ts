import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { firstIssue, keyPath } from '../../src/schema/issue-text.ts';

const shape = z.strictObject({
  text: z.optional(z.string().check(z.minLength(1))),
  count: z.optional(z.int().check(z.minimum(1), z.maximum(9))),
  list: z.optional(z.array(z.string())),
  map: z.optional(z.record(z.string().check(z.refine((key) => key !== 'x', 'must be another key')), z.boolean())),
  word: z.optional(z.enum(['a', 'b'])),
  path: z.optional(z.string().check(z.refine((path) => path.startsWith('/'), 'must be an absolute path'))),
  odd: z.optional(z.string().check(z.refine(() => false))),
});

test.each([
  [{ text: 1 }, '"text" must be a string'],
  [{ text: '' }, '"text" must not be empty'],
  [{ count: 1.5 }, '"count" must be a whole number'],
  [{ count: 'x' }, '"count" must be a number'],
  [{ count: 0 }, '"count" must be at least 1'],
  [{ count: 10 }, '"count" must be at most 9'],
  [{ list: {} }, '"list" must be a list'],
  [{ list: ['a', 1] }, '"list[1]" must be a string'],
  [{ map: [] }, '"map" must be an object'],
  [{ map: { 'a.b': 1 } }, '"map.a.b" must be a boolean'],
  [{ map: { x: true } }, '"map.x" must be another key'],
  [{ word: 'c' }, '"word" must be "a" or "b"'],
  [{ path: 'x' }, '"path" must be an absolute path'],
  [{ odd: 'x' }, '"odd" is not valid'],
  [{ other: 1 }, 'has the unknown key "other"'],
  [[], 'must be an object'],
])('%o: %s', (value, text) => {
  const parsed = shape.safeParse(value);
  expect(parsed.success ? '' : firstIssue(parsed.error)).toBe(text);
});

test('a path of keys reads as an operator writes it', () => {
  expect(keyPath(['plugins', 0, 'ipam', 'type'])).toBe('plugins[0].ipam.type');
  expect(keyPath([])).toBe('');
});
