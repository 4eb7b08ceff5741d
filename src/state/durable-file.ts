/**
 * Files that survive a power cut: temporary file, fsync, rename, fsync of the folder. Source: rename(2), fsync(2).
 *
 * The temporary file lies in the same folder and is removed when anything fails, so a full disk leaves no litter.
 */
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Where the next content of `file` is put together; one name, so that what a killed writer left is found. */
export function temporaryOf(file: string): string {
  return `${file}.tmp`;
}

/** Replaces `file` by `text`, mode 0600, at once or not at all. One writer at a time. Throws what the file system throws. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const temporary = temporaryOf(file);
  try {
    await writeSynced(temporary, text);
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw cause;
  }
  await syncFolder(dirname(file));
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename or removal in `folder` itself survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes `folder` and what is missing above it, mode 0700; the entry of each new one survives a power cut. Another process
 * may make the same folders at the same time. Level by level: Node's own recursion never ends below /proc.
 * Throws what the file system throws.
 */
export async function makeFolder(folder: string): Promise<void> {
  for (const each of await missingFolders(folder)) {
    await mkdir(each, { mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EEXIST') throw cause;
    });
    await syncFolder(dirname(each));
  }
}

/** `folder` and those above it that are not there, the highest first. */
async function missingFolders(folder: string): Promise<string[]> {
  if (dirname(folder) === folder || (await isThere(folder))) return [];
  return [...(await missingFolders(dirname(folder))), folder];
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
