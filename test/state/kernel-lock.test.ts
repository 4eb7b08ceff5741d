/** Whether somebody has a lock, as far as that can be known. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
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

test('a holder that dies while it is asked has let go', async () => {
  const name = `braid/test/${crypto.randomUUID()}`;
  // It listens, and then never accepts.
  const idle = `() => { process.stdout.write('held'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }`;
  const script = `require('node:net').createServer().listen({ path: '\\0${name}' }, ${idle})`;
  const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  const asked = isLocked(name);
  holder.kill('SIGKILL');
  // Nothing else may run in this process until the holder is gone, or it would see the connection first.
  while (readFileSync('/proc/net/unix', 'utf8').includes(name));
  expect(await asked).toBe(false);
});

test('one that cannot be asked for is not taken for free', async () => {
  // Longer than the kernel takes; a process without file descriptors fares alike.
  await expect(isLocked('x'.repeat(200))).rejects.toMatchObject({
    code: 5,
    message: expect.stringContaining('cannot take a lock'),
  });
});
