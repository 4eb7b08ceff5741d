/** A folder for nodes that live for a moment. Touches disk, or memory where it can. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** On a disk, the journals of a thousand fixtures would wait for it a thousand times. */
const IN_MEMORY = '/dev/shm';
const PREFIX = 'braid-test-';

/** Makes a new folder in `tmpDir`; without one, in memory where the machine has such a place. Throws what the file system throws. */
export function makeScratchFolder(tmpDir: string | undefined): string {
  if (tmpDir !== undefined) return mkdtempSync(join(tmpDir, PREFIX));
  try {
    return mkdtempSync(join(IN_MEMORY, PREFIX));
  } catch {
    return mkdtempSync(join(tmpdir(), PREFIX));
  }
}
