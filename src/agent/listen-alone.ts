/**
 * Listening on a socket file that only root can use, and that no other agent listens on.
 *
 * What a dead agent left is taken away; an agent that lives is not pushed aside. Of two that start at the same instant the
 * kernel lets one have a lock (`kernel-lock.ts`), named after the file as every mount namespace sees it. An agent in another
 * network namespace has locks of its own, but answers on the socket.
 */
import { hash } from 'node:crypto';
import { chmod, lstat, mkdir, rm, stat } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { basename, dirname } from 'node:path';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { type KernelLock, tryLock } from '../state/kernel-lock.ts';

/** Of `sun_path`, without its end. Source: unix(7). */
const MOST_PATH_BYTES = 107;

/**
 * Listens on `path`, mode 0600; the lock is to be released when it no longer does. Throws: code 7 when somebody does
 * already, code 5 when it cannot be made.
 */
export async function listenAlone(server: Server, path: string, backlog?: number): Promise<KernelLock> {
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) {
    throw new CniError(ErrorCode.invalidConfig, `the socket ${path} has more than ${MOST_PATH_BYTES} bytes`);
  }
  let lock: KernelLock | undefined;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    lock = await tryLock(await lockName(path));
    if (!lock || (await isAnswered(path))) throw taken(path);
    await removeDeadSocket(path);
    await listen(server, path, backlog);
    return lock;
  } catch (cause) {
    lock?.release();
    if (cause instanceof CniError) throw cause;
    throw new CniError(ErrorCode.io, `cannot listen on ${path}: ${errorText(cause)}`, '', { cause });
  }
}

function taken(path: string): CniError {
  return new CniError(ErrorCode.invalidConfig, `another agent listens on ${path}`, 'stop it, or name another path');
}

async function lockName(path: string): Promise<string> {
  const { dev, ino } = await stat(dirname(path));
  return `braid/agent/${hash('sha256', `${dev}/${ino}/${basename(path)}`).slice(0, 32)}`;
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // One with no room for another connection lives.
    socket.once('error', (cause: NodeJS.ErrnoException) => resolve(cause.code === 'EAGAIN'));
  });
}

async function removeDeadSocket(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there && !there.isSocket()) throw new Error('what is there is no socket');
  await rm(path, { force: true });
}

async function listen(server: Server, path: string, backlog: number | undefined): Promise<void> {
  // The file is made with the mode that it shall have; a moment of more would be enough to connect.
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path, backlog }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } finally {
    process.umask(before);
  }
  await chmod(path, 0o600);
}
