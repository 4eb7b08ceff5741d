/**
 * The files of the node that an ADD may have read: its network configurations and profiles of plugins, secrets hidden.
 *
 * In: the request's folders, and the networks that were looked up, which may name further files. Out: texts by path. What
 * cannot be read is left out; the bundle says what came of it. Touches disk by reading.
 */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readRegularFile } from '../read-regular-file.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { hideInText } from '../schema/secrets.ts';
import type { NetworkChoice } from '../selection/selection.ts';

const CONFIGURATIONS = /\.(conf|conflist|json)$/;
const PROFILES = /\.(ya?ml|json)$/;

/** What a node has, with room to spare. */
const MOST_FILES = 500;
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** Reads them. Never throws. */
export async function readNodeFiles(
  { config }: Pick<CniRequest, 'config'>,
  choices: readonly NetworkChoice[],
): Promise<Record<string, string>> {
  const files = [
    ...(await filesBelow(config.confDir, CONFIGURATIONS)),
    ...(config.profileDir === undefined ? [] : await filesBelow(config.profileDir, PROFILES)),
  ];
  for (const choice of choices) files.push(...(await namedFiles(choice)));
  const texts: Record<string, string> = {};
  let length = 0;
  for (const file of [...new Set(files)].slice(0, MOST_FILES)) {
    const text = await readRegularFile(file).catch(() => undefined);
    length += text?.length ?? 0;
    if (length > MOST_CHARACTERS) break;
    if (text !== undefined) texts[file] = hideInText(text);
  }
  return texts;
}

async function namedFiles(choice: NetworkChoice): Promise<string[]> {
  if (choice.kind === 'path') return [choice.path, ...(await filesBelow(choice.path, CONFIGURATIONS))];
  if (choice.kind === 'chain-folder') return filesBelow(join(dirname(choice.besidePath), choice.name), CONFIGURATIONS);
  return [];
}

/** Those of the folder and of its folders. One that cannot be read has none. */
async function filesBelow(folder: string, names: RegExp, depth = 1): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files: string[] = [];
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) files.push(...(names.test(entry.name) ? [path] : []));
    else if (depth > 0) files.push(...(await filesBelow(path, names, depth - 1)));
  }
  return files;
}
