/**
 * Network configuration files of one folder, read by the rules of the reference library (R1, R2, R7–R13).
 *
 * Deviation, on purpose: a network's name is checked before it becomes the name of its sub-folder. A broken file is an
 * answer too; whether it matters is the caller's business. Touches disk; what has not changed since is not read again.
 */
import { type Dirent, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorText } from '../errors.ts';
import { readEntries } from '../files.ts';
import { keptReading } from '../kept-reading.ts';
import { readRegularFile } from '../read-regular-file.ts';
import { isJsonObject } from '../schema/json.ts';
import { parseJsonText } from '../schema/json-fault.ts';
import { type PluginConfig, parseConfigList, parsePluginConfig, parseSingleConfig } from '../schema/network-config.ts';
import { networkList } from './list-from-json.ts';
import type { ConfigFile } from './match-network.ts';
import type { NetworkConfigList } from './network-source.ts';

const namesIn = keptReading(async (folder) => fileNames(await readEntries(folder)));

const jsonIn = keptReading(async (file) => parseJsonText(await readRegularFile(file)));

/** All configuration files of a folder: the lists by name, then the single ones by name. Throws: what the system says. */
export async function readConfDir(folder: string): Promise<ConfigFile[]> {
  const names = await namesIn(folder);
  const lists = names.filter((name) => extension(name) === 'conflist');
  const singles = names.filter((name) => ['conf', 'json'].includes(extension(name)));
  return Promise.all([...lists, ...singles].map((name) => readConfigFile(join(folder, name))));
}

/** One configuration file: a list when its name ends in `.conflist`, else a single plugin. Never throws. */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  let json: unknown;
  try {
    json = await jsonIn(file);
    return { kind: 'read', file, list: await parseFile(json, file) };
  } catch (cause) {
    const jsonName = isJsonObject(json) && typeof json['name'] === 'string' ? json['name'] : undefined;
    return { kind: 'broken', file, name: jsonName, cause: errorText(cause) };
  }
}

/** The order in which a runtime takes files for its default network: all extensions together, by name. */
export function byFileName(files: readonly ConfigFile[]): ConfigFile[] {
  return files.toSorted((left, right) => compareBytes(left.file, right.file));
}

/** True for a file that holds our own configuration. */
export function isOwn(file: ConfigFile, ownType: string): boolean {
  return file.kind === 'read' && file.list.plugins.some((plugin) => plugin.type === ownType);
}

/** The plugins in the `.conf` files of a folder, by name; a missing folder has none. Throws: Error naming a bad file. */
export async function readChainFolder(folder: string): Promise<PluginConfig[]> {
  if (!statSync(folder, { throwIfNoEntry: false })) return [];
  const files = (await namesIn(folder)).filter((name) => extension(name) === 'conf');
  return Promise.all(files.map((name) => readChained(join(folder, name))));
}

async function parseFile(json: unknown, file: string): Promise<NetworkConfigList> {
  const isList = extension(basename(file)) === 'conflist';
  const parsed = isList ? parseConfigList(json) : parseSingleConfig(json);
  const chained = parsed.isInlineOnly ? [] : await readChainFolder(join(dirname(file), parsed.name));
  return networkList(parsed, [...parsed.plugins, ...chained], { origin: file, isNodeFile: true });
}

async function readChained(file: string): Promise<PluginConfig> {
  try {
    return parsePluginConfig(await jsonIn(file));
  } catch (cause) {
    throw new Error(`${file}: ${errorText(cause)}`);
  }
}

/** A pipe or a device among them would keep us waiting for ever. */
function fileNames(entries: readonly Dirent[]): string[] {
  const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink());
  return files.map((entry) => entry.name).toSorted(compareBytes);
}

/** The text after the last dot, as Go's filepath.Ext sees it: a file named `.conflist` counts. */
function extension(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
