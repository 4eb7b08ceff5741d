/**
 * What was read from a file or folder, kept for as long as that is proved to be the one that was read. Touches disk.
 *
 * The proof is stat(2): device, inode, size, and both times of change, of which nobody can set the second. Two changes
 * within one tick of the clock look alike, so what has changed shortly before it is read is not kept.
 *
 * stat is synchronous: an inode in memory answers in 2 µs, the way through the thread pool takes 40, and an fsync that is
 * under way there many more. Only for files that nobody writes while pods start: those of the node's configuration.
 */
import { type BigIntStats, statSync } from 'node:fs';

/** Coarser than any clock of a file system. */
const SETTLED_NS = 2_000_000_000n;

/** `read` with a memory. What it throws is not remembered, nor what is not there. */
export function keptReading<T>(read: (path: string) => Promise<T>): (path: string) => Promise<T> {
  const kept = new Map<string, { readonly stamp: string; readonly value: T }>();
  return async (path) => {
    const stamp = settledStamp(path);
    const known = kept.get(path);
    if (known && known.stamp === stamp) return known.value;
    kept.delete(path);
    const value = await read(path);
    if (stamp !== undefined && settledStamp(path) === stamp) kept.set(path, { stamp, value });
    return value;
  };
}

/** `undefined` for what is not there, and for what the next change might leave looking the same. */
function settledStamp(path: string): string | undefined {
  const found = statIfThere(path);
  if (!found) return undefined;
  const { dev, ino, size, mtimeNs, ctimeNs } = found;
  const isSettled = ctimeNs + SETTLED_NS < BigInt(Date.now()) * 1_000_000n;
  return isSettled ? `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}` : undefined;
}

/** What keeps it from being looked at is for the reading to say. */
function statIfThere(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
