/** ^C in the course of a call by hand: noted here, acted upon where something can be taken back. */

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

/**
 * From here on SIGINT, SIGTERM and SIGHUP end nothing by themselves. The plugin's own handlers end the delegate under way
 * and take back what it made; a namespace that was made is for the caller to remove.
 */
export function watchInterrupts(): Interrupts {
  let isInterrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isInterrupted = true;
    });
  }
  return { isInterrupted: () => isInterrupted };
}
