/** A log that says nothing, and what logs begin with that are written to nowhere. Pure. */
import type { Log } from './log.ts';

const nothing = () => undefined;

export const SILENT_LOG: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  flush: async () => undefined,
  close: async () => undefined,
};
