import { expect, test } from 'vitest';
import { isJsonObject, isNestedDeeperThan, withoutKeys } from '../../src/schema/json.ts';

test.each([
  [{}, true],
  [null, false],
  [[], false],
  ['{}', false],
  [1, false],
  [undefined, false],
])('%o is a JSON object? %s', (value, isObject) => {
  expect(isJsonObject(value)).toBe(isObject);
});

test('unknown keys and their order survive, also one called __proto__', () => {
  const object = JSON.parse('{"b":1,"__proto__":{"x":1},"dropped":2,"a":3}') as Record<string, unknown>;
  const kept = withoutKeys(object, (key) => key === 'dropped');
  expect(JSON.stringify(kept)).toBe('{"b":1,"__proto__":{"x":1},"a":3}');
  expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
});

const lists = (levels: number) => JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`);

test.each([
  [3, 1, false],
  [3, lists(3), false],
  [3, lists(4), true],
  [3, { a: [], b: { c: lists(2) } }, true],
  [100, lists(100_000), true],
])('more than %i levels (%#)', (levels, value, isDeeper) => {
  expect(isNestedDeeperThan(levels, value)).toBe(isDeeper);
});
