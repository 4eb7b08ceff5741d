/** A folder for nodes that live for a moment. Touches disk, or memory where it can. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CniError, ErrorCode, errorText } from '../errors.ts';

/** On a disk, the journals of a thousand fixtures would wait for it a thousand times. */
const IN_MEMORY = '/dev/shm';
const PREFIX = 'braid-test-';

/** Makes a new folder in `tmpDir`; without one, in memory where the machine has such a place. Throws: code 5 when there is no room. */
export function makeScratchFolder(tmpDir: string | undefined): string {
  const inMemory = tmpDir === undefined ? folderIn(IN_MEMORY) : undefined;
  if (inMemory?.kind === 'made') return inMemory.folder;
  const parent = tmpDir ?? tmpdir();
  const made = folderIn(parent);
  if (made.kind === 'made') return made.folder;
  throw new CniError(
    ErrorCode.io,
    `cannot make a folder in ${parent}: ${made.cause}`,
    'set TMPDIR to a folder that can be written',
  );
}

type Made = { readonly kind: 'made'; readonly folder: string } | { readonly kind: 'refused'; readonly cause: string };

function folderIn(parent: string): Made {
  try {
    return { kind: 'made', folder: mkdtempSync(join(parent, PREFIX)) };
  } catch (cause) {
    return { kind: 'refused', cause: errorText(cause) };
  }
}
