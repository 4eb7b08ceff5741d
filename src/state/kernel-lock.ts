/**
 * A lock that dies with its holder: a listening abstract unix socket.
 *
 * The kernel gives a name to one process only and takes it back when that process dies, however it dies; there is no file
 * that could be left over. Who waits connects to the holder and is woken by the end of that connection. Names are per
 * network namespace, and all of a node's calls run in the host's. Source: unix(7).
 */
import { connect, createServer } from 'node:net';
import { CniError, ErrorCode } from '../errors.ts';

/** A held lock. */
export interface KernelLock {
  release(): void;
}

/** Takes the lock if nobody has it. Throws: code 5 when the kernel refuses for another reason. */
export function tryLock(name: string): Promise<KernelLock | undefined> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<{ destroy(): void }>();
    const server = createServer((socket) => {
      waiting.add(socket.unref().resume());
      socket.on('error', () => undefined);
      socket.once('close', () => waiting.delete(socket));
    });
    const release = () => {
      server.close();
      for (const socket of waiting) socket.destroy();
    };
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE') resolve(undefined);
      else reject(noLock(cause));
    });
    server.listen({ path: `\0${name}` }, () => {
      server.unref();
      resolve({ release });
    });
  });
}

/** Whether somebody has the lock now. Throws: code 5 when that cannot be found out. */
export async function isLocked(name: string): Promise<boolean> {
  for (;;) {
    const answer = await askHolder(name);
    // Who let go or died between the connection and its acceptance may have a successor by now.
    if (answer !== 'went') return answer === 'holds';
  }
}

function askHolder(name: string): Promise<'holds' | 'nobody' | 'went'> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: `\0${name}` });
    socket.once('connect', () => {
      socket.destroy();
      resolve('holds');
    });
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ECONNREFUSED') resolve('nobody');
      else if (cause.code === 'ECONNRESET') resolve('went');
      // A holder with no room for another connection is one.
      else if (cause.code === 'EAGAIN') resolve('holds');
      else reject(noLock(cause));
    });
  });
}

/** Resolves when the holder lets go or dies, when nobody has the lock, or when the signal fires. */
export function waitForRelease(name: string, signal: AbortSignal): Promise<void> {
  // A signal that has fired already tells no new listener.
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    // Without a reader the end of the connection would never be seen.
    const socket = connect({ path: `\0${name}` }).resume();
    const done = () => {
      signal.removeEventListener('abort', done);
      socket.destroy();
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    socket.once('error', done);
    socket.once('close', done);
  });
}

function noLock(cause: Error): CniError {
  return new CniError(ErrorCode.io, `cannot take a lock: ${cause.message}`, '', { cause });
}
