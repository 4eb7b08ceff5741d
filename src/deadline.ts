/**
 * Work that must end by a deadline, or when somebody else says stop.
 *
 * Unlike `AbortSignal.timeout` and `AbortSignal.any` it leaves no timer and no listener behind when the work ends early: a
 * long-running process would hold one of each for every call until its deadline has passed.
 */

/** Runs `work` with a signal that fires after `timeoutMs`, or with `parent`. Throws what `work` throws. */
export async function withDeadline<T>(
  parent: AbortSignal,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onParent = () => controller.abort(parent.reason);
  const timer = setTimeout(
    () => controller.abort(new Error(`there was no end of it within ${timeoutMs} ms`)),
    timeoutMs,
  );
  if (parent.aborted) onParent();
  parent.addEventListener('abort', onParent, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    parent.removeEventListener('abort', onParent);
  }
}
