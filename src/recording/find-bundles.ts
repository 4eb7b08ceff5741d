/** The bundles at paths: files, and those that recordings left in folders, at any depth. Touches disk by reading. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CniError, ErrorCode } from '../errors.ts';
import { unreadable } from '../file-fault.ts';
import { bundleNames } from './recording-folder.ts';

/** The files, those of a folder in the order in which they were recorded. Throws: code 5 for a path that cannot be read. */
export async function findBundles(paths: readonly string[]): Promise<string[]> {
  try {
    return [...new Set((await Promise.all(paths.map(bundlesAt))).flat())];
  } catch (cause) {
    throw new CniError(ErrorCode.io, unreadable(cause, 'recordings'), '', { cause });
  }
}

async function bundlesAt(path: string): Promise<string[]> {
  return (await stat(path)).isDirectory() ? bundlesBelow(path) : [path];
}

async function bundlesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const deeper = await Promise.all(folders.toSorted().map(bundlesBelow));
  return [...(await bundleNames(folder)).map((name) => join(folder, name)), ...deeper.flat()];
}
