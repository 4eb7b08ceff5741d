/**
 * Plugin binaries on disk: the first regular file of that name, links followed, as the reference library looks.
 *
 * What stat answers from memory is asked synchronously, as in `kept-reading.ts` and for its reasons.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { open } from '../files.ts';
import { keptReading } from '../kept-reading.ts';
import type { FindPlugins, PluginLookup } from './network-source.ts';

/** Looks all types up at once. A type that is no plain file name is absent. */
export const findPlugins: FindPlugins = async (types, searchPath) => {
  const found = [...new Set(types)].map(async (type) => [type, await findPlugin(type, searchPath)] as const);
  return new Map(await Promise.all(found));
};

async function findPlugin(type: string, searchPath: readonly string[]): Promise<PluginLookup> {
  if (!isFileName(type)) return { kind: 'absent' };
  for (const folder of searchPath) {
    const path = join(folder, type);
    if (!isRegularFile(path)) continue;
    return (await isExecutable(path)) ? { kind: 'found', path } : { kind: 'not-executable', path };
  }
  return { kind: 'absent' };
}

/** Control characters and NUL have no place in a plugin's name; `/` and `..` would leave the folder. */
function isFileName(type: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused here
  return type !== '.' && type !== '..' && !/[/\u0000-\u001f\u007f]/.test(type);
}

function isRegularFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

/** An ELF file or a script: what else has the bit would be refused by the kernel, or be handed to `sh` by Node. */
const isProgram = keptReading(async (path) => {
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(4);
    await handle.read(buffer, 0, 4, 0);
    return buffer.toString('latin1') === '\x7fELF' || buffer.toString('latin1', 0, 2) === '#!';
  } finally {
    await handle.close();
  }
});

/** A file without the bit shadows a good one further on, as with libcni; unlike libcni we say so before anything runs. */
async function isExecutable(path: string): Promise<boolean> {
  try {
    accessSync(path, constants.X_OK);
    return await isProgram(path);
  } catch {
    return false;
  }
}
