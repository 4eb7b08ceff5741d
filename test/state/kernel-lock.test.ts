/** Whether somebody has a lock, as far as that can be known. */
import { expect, onTestFinished, test } from 'vitest';
import { isLocked, tryLock } from '../../src/state/kernel-lock.ts';

test('a lock is seen while it is held', async () => {
  const name = `braid/test/${crypto.randomUUID()}`;
  expect(await isLocked(name)).toBe(false);
  const lock = await tryLock(name);
  onTestFinished(() => lock?.release());
  expect(await isLocked(name)).toBe(true);
  lock?.release();
  expect(await isLocked(name)).toBe(false);
});

test('one that cannot be asked for is not taken for free', async () => {
  // Longer than the kernel takes; a process without file descriptors fares alike.
  await expect(isLocked('x'.repeat(200))).rejects.toMatchObject({
    code: 5,
    message: expect.stringContaining('cannot take a lock'),
  });
});
