/**
 * Whose turn it is: at most so many calls at once, one at a time for each container, in the order in which they came.
 *
 * A call that would have to wait for another one on its container takes no place from the calls of other containers. ADDs
 * take no place from other calls: however many of them hang, what frees the resources of pods goes on.
 */

/** How many calls run at once in each lane, and how many may wait. */
export interface QueueLimits {
  readonly running: number;
  readonly waiting: number;
}

/** Which container a call works on, and with what kind of calls it shares places. */
export interface Place {
  readonly key: string;
  readonly lane: 'ADD' | 'other';
}

interface WaitingCall {
  readonly place: Place;
  readonly start: () => void;
}

/** A queue; it holds no timer. */
export class CallQueue {
  readonly #limits: QueueLimits;
  /** Containers. */
  readonly #running = new Set<string>();
  readonly #inLane = { ADD: 0, other: 0 };
  #waiting: WaitingCall[] = [];

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Calls that run. */
  get running(): number {
    return this.#running.size;
  }

  /** Calls that wait for their turn. */
  get depth(): number {
    return this.#waiting.length;
  }

  /** True while a call of the container runs. */
  isRunning(key: string): boolean {
    return this.#running.has(key);
  }

  /** True when a call would have to wait, and no more may. */
  isFullFor(place: Place): boolean {
    return !this.#isFree(place) && this.#waiting.length >= this.#limits.waiting;
  }

  /**
   * Runs `work` when its turn comes. `undefined` when `signal` fired before that, and nothing was run.
   * Throws what `work` throws.
   */
  async run<T>(place: Place, signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    if (!(await this.#turn(place, signal))) return undefined;
    try {
      return await work();
    } finally {
      this.#running.delete(place.key);
      this.#inLane[place.lane] -= 1;
      this.#startNext();
    }
  }

  #turn(place: Place, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (this.#isFree(place)) {
      this.#take(place);
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const call: WaitingCall = {
        place,
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

  #isFree({ key, lane }: Place): boolean {
    return this.#inLane[lane] < this.#limits.running && !this.isRunning(key);
  }

  #take({ key, lane }: Place): void {
    this.#running.add(key);
    this.#inLane[lane] += 1;
  }

  #startNext(): void {
    for (;;) {
      const index = this.#waiting.findIndex(({ place }) => this.#isFree(place));
      const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (!next) return;
      this.#take(next.place);
      next.start();
    }
  }
}
