/**
 * Files that survive a power cut: temporary file, rename, one fsync. Source: rename(2), fsync(2).
 *
 * The fsync comes after the rename and is the file's own: on the file systems below it makes the new name durable as well;
 * on any other the folder is synced too. The temporary file lies in the same folder; when anything fails nothing is left.
 */
import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { syncFile } from '../files.ts';

/**
 * Where fsync of a file that was just made keeps its name as well, by the magic numbers of statfs(2). Overlays are not
 * among them: what is below cannot be seen.
 */
const KEEPS_NAMES: ReadonlySet<number> = new Set([
  0xef53, // ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xf2f52010, // f2fs
  0x01021994, // tmpfs, which keeps nothing
]);

/** Where the content of `file` is put together; one name, so that what a killed writer left is found. */
export function temporaryOf(file: string): string {
  return `${file}.tmp`;
}

/**
 * Makes `file`, mode 0600, at once or not at all; it survives a power cut once this has returned. Not for a file whose old
 * content counts: a power cut before then may leave a torn one. One writer at a time. Throws what the file system throws.
 */
export async function createDurably(file: string, text: string): Promise<void> {
  const folder = dirname(file);
  const hasDurableName = keepsNames(folder);
  let written = temporaryOf(file);
  try {
    await withFile(written, 'w', async (descriptor) => {
      writeFileSync(descriptor, text);
      renameSync(written, file);
      written = file;
      await syncFile(descriptor);
    });
    if (!hasDurableName) await syncFolder(folder);
  } catch (cause) {
    removeQuietly(written);
    throw cause;
  }
}

/** As a file that is there already: what is appended to nothing would pass for a whole file. */
const TO_APPEND = constants.O_WRONLY | constants.O_APPEND;

/** Appends to `file`, which must be there. Throws what the file system throws. */
export function append(file: string, text: string): void {
  const descriptor = openSync(file, TO_APPEND);
  try {
    appendFileSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

/** The same; all that the file holds survives a power cut then. */
export async function appendDurably(file: string, text: string): Promise<void> {
  await withFile(file, TO_APPEND, async (descriptor) => {
    appendFileSync(descriptor, text);
    await syncFile(descriptor);
  });
}

function keepsNames(folder: string): boolean {
  try {
    return KEEPS_NAMES.has(statfsSync(folder).type);
  } catch {
    return false;
  }
}

/** Best effort: what made it necessary is the error to tell. */
function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // A folder may be in its place.
  }
}

async function withFile(
  file: string,
  flags: string | number,
  work: (descriptor: number) => Promise<void>,
): Promise<void> {
  const descriptor = openSync(file, flags, 0o600);
  try {
    await work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes a rename or removal in `folder` itself survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  await withFile(folder, 'r', syncFile);
}

/**
 * Makes `folder` and what is missing above it, mode 0700; the entry of each new one survives a power cut. Another process
 * may make the same folders at the same time. Level by level: Node's own recursion never ends below /proc.
 * Throws what the file system throws.
 */
export async function makeFolder(folder: string): Promise<void> {
  for (const each of missingFolders(folder)) {
    try {
      mkdirSync(each, { mode: 0o700 });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    }
    await syncFolder(dirname(each));
  }
}

/** `folder` and those above it that are not there, the highest first. */
function missingFolders(folder: string): string[] {
  if (dirname(folder) === folder || existsSync(folder)) return [];
  return [...missingFolders(dirname(folder)), folder];
}
