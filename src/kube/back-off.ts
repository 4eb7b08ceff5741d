/** How long to wait between two attempts, and the waiting. */
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1000;
/** Longer waits overflow Node's timers, which then fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The pause in ms before the attempt that follows attempt `attempt` (1, 2, …): doubling from 50 ms to 1 s, of which a
 * random half is taken off, so that all the pods of a node do not come back at the same instant. `random`: 0 to 1.
 */
export function deriveBackOffMs(attempt: number, random: number): number {
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS);
  return waitMs * (1 - random / 2);
}

/** Waits so many ms, or until the signal is aborted. Never rejects. */
export async function pause(waitMs: number, stop: AbortSignal): Promise<void> {
  try {
    await sleep(Math.min(waitMs, LONGEST_TIMER_MS), undefined, { signal: stop });
  } catch {
    // Aborted: the caller looks at the signal itself.
  }
}
