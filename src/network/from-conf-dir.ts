/**
 * Networks from the node's configuration folder, read by the rules of the reference library.
 *
 * Deviations, on purpose: a broken file that nobody asked for is skipped with a warning instead of failing every pod; a
 * network's name is checked before it becomes the name of its sub-folder; our own configuration is never a delegate.
 */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { isJsonObject } from '../schema/json.ts';
import {
  type NetworkConfigFile,
  type PluginConfig,
  parseConfigList,
  parsePluginConfig,
  parseSingleConfig,
} from '../schema/network-config.ts';
import type { NetworkChoice } from '../selection/selection.ts';
import { selectVersion } from './config-version.ts';
import { type ConfigFile, matchNetwork, nameInFileName } from './match-network.ts';
import type { NetworkLookup, NetworkSource } from './network-source.ts';
import { readRegularFile } from './read-regular-file.ts';

/** A folder of configuration files; `ownType` marks our own configuration. */
export function networksFromConfDir(confDir: string, ownType: string): NetworkSource {
  return {
    async find(choices) {
      const files = await readConfDir(confDir);
      const lookups = choices.map((choice) => lookUp(choice, files, { confDir, ownType }));
      return withSkipped(lookups, files);
    },
  };
}

/** Says once, with the first network that was found, which files nobody can use. */
function withSkipped(lookups: readonly NetworkLookup[], files: readonly ConfigFile[]): NetworkLookup[] {
  const skipped = files.filter((file) => file.kind === 'broken').map((file) => `skipped ${describe(file)}`);
  const first = lookups.findIndex((lookup) => lookup.kind === 'found');
  return lookups.map((lookup, index) => {
    if (lookup.kind !== 'found' || index !== first) return lookup;
    return { ...lookup, warnings: [...new Set([...lookup.warnings, ...skipped])] };
  });
}

interface Folder {
  readonly confDir: string;
  readonly ownType: string;
}

function lookUp(choice: NetworkChoice, files: readonly ConfigFile[], folder: Folder): NetworkLookup {
  const others = files.filter((file) => !isOwn(file, folder.ownType));
  if (choice.kind === 'first-in-conf-dir') return lookUpFirst(others, folder.confDir);
  // Our own configuration stays among the candidates here: who asks for it shall hear of the recursion, not of a typo.
  const match = matchNetwork(choice.name, files);
  if (!match) return { kind: 'absent', known: knownNames(others), searched: folder.confDir };
  const { file, warnings } = match;
  return file.kind === 'read'
    ? { kind: 'found', list: file.list, warnings }
    : { kind: 'broken', origin: file.file, cause: file.cause };
}

/** As the runtimes choose a node's default: one list of all three extensions by name, broken ones skipped. */
function lookUpFirst(files: readonly ConfigFile[], confDir: string): NetworkLookup {
  const sorted = files.toSorted((left, right) => compareBytes(left.file, right.file));
  const index = sorted.findIndex((file) => file.kind === 'read');
  const chosen = sorted[index];
  if (chosen?.kind !== 'read') {
    return { kind: 'absent', known: [], searched: `${confDir} (${sorted.map(describe).join('; ') || 'no files'})` };
  }
  return {
    kind: 'found',
    list: chosen.list,
    warnings: sorted.slice(0, index).map((file) => `skipped ${describe(file)}`),
  };
}

function describe(file: ConfigFile): string {
  return file.kind === 'broken' ? `${file.file}: ${file.cause}` : file.file;
}

function isOwn(file: ConfigFile, ownType: string): boolean {
  return file.kind === 'read' && file.list.plugins.some((plugin) => plugin.type === ownType);
}

function knownNames(files: readonly ConfigFile[]): string[] {
  return [...new Set(files.flatMap((file) => (file.kind === 'read' ? [file.list.name] : [nameInFileName(file.file)])))];
}

async function readConfDir(confDir: string): Promise<ConfigFile[]> {
  const names = await listFiles(confDir);
  const lists = names.filter((name) => extension(name) === 'conflist');
  const singles = names.filter((name) => ['conf', 'json'].includes(extension(name)));
  return Promise.all([...lists, ...singles].map((name) => readConfigFile(confDir, name)));
}

async function listFiles(confDir: string): Promise<string[]> {
  try {
    const entries = await readdir(confDir, { withFileTypes: true });
    return fileNames(entries);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CniError(
      ErrorCode.invalidConfig,
      `confDir "${confDir}" ${isMissing ? 'does not exist' : `cannot be read: ${errorText(cause)}`}`,
      'set the key "confDir" to the folder that holds the network configuration files',
      { cause },
    );
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

async function readConfigFile(confDir: string, name: string): Promise<ConfigFile> {
  const file = join(confDir, name);
  let json: unknown;
  try {
    json = JSON.parse(await readRegularFile(file));
    const isList = extension(name) === 'conflist';
    const parsed = isList ? parseConfigList(json) : parseSingleConfig(json);
    return { kind: 'read', file, list: await completeList(parsed, confDir, file) };
  } catch (cause) {
    const jsonName = isJsonObject(json) && typeof json['name'] === 'string' ? json['name'] : undefined;
    return { kind: 'broken', file, name: jsonName, cause: errorText(cause) };
  }
}

async function completeList(parsed: NetworkConfigFile, confDir: string, file: string) {
  const chained = parsed.isInlineOnly ? [] : await readChainFolder(join(confDir, parsed.name));
  const plugins = [...parsed.plugins, ...chained];
  if (plugins.length === 0) throw new Error('no plugin configs found');
  return {
    name: parsed.name,
    cniVersion: selectVersion(parsed.cniVersion, parsed.cniVersions),
    isCheckDisabled: parsed.isCheckDisabled,
    isGcDisabled: parsed.isGcDisabled,
    plugins,
    origin: file,
  };
}

/** Plugins chained to a list from the folder of its name; a missing folder is fine, a broken file in it is not. */
async function readChainFolder(folder: string): Promise<PluginConfig[]> {
  let names: string[];
  try {
    names = fileNames(await readdir(folder, { withFileTypes: true }));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
  const files = names.filter((name) => extension(name) === 'conf');
  return Promise.all(files.map((name) => readChained(join(folder, name))));
}

async function readChained(file: string): Promise<PluginConfig> {
  try {
    return parsePluginConfig(JSON.parse(await readRegularFile(file)));
  } catch (cause) {
    throw new Error(`${file}: ${errorText(cause)}`);
  }
}
