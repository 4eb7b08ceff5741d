/**
 * Whose turn it is: at most so many calls at once, one at a time for each container, in the order in which they came.
 *
 * A call that would have to wait for another one on its container takes no place from the calls of other containers, so one
 * pod's hanging delegate holds up that pod only.
 */

/** How many calls run at once, and how many may wait. */
export interface QueueLimits {
  readonly running: number;
  readonly waiting: number;
}

interface WaitingCall {
  readonly key: string;
  readonly start: () => void;
}

/** A queue; it holds no timer. */
export class CallQueue {
  readonly #limits: QueueLimits;
  readonly #runningKeys = new Set<string>();
  #waiting: WaitingCall[] = [];

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Calls that run. */
  get running(): number {
    return this.#runningKeys.size;
  }

  /** Calls that wait for their turn. */
  get depth(): number {
    return this.#waiting.length;
  }

  /** True while a call of `key` runs. */
  isRunning(key: string): boolean {
    return this.#runningKeys.has(key);
  }

  /** True when a call of `key` would have to wait, and no more may. */
  isFullFor(key: string): boolean {
    return !this.#isFree(key) && this.#waiting.length >= this.#limits.waiting;
  }

  /**
   * Runs `work` when its turn comes. `undefined` when `signal` fired before that, and nothing was run.
   * Throws what `work` throws.
   */
  async run<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    if (!(await this.#turn(key, signal))) return undefined;
    try {
      return await work();
    } finally {
      this.#runningKeys.delete(key);
      this.#startNext();
    }
  }

  #turn(key: string, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (this.#isFree(key)) {
      this.#runningKeys.add(key);
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const call: WaitingCall = {
        key,
        start: () => {
          signal.removeEventListener('abort', onAbort);
          resolve(true);
        },
      };
      const onAbort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== call);
        resolve(false);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(call);
    });
  }

  #isFree(key: string): boolean {
    return this.#runningKeys.size < this.#limits.running && !this.isRunning(key);
  }

  #startNext(): void {
    while (this.#runningKeys.size < this.#limits.running) {
      const index = this.#waiting.findIndex(({ key }) => this.#isFree(key));
      const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (!next) return;
      this.#runningKeys.add(next.key);
      next.start();
    }
  }
}
