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

/** ^C again within this time, in ms, is a key that was held. */
const HELD_MS = 500;

/**
 * From here on SIGINT, SIGTERM and SIGHUP end nothing by themselves. The plugin's own handlers end the delegate under way
 * and take back what it made; a namespace that was made is for the caller to remove. A second ^C ends the process at once:
 * the journal then holds what it holds after a crash, and a DEL goes on from there. Other signals may come twice by themselves.
 */
export function watchInterrupts({ name, begun, left }: InterruptWords): Interrupts {
  let interruptedAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interruptedAt === undefined) {
        interruptedAt = performance.now();
        return writeStderr(`braid ${name}: interrupted: ${begun}; ^C again ends it at once\n`);
      }
      if (signal !== 'SIGINT' || performance.now() - interruptedAt < HELD_MS) return;
      writeStderr(`braid ${name}: ended at once: ${left()}\n`);
      process.exit(INTERRUPTED);
    });
  }
  return { isInterrupted: () => interruptedAt !== undefined };
}
