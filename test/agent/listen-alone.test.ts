/** Who may listen on the agent's socket. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listenAlone } from '../../src/agent/listen-alone.ts';
import { scratchFolder } from '../samples/scratch.ts';

const TAKEN = { code: 7, message: expect.stringContaining('another agent listens on') };

/** A server that greets with its name. */
function serverOf(name: string): Server {
  const server = createServer((socket) => socket.on('error', () => undefined).end(name));
  onTestFinished(() => void server.close());
  return server;
}

/** Has a server of this name listen; gives what ends that. */
async function listens(name: string, path: string): Promise<() => void> {
  const server = serverOf(name);
  const lock = await listenAlone(server, path);
  onTestFinished(lock.release);
  return () => {
    server.close();
    lock.release();
  };
}

async function greeting(path: string): Promise<string> {
  const socket = connect({ path });
  const [text] = await once(socket, 'data');
  return String(text);
}

test('of many that start at the same instant one listens, and the others say why not', async () => {
  const path = join(scratchFolder(), 'new', 'agent.sock');
  const starts = Array.from({ length: 8 }, (_, index) => listens(`agent ${index}`, path));
  const outcomes = await Promise.allSettled(starts);
  const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
  expect(await greeting(path)).toBe(`agent ${winner}`);
  const losers = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(losers).toHaveLength(7);
  for (const reason of losers) expect(reason).toMatchObject(TAKEN);
});

test('a socket reached by another path is the same', async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'real'));
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  await listens('first', join(folder, 'real', 'agent.sock'));
  await expect(listens('second', join(folder, 'link', 'agent.sock'))).rejects.toMatchObject(TAKEN);
  await listens('third', join(folder, 'link', 'other.sock'));
});

test('who has stopped makes room, and takes nothing of its successor’s away', async () => {
  const path = join(scratchFolder(), 'agent.sock');
  const stop = await listens('first', path);
  stop();
  await listens('second', path);
  // The end of the first is complete by then.
  await new Promise(setImmediate);
  expect(await greeting(path)).toBe('second');
});

test('one that has no lock, for it lives in another network namespace, is heard', async () => {
  const path = join(scratchFolder(), 'agent.sock');
  await new Promise<void>((resolve) => serverOf('elsewhere').listen(path, resolve));
  await expect(listens('second', path)).rejects.toMatchObject(TAKEN);
  expect(await greeting(path)).toBe('elsewhere');
});

test('one with no room for another connection is not taken for dead', async () => {
  const path = join(scratchFolder(), 'agent.sock');
  // It listens, and then never accepts.
  const idle = `() => { process.stdout.write('up'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }`;
  const script = `require('node:net').createServer().listen({ path: '${path}', backlog: 1 }, ${idle})`;
  const elsewhere = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void elsewhere.kill('SIGKILL'));
  await once(elsewhere.stdout, 'data');
  for (const waiting of [1, 2].map(() => connect({ path }))) {
    onTestFinished(() => void waiting.destroy());
    await once(waiting, 'connect');
  }
  await expect(listens('second', path)).rejects.toMatchObject(TAKEN);
});

test('the socket and a folder made for it are for their owner only', async () => {
  const folder = join(scratchFolder(), 'new');
  await listens('agent', join(folder, 'agent.sock'));
  expect([folder, join(folder, 'agent.sock')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
});

test('a file that is no socket is left as it is', async () => {
  const path = join(scratchFolder(), 'agent.sock');
  writeFileSync(path, 'kept');
  await expect(listens('agent', path)).rejects.toMatchObject({
    code: 5,
    message: `cannot listen on ${path}: what is there is no socket`,
  });
  expect(readFileSync(path, 'utf8')).toBe('kept');
});

test('a path longer than the kernel takes is refused', async () => {
  const path = `/${'x'.repeat(107)}`;
  await expect(listens('agent', path)).rejects.toMatchObject({ code: 7 });
});
