/**
 * What calls leave to be handed over, while other calls are served.
 *
 * Files go one after the other, whatever disk they are on, for each that hangs holds one of the few threads that all files
 * of the process share. Nobody waits, so that a disk that is slow has time; the number that waits is bounded, and what comes
 * while one hangs is lost, with a line in the log of its call.
 */
import { withDeadline } from '../deadline.ts';
import { type Delivery, deliver } from '../deliver.ts';

/** By each way. A recording has all that its call was told and has answered: some 30 KB. */
const MOST_WAITING = 1000;
const PATIENCE_MS = 30_000;
const AT_ONCE: Readonly<Record<Delivery['way'], number>> = { file: 1, network: 4 };

/** The deliveries of all calls. */
export class DeliveryQueue {
  readonly #ending = new AbortController();
  readonly #lanes = {
    file: new Lane(AT_ONCE.file, this.#ending.signal),
    network: new Lane(AT_ONCE.network, this.#ending.signal),
  };
  /** Calls some of whose deliveries are not over. */
  readonly #open = new Set<Promise<void>>();

  /** True while a file is written, or hangs though nobody waits for it any more. */
  get isWriting(): boolean {
    return this.#lanes.file.isBusy;
  }

  /** Hands over what a call left, and has it `close`, which must not reject, when all of that has ended or is lost. Never throws. */
  take(deliveries: readonly Delivery[], close: () => Promise<void>): void {
    const over = Promise.all(deliveries.map((delivery) => this.#lanes[delivery.way].take(delivery))).then(close);
    this.#open.add(over);
    void over.finally(() => this.#open.delete(over));
  }

  /** Resolves when everything is handed over; after `limitMs` the rest is given up, with a line in the log of each call. */
  async drain(limitMs: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const lane of Object.values(this.#lanes)) lane.giveUp('the agent ends');
      this.#ending.abort(new Error('the agent ends'));
    }, limitMs);
    await Promise.all(this.#open);
    clearTimeout(timer);
  }
}

interface Waiting {
  readonly delivery: Delivery;
  readonly onOver: () => void;
}

/** Those that go by one way. */
class Lane {
  readonly #atOnce: number;
  readonly #ending: AbortSignal;
  readonly #waiting: Waiting[] = [];
  #underWay = 0;
  /** Of those under way. */
  #hanging = 0;

  constructor(atOnce: number, ending: AbortSignal) {
    this.#atOnce = atOnce;
    this.#ending = ending;
  }

  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** Resolves when it is over. */
  take(delivery: Delivery): Promise<void> {
    return new Promise((onOver) => {
      this.#waiting.push({ delivery, onOver });
      if (this.#hanging === this.#atOnce) this.giveUp(HANGS);
      else if (this.#waiting.length > MOST_WAITING) lose(this.#waiting.pop(), `${MOST_WAITING} before it wait already`);
      else this.#begin();
    });
  }

  /** Loses those that have not begun. */
  giveUp(why: string): void {
    for (const each of this.#waiting.splice(0)) lose(each, why);
  }

  #begin(): void {
    while (this.#underWay < this.#atOnce) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#underWay += 1;
      void this.#run(next);
    }
  }

  async #run({ delivery, onOver }: Waiting): Promise<void> {
    const { isOverdue, ended } = await withDeadline(this.#ending, PATIENCE_MS, (patience) =>
      deliver(delivery, patience),
    );
    onOver();
    if (isOverdue) {
      this.#hanging += 1;
      if (this.#hanging === this.#atOnce) this.giveUp(HANGS);
      await ended;
      this.#hanging -= 1;
    }
    this.#underWay -= 1;
    this.#begin();
  }
}

const HANGS = 'one before it hangs';

function lose(waiting: Waiting | undefined, why: string): void {
  waiting?.delivery.lost(new Error(why));
  waiting?.onOver();
}
