/**
 * Files that survive a power cut: temporary file, rename, one fsync. Source: rename(2), fsync(2).
 *
 * The fsync comes after the rename and is the file's own: on the file systems below it makes the new name durable as well;
 * on any other the folder is synced too. The temporary file lies in the same folder; when anything fails nothing is left.
 */
import { access, type FileHandle, mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

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
  const hasDurableName = keepsNames(dirname(file));
  let written = temporaryOf(file);
  try {
    await withFile(written, 'w', async (handle) => {
      await handle.writeFile(text);
      await rename(written, file);
      written = file;
      await handle.sync();
    });
    if (!(await hasDurableName)) await syncFolder(dirname(file));
  } catch (cause) {
    await rm(written, { force: true }).catch(() => undefined);
    throw cause;
  }
}

/** Appends to `file`, mode 0600 when it is new; all that it holds survives a power cut then. Throws what the file system throws. */
export async function appendDurably(file: string, text: string): Promise<void> {
  const hasDurableName = keepsNames(dirname(file));
  await withFile(file, 'a', async (handle) => {
    await handle.appendFile(text);
    await handle.sync();
  });
  if (!(await hasDurableName)) await syncFolder(dirname(file));
}

async function keepsNames(folder: string): Promise<boolean> {
  return statfs(folder).then(
    ({ type }) => KEEPS_NAMES.has(type),
    () => false,
  );
}

async function withFile(file: string, flags: string, work: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(file, flags, 0o600);
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
}

/** Makes a rename or removal in `folder` itself survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  await withFile(folder, 'r', (handle) => handle.sync());
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
