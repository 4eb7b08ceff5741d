/**
 * One operation at a time on a container, and GC alone, across processes (spec §2: no parallel operations on one
 * container; none at all during GC).
 *
 * A container's lock is a name that the kernel gives to one process only (`kernel-lock.ts`). GC holds the gate's name: who
 * has taken a container's lock looks whether the gate is held, and if so gives the lock back and waits; GC, once it has the
 * gate, waits for all container locks that it sees. Each takes its own name before it looks for the other's, so one of the
 * two always sees the other.
 */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CniError, ErrorCode } from '../errors.ts';
import { isLocked, type KernelLock, tryLock, waitForRelease } from './kernel-lock.ts';

/** Which container to lock, within which state folder, and how long to wait for it. */
export interface LockRequest {
  readonly stateDir: string;
  readonly containerId: string;
  readonly signal: AbortSignal;
}

/** Runs `work` alone on the container. Throws: code 11 when another call holds it past the signal's end. */
export async function withContainerLock<T>(request: LockRequest, work: () => Promise<T>): Promise<T> {
  const { stateDir, containerId, signal } = request;
  const what = `another operation on container ${containerId}`;
  const gate = gateName(stateDir);
  for (;;) {
    const lock = await acquire(containerName(stateDir, containerId), { signal, what });
    let isFree = false;
    try {
      isFree = !(await isLocked(gate));
    } finally {
      if (!isFree) lock.release();
    }
    if (isFree) return await holding(lock, work);
    if (signal.aborted) throw overlapError('a garbage collection');
    await waitForRelease(gate, signal);
  }
}

/** Runs `work` while no container of this state folder is worked on. Throws: code 11 past the signal's end. */
export async function withExclusiveLock<T>(
  { stateDir, signal }: Pick<LockRequest, 'stateDir' | 'signal'>,
  work: () => Promise<T>,
): Promise<T> {
  const gate = await acquire(gateName(stateDir), { signal, what: 'another garbage collection' });
  return holding(gate, async () => {
    for (let names = await heldNames(stateDir); names.length > 0; names = await heldNames(stateDir)) {
      if (signal.aborted) throw overlapError('an operation on a container');
      await Promise.all(names.map((name) => waitForRelease(name, signal)));
    }
    return work();
  });
}

async function holding<T>(lock: KernelLock, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function acquire(name: string, { signal, what }: { signal: AbortSignal; what: string }): Promise<KernelLock> {
  for (;;) {
    if (signal.aborted) throw overlapError(what);
    const lock = await tryLock(name);
    if (lock) return lock;
    await waitForRelease(name, signal);
  }
}

/** Names hold 107 bytes, so folder and container are digested. */
function containerName(stateDir: string, containerId: string): string {
  return `${prefix(stateDir)}c/${digest(containerId)}`;
}

function gateName(stateDir: string): string {
  return `${prefix(stateDir)}gc`;
}

function prefix(stateDir: string): string {
  return `braid/${digest(stateDir)}/`;
}

function digest(text: string): string {
  return hash('sha256', text).slice(0, 32);
}

/** The container locks of a state folder that are held now, as the kernel lists them. */
async function heldNames(stateDir: string): Promise<string[]> {
  const sockets = await readFile('/proc/net/unix', 'utf8');
  const start = `@${prefix(stateDir)}c/`;
  const names = sockets.split('\n').flatMap((line) => line.split(' ').filter((word) => word.startsWith(start)));
  return [...new Set(names)].map((name) => name.slice(1));
}

/** The error of a call that waited for another one long enough. */
export function overlapError(what: string): CniError {
  return new CniError(
    ErrorCode.tryAgain,
    `${what} is still under way`,
    'operations on one container must not overlap, nor any with a garbage collection; try again when it has ended',
  );
}
