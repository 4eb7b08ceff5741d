/**
 * Networks that the node's configuration names by a path, as Multus does: a file, a folder, or its auxiliary chain.
 *
 * As in Multus the first file of a folder is taken, and it must be good; unlike there, ours is passed over, and plugins from
 * the folder of a list's name count here too. A chain with a bad file is an error: Multus logs it and leaves the chain out,
 * and with it whatever it was to enforce. Touches disk.
 */

import { isAbsolute, join } from 'node:path/posix';
import { errorText } from '../errors.ts';
import { stat } from '../files.ts';
import { isIdentifier } from '../schema/names.ts';
import { foundIn } from './from-conf-dir.ts';
import type { NetworkLookup } from './network-source.ts';
import { byFileName, isOwn, readChainFolder, readConfDir, readConfigFile } from './read-conf-dir.ts';

/** The configuration at `path`, or the first one of the folder there. Never throws. */
export async function lookUpPath(path: string, ownType: string): Promise<NetworkLookup> {
  if (!isAbsolute(path)) return { kind: 'broken', origin: path, cause: 'the path is not absolute' };
  try {
    const isFolder = (await stat(path)).isDirectory();
    return isFolder ? await lookUpFolder(path, ownType) : foundIn(await readConfigFile(path));
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing) return { kind: 'absent', known: [], searched: path };
    return { kind: 'broken', origin: path, cause: errorText(cause) };
  }
}

/** The plugins of the folder `name` in the folder of `besidePath`, after one that does nothing. Never throws. */
export async function lookUpChainFolder(name: string, besidePath: string): Promise<NetworkLookup> {
  const folder = join(besidePath.slice(0, besidePath.lastIndexOf('/') + 1), name);
  if (!isIdentifier(name)) return { kind: 'broken', origin: `chain "${name}"`, cause: 'the name is no network name' };
  if (!isAbsolute(besidePath)) return { kind: 'broken', origin: folder, cause: 'the path is not absolute' };
  try {
    const chained = await readChainFolder(folder);
    if (chained.length === 0) return { kind: 'nothing-to-attach', origin: folder };
    const list = {
      name,
      reference: name,
      isNodeFile: true,
      cniVersion: undefined,
      isCheckDisabled: false,
      isGcDisabled: false,
      plugins: [PASS_THROUGH, ...chained],
      origin: folder,
    };
    return { kind: 'found', list, warnings: [] };
  } catch (cause) {
    return { kind: 'broken', origin: folder, cause: errorText(cause) };
  }
}

/** Plugins that are made for the middle of a chain need a result before theirs; Multus' own plugin gives an empty one. */
const PASS_THROUGH = { type: 'passthru', capabilities: [], raw: { type: 'passthru' } } as const;

async function lookUpFolder(folder: string, ownType: string): Promise<NetworkLookup> {
  const files = byFileName(await readConfDir(folder)).filter((file) => !isOwn(file, ownType));
  const [first] = files;
  return first ? foundIn(first) : { kind: 'absent', known: [], searched: `${folder} (no files)` };
}
