/** A page put into a file: a new one, or one that is a page already. Touches disk. */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeFileSync } from 'node:fs';

/** Opening a pipe without O_NONBLOCK could wait for ever; what is there is not cut off before it is known. */
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK;
const BEGINNING = '<!doctype html>';

/**
 * Writes it. Throws: what the system says, or Error where something else is there: `--html trace.jsonl` is soon said by who
 * wants a page of that file, and would cost him what it was to be made of.
 */
export function writePageFile(file: string, page: string): void {
  const descriptor = openSync(file, FLAGS, 0o644);
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw new Error('it is not a regular file');
    if (found.size > 0 && !isPage(descriptor)) throw new Error('it is there already, and is no page');
    ftruncateSync(descriptor);
    writeFileSync(descriptor, page);
  } finally {
    closeSync(descriptor);
  }
}

/** Reads at a place of its own, so that writing begins at the beginning. */
function isPage(descriptor: number): boolean {
  const beginning = Buffer.alloc(BEGINNING.length);
  readSync(descriptor, beginning, 0, beginning.length, 0);
  return beginning.toString() === BEGINNING;
}
