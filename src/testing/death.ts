/**
 * A Braid that is killed in the middle of a call, without a process: from then on its ports never answer.
 *
 * What the call had begun is abandoned where it stood, so nothing is taken back and the journal stays as it was; its locks
 * are let go, as the kernel does for a process that died.
 */
import { basename } from 'node:path';
import type { RunDelegate } from '../execute/run-delegate.ts';
import type { KillPoint } from '../schema/fixture.ts';
import type { StateStore } from '../state/state-store.ts';

/** When a call dies, and whether it has. */
export class Death {
  readonly #point: KillPoint | undefined;
  readonly #happened = Promise.withResolvers<void>();
  #calls = 0;
  #isDead = false;

  constructor(point: KillPoint | undefined) {
    this.#point = point;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Resolves when the call is killed. */
  get happened(): Promise<void> {
    return this.#happened.promise;
  }

  /** Delegates until the kill point; the one after which Braid is killed does its work, but nobody hears of it. */
  mortal(run: RunDelegate): RunDelegate {
    return async (call) => {
      if (this.#isDead) return never();
      if (!this.#isReached(basename(call.path), call.variables['CNI_COMMAND'])) return run(call);
      if (this.#point?.when === 'after') await run(call);
      this.#isDead = true;
      this.#happened.resolve();
      return never();
    };
  }

  /** Locks that end with the call. */
  mortalState(state: StateStore): StateStore {
    return {
      ...state,
      withLock: (containerId, signal, work) => state.withLock(containerId, signal, () => this.#unlessDead(work())),
      withExclusiveLock: (signal, work) => state.withExclusiveLock(signal, () => this.#unlessDead(work())),
    };
  }

  #unlessDead<T>(work: Promise<T>): Promise<T> {
    const killed = this.happened.then((): never => {
      throw new Error('Braid was killed');
    });
    return Promise.race([work, killed]);
  }

  #isReached(plugin: string, verb: string | undefined): boolean {
    const point = this.#point;
    if (!point || point.plugin !== plugin || (point.verb ?? verb) !== verb) return false;
    this.#calls += 1;
    return this.#calls === (point.call ?? 1);
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
