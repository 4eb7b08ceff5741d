/** ^C in the course of a call by hand: noted and told here, acted upon where something can be taken back. */
import { writeStderr } from '../../environment/standard-streams.ts';
import { INTERRUPTED } from '../command.ts';

/** The exit status of a call. */
export function exitStatus({ error }: { readonly error: unknown }, { isInterrupted }: Interrupts): number {
  if (error === undefined) return 0;
  return isInterrupted() ? INTERRUPTED : 1;
}

/** Whether we have been told to stop. */
export interface Interrupts {
  readonly isInterrupted: () => boolean;
}

/** What a person is told who interrupts a command. */
export interface InterruptWords {
  /** The command. */
  readonly name: string;
  /** What is done then, and how long that may take. */
  readonly begun: string;
  /** What a second ^C leaves behind, and how that goes away. Asked when it comes. */
  readonly left: () => string;
}

/** For what frees records. */
export const GC_WORDS: InterruptWords = {
  name: 'gc',
  begun: 'the plugin that runs is ended, and what is not freed stays in the journal',
  left: () => 'what is not freed stays in the journal, for another braid gc',
};

/** For what changes nothing. */
export function wordsOfReading(name: string): InterruptWords {
  return { name, begun: 'the plugin that runs is ended', left: () => 'nothing was changed' };
}

/** In ms, what a keyboard waits at most before a held key repeats; and more than it lets pass between two repeats. */
const REPEAT_DELAY_MS = 1000;
const REPEAT_GAP_MS = 300;

/** What a signal is: the first of a call, a second ^C that is meant, or nothing new. */
type Word = 'first' | 'second' | 'none';

/**
 * Tells the ^C of a person who has waited from those of a key that is held, which come long after the first one and one upon
 * the other. Other signals may come twice by themselves. `now`: a clock in ms.
 */
export function hearInterrupts(now: () => number): (signal: string) => Word {
  let firstAt: number | undefined;
  let lastKeyAt = -Infinity;
  return (signal) => {
    const at = now();
    const isQuietBefore = at - lastKeyAt >= REPEAT_GAP_MS;
    if (signal === 'SIGINT') lastKeyAt = at;
    if (firstAt === undefined) {
      firstAt = at;
      return 'first';
    }
    return signal === 'SIGINT' && isQuietBefore && at - firstAt >= REPEAT_DELAY_MS ? 'second' : 'none';
  };
}

/**
 * From here on SIGINT, SIGTERM and SIGHUP end nothing by themselves. The plugin's own handlers end the delegate under way
 * and take back what it made; a namespace that was made is for the caller to remove. A second ^C ends the process at once:
 * the journal then holds what it holds after a crash, and a DEL goes on from there.
 */
export function watchInterrupts({ name, begun, left }: InterruptWords): Interrupts {
  let isInterrupted = false;
  const hear = hearInterrupts(() => performance.now());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const word = hear(signal);
      if (word === 'none') return;
      if (word === 'first') {
        isInterrupted = true;
        return writeStderr(`braid ${name}: interrupted: ${begun}; ^C again, a second later, ends it at once\n`);
      }
      writeStderr(`braid ${name}: ended at once: ${left()}\n`);
      process.exit(INTERRUPTED);
    });
  }
  return { isInterrupted: () => isInterrupted };
}
