/**
 * What calls leave to be handed over, one after the other for each place, while other calls are served.
 *
 * Bounded: what comes while many wait for a place, or while one handed over there does not end, is lost, with a line in the
 * log of its call. A disk that hangs so holds one of the threads that all files share, and no more.
 */
import { type Delivery, deliver } from '../deliver.ts';

/** For one place. Each may have all that a call was told and has answered. */
const MOST_WAITING = 64;

interface Waiting {
  readonly delivery: Delivery;
  readonly onOver: () => void;
}

/** The deliveries of all calls. */
export class DeliveryQueue {
  /** By place; each has one that is under way, and those that wait for its end. */
  readonly #places = new Map<string, Waiting[]>();
  readonly #hanging = new Set<string>();

  /** True while one does not end, whoever waits for it or not. */
  get isHanging(): boolean {
    return this.#hanging.size > 0;
  }

  /** Hands over; resolves when that has ended, was given up or is lost. Never throws. */
  take(delivery: Delivery): Promise<void> {
    return new Promise((onOver) => {
      const waiting = this.#places.get(delivery.to);
      if (waiting) this.#wait(waiting, { delivery, onOver });
      else void this.#work(delivery.to, { delivery, onOver });
    });
  }

  /** Resolves when nothing waits or is under way any more, or after `limitMs`. */
  async drain(limitMs: number): Promise<void> {
    const until = performance.now() + limitMs;
    while ([...this.#places.keys()].some((place) => !this.#hanging.has(place)) && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #wait(waiting: Waiting[], next: Waiting): void {
    const isHanging = this.#hanging.has(next.delivery.to);
    if (!isHanging && waiting.length < MOST_WAITING) {
      waiting.push(next);
      return;
    }
    lose(next, isHanging ? 'one before it has not ended' : `${MOST_WAITING} before it wait already`);
  }

  async #work(place: string, first: Waiting): Promise<void> {
    const waiting: Waiting[] = [];
    this.#places.set(place, waiting);
    for (let next: Waiting | undefined = first; next; next = waiting.shift()) {
      const { isOverdue, ended } = await deliver(next.delivery);
      next.onOver();
      if (!isOverdue) continue;
      this.#hanging.add(place);
      for (const each of waiting.splice(0)) lose(each, 'one before it has not ended');
      await ended;
      this.#hanging.delete(place);
    }
    this.#places.delete(place);
  }
}

function lose({ delivery, onOver }: Waiting, why: string): void {
  delivery.lost(new Error(why));
  onOver();
}
