/**
 * What was seen, cut down to what was expected. Pure.
 *
 * Where the two are the same then, the expectation is met; where they are not, the difference is what a person wants to
 * see, and nothing else.
 */
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../schema/json.ts';

/** `seen` without the keys that `expected` does not speak of; of lists every item counts. */
export function projected(seen: unknown, expected: unknown): unknown {
  if (Array.isArray(seen) && Array.isArray(expected)) {
    return seen.map((item, index) => (index < expected.length ? projected(item, expected[index]) : item));
  }
  if (!isJsonObject(seen) || !isJsonObject(expected)) return seen;
  const keys = Object.keys(expected).filter((key) => Object.hasOwn(seen, key));
  return Object.fromEntries(keys.map((key) => [key, projected(seen[key], expected[key])]));
}

/** The pattern where it matches the text, else the text. */
export function matched(seen: string, pattern: string): string {
  return new RegExp(pattern, 's').test(seen) ? pattern : seen;
}

/** Whether the two are the same, whatever the order of keys. */
export function isSame(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(left, right);
}
