/** The bundles at paths: files, and those that recordings left in folders, at any depth. Touches disk by reading. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CniError, ErrorCode } from '../errors.ts';
import { unreadable } from '../file-fault.ts';
import { bundleNames } from './recording-folder.ts';

/** The files, those of a folder in the order in which they were recorded. Throws: code 5 for a path that cannot be read. */
export function findBundles(paths: readonly string[]): string[] {
  try {
    return [...new Set(paths.flatMap((path) => (statSync(path).isDirectory() ? bundlesBelow(path) : [path])))];
  } catch (cause) {
    throw new CniError(ErrorCode.io, unreadable(cause, 'recordings'), '', { cause });
  }
}

function bundlesBelow(folder: string): string[] {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [
    ...bundleNames(folder).map((name) => join(folder, name)),
    ...folders
      .map(({ name }) => join(folder, name))
      .toSorted()
      .flatMap(bundlesBelow),
  ];
}
