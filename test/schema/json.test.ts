import { expect, test } from 'vitest';
import { isJsonObject, withoutKeys } from '../../src/schema/json.ts';

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
