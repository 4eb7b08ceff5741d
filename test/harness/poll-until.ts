/** Waiting for something outside the process, always with a deadline. */
import { setTimeout as sleep } from 'node:timers/promises';

const pauseMs = 20;

/** How long `pollUntil` tries, and what it says it waited for. */
export type PollOptions = { readonly withinMs: number; readonly what: string };

/**
 * The first value of `probe` that is not undefined, asked again every 20 ms.
 * Throws: an Error naming `what` when `withinMs` have passed; what `probe` throws passes through.
 */
export async function pollUntil<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  options: PollOptions,
): Promise<T> {
  const deadline = performance.now() + options.withinMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() >= deadline) throw new Error(`waited ${options.withinMs} ms in vain for ${options.what}`);
    await sleep(pauseMs);
  }
}
