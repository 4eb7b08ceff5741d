/**
 * Delegates that outlived a Braid which was killed: found by the mark in their environment, and ended.
 *
 * A delegate that goes on with an ADD while its DEL runs would leave behind what the DEL has just looked for. Called with
 * the container's lock held, so whoever bears the mark belongs to a call that is dead. Reads /proc.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CniError, ErrorCode } from '../errors.ts';
import { DELEGATE_MARK } from '../schema/delegate-mark.ts';

const WAIT_MS = 5000;
const POLL_MS = 10;

/**
 * Kills the surviving delegates of a container and waits until they are gone; answers their process ids.
 * Throws: code 11 when one of them does not die, for a DEL beside it would miss what it still makes.
 */
export async function endSurvivors(mark: string): Promise<number[]> {
  const survivors = new Set<number>();
  // Again and again: who forks between the look and the kill leaves a child that bears the mark, too.
  for (let waitedMs = 0; waitedMs < WAIT_MS; waitedMs += POLL_MS) {
    const left = marked(mark);
    if (left.length === 0) return [...survivors];
    for (const pid of left) {
      survivors.add(pid);
      kill(pid);
    }
    await sleep(POLL_MS);
  }
  throw new CniError(
    ErrorCode.tryAgain,
    `delegates of an earlier call on this container cannot be ended: process ${marked(mark).join(', ')}`,
    'the runtime tries again; see what these processes wait for',
  );
}

/** One after the other, so that a small limit of open files cannot hide a process. */
function marked(mark: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && bearsMark(pid, mark));
}

function bearsMark(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${DELEGATE_MARK}=${mark}`);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    // Gone in the meantime, or none of ours to see.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(code)) return false;
    throw cause;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}
