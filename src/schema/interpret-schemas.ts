/** For a process that is over after one request. */
import * as z from 'zod/mini';

/** Schemas made from here on check as they are, rather than by code that is generated first, which costs more than one check saves. */
export function interpretSchemas(): void {
  z.config({ jitless: true });
}
