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
  const deadlines = new CallDeadlines(parent);
  try {
    return await work(deadlines.start(timeoutMs));
  } finally {
    deadlines.end();
  }
}

/** Deadlines that begin in the course of one call; with the call they all end. */
export class CallDeadlines {
  readonly #parent: AbortSignal;
  readonly #ends: (() => void)[] = [];

  constructor(parent: AbortSignal) {
    this.#parent = parent;
  }

  /** A signal that fires after `timeoutMs`, or with the parent; not any more after `end`. */
  start(timeoutMs: number): AbortSignal {
    const controller = new AbortController();
    const onParent = () => controller.abort(this.#parent.reason);
    const timer = setTimeout(
      () => controller.abort(new Error(`there was no end of it within ${timeoutMs} ms`)),
      timeoutMs,
    );
    if (this.#parent.aborted) onParent();
    this.#parent.addEventListener('abort', onParent, { once: true });
    this.#ends.push(() => {
      clearTimeout(timer);
      this.#parent.removeEventListener('abort', onParent);
    });
    return controller.signal;
  }

  /** Leaves no timer and no listener behind. */
  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}
