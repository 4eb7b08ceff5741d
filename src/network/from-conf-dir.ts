/**
 * Networks from the node's configuration folder.
 *
 * Deviations from the reference library, on purpose: a broken file that nobody asked for is skipped with a warning instead
 * of failing every pod; our own configuration is never a delegate.
 */
import type { KnownDelegate } from '../catalogue/catalogue.ts';
import type { ConfFolder } from './conf-folder.ts';
import { generatedNetwork } from './generate-config.ts';
import { type ConfigFile, filesOfType, matchJsonName, matchNetwork, nameInFileName } from './match-network.ts';
import type { AbsentNetwork, NetworkLookup } from './network-source.ts';
import { byFileName, isOwn } from './read-conf-dir.ts';

/** Says once, with the first network that was found, which files nobody can use. */
export function withSkipped(lookups: readonly NetworkLookup[], files: readonly ConfigFile[]): NetworkLookup[] {
  const skipped = files.filter((file) => file.kind === 'broken').map((file) => `skipped ${describe(file)}`);
  const first = lookups.findIndex((lookup) => lookup.kind === 'found');
  return lookups.map((lookup, index) => {
    if (lookup.kind !== 'found' || index !== first) return lookup;
    return { ...lookup, warnings: [...new Set([...lookup.warnings, ...skipped])] };
  });
}

/**
 * A network by name, file name or type, or by what else its plugin is called; for some plugins one is generated where no file
 * is meant. Throws: code 7.
 */
export async function lookUpNamed(name: string, folder: ConfFolder): Promise<NetworkLookup> {
  const files = await folder.files();
  // Our own configuration stays among the candidates here: who asks for it shall hear of the recursion, not of a typo.
  const match = matchNetwork(name, files);
  if (match) return foundIn(match.file, match.warnings);
  return doubtfulType(name, files, folder) ?? lookUpKnown(name, files, folder);
}

/** Which, the log says: the pod's owner has nothing to do with the node's files. */
const UNUSED_PROFILES = 'some profiles of "profileDir" cannot be used, see the log of the node';

async function lookUpKnown(name: string, files: readonly ConfigFile[], folder: ConfFolder): Promise<NetworkLookup> {
  const catalogue = await folder.openCatalogue();
  const profile = catalogue.named(name);
  const absent = absentFrom(files, folder);
  if (!profile) return catalogue.faults.length === 0 ? absent : { ...absent, note: UNUSED_PROFILES };
  // Its system may have named its file after another of its names.
  const [match] = [profile.name, ...profile.aliases].flatMap((word) => matchNetwork(word, files) ?? []);
  if (match) return foundIn(match.file, match.warnings);
  const { plugin } = profile.binaries;
  const alike = plugin === undefined ? [] : filesOfType(plugin, files);
  const [only] = alike;
  if (only && alike.length === 1) return foundIn(only);
  if (plugin !== undefined && only) return doubtfulType(plugin, files, folder) ?? absent;
  return generate(profile, folder, absent);
}

/** That a type is no name, where several files have it. */
function doubtfulType(type: string, files: readonly ConfigFile[], folder: ConfFolder): AbsentNetwork | undefined {
  const alike = filesOfType(type, files);
  if (alike.length === 0) return undefined;
  const doubt = `its type "${type}" is that of several: ${alike.map(({ file }) => file).join(', ')}`;
  return { ...absentFrom(files, folder), searched: `${folder.confDir} (${doubt})` };
}

/** A network by the JSON `name` of its file and nothing else. Throws: code 7. */
export async function lookUpJsonName(name: string, folder: ConfFolder): Promise<NetworkLookup> {
  const files = await folder.files();
  const match = matchJsonName(name, files);
  return match ? foundIn(match.file, match.warnings) : absentFrom(files, folder, jsonNames);
}

/** As the runtimes choose a node's default: one list of all three extensions by name, broken ones skipped. Throws: code 7. */
export async function lookUpFirst(folder: ConfFolder): Promise<NetworkLookup> {
  const files = await folder.files();
  const sorted = byFileName(files.filter((file) => !isOwn(file, folder.ownType)));
  const index = sorted.findIndex((file) => file.kind === 'read');
  const chosen = sorted[index];
  if (chosen?.kind !== 'read') {
    const seen = sorted.map(describe).join('; ') || 'no files';
    return { kind: 'absent', known: [], searched: `${folder.confDir} (${seen})` };
  }
  return foundIn(
    chosen,
    sorted.slice(0, index).map((file) => `skipped ${describe(file)}`),
  );
}

/** What a file comes to as the answer. */
export function foundIn(file: ConfigFile, warnings: readonly string[] = []): NetworkLookup {
  if (file.kind === 'read') return { kind: 'found', list: file.list, warnings };
  return { kind: 'broken', origin: file.file, cause: file.cause, nodeNetwork: file.name ?? nameInFileName(file.file) };
}

async function generate(
  profile: KnownDelegate,
  { confDir, isPluginThere }: ConfFolder,
  absent: AbsentNetwork,
): Promise<NetworkLookup> {
  const { name } = profile;
  const generated = generatedNetwork(profile);
  if (!generated) return { ...absent, note: `${name} is known, but it needs a configuration file of this node` };
  const { list, types } = generated;
  if (!(await isPluginThere(types))) {
    return {
      ...absent,
      note: `${name} would do without a file, but not all of its plugins are in CNI_PATH: ${types.join(', ')}`,
    };
  }
  const warning = `network "${name}" has no file in ${confDir}, so a configuration was generated for plugin "${name}"; a file with this "name" replaces it: ${JSON.stringify({ name, plugins: list.plugins.map(({ raw }) => raw) })}`;
  return { kind: 'found', list, warnings: [warning] };
}

function absentFrom(files: readonly ConfigFile[], { confDir, ownType }: ConfFolder, namesOf = allNames): AbsentNetwork {
  const others = files.filter((file) => !isOwn(file, ownType));
  return { kind: 'absent', known: [...new Set(others.flatMap(namesOf))], searched: confDir };
}

/** All that a pod could have written: the name in the file, and that of the file. */
function allNames(file: ConfigFile): string[] {
  return [...(file.kind === 'read' ? [file.list.name] : []), nameInFileName(file.file)];
}

function jsonNames(file: ConfigFile): string[] {
  return file.kind === 'read' ? [file.list.name] : [];
}

function describe(file: ConfigFile): string {
  return file.kind === 'broken' ? `${file.file}: ${file.cause}` : file.file;
}
