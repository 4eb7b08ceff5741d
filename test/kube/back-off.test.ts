import { expect, test } from 'vitest';
import { deriveBackOffMs, pause } from '../../src/kube/back-off.ts';

test('the pause doubles from 50 ms and stays at 1 s', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 60].map((attempt) => deriveBackOffMs(attempt, 0));
  expect(pauses).toEqual([50, 100, 200, 400, 800, 1000, 1000]);
});

test('chance takes off up to a half', () => {
  expect(deriveBackOffMs(2, 0.5)).toBe(75);
  expect(deriveBackOffMs(2, 1)).toBe(50);
});

test('a pause ends when it is stopped, however long it was to be', async () => {
  const stop = new AbortController();
  const pending = pause(Number.MAX_SAFE_INTEGER, stop.signal);
  stop.abort();
  await expect(pending).resolves.toBeUndefined();
});
