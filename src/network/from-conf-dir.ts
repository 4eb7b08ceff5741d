/**
 * Networks from the node's configuration folder.
 *
 * Deviations from the reference library, on purpose: a broken file that nobody asked for is skipped with a warning instead
 * of failing every pod; our own configuration is never a delegate.
 */
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

/** A network by name, file name or type; for some types one is generated where no file is meant. Throws: code 7. */
export async function lookUpNamed(name: string, folder: ConfFolder): Promise<NetworkLookup> {
  const files = await folder.files();
  // Our own configuration stays among the candidates here: who asks for it shall hear of the recursion, not of a typo.
  const match = matchNetwork(name, files);
  if (match) return foundIn(match.file, match.warnings);
  const alike = filesOfType(name, files);
  if (alike.length === 0) return (await generate(name, folder)) ?? absentFrom(files, folder);
  const doubt = `its type "${name}" is that of several: ${alike.map(({ file }) => file).join(', ')}`;
  return { ...absentFrom(files, folder), searched: `${folder.confDir} (${doubt})` };
}

/** A network by the JSON `name` of its file and nothing else. Throws: code 7. */
export async function lookUpJsonName(name: string, folder: ConfFolder): Promise<NetworkLookup> {
  const files = await folder.files();
  const match = matchJsonName(name, files);
  return match ? foundIn(match.file, match.warnings) : absentFrom(files, folder);
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

async function generate(name: string, { confDir, isPluginThere }: ConfFolder): Promise<NetworkLookup | undefined> {
  const generated = generatedNetwork(name);
  if (!generated || !(await isPluginThere(generated.types))) return undefined;
  const { list } = generated;
  const warning = `network "${name}" has no file in ${confDir}, so a configuration was generated for plugin "${name}"; a file with this "name" replaces it: ${JSON.stringify({ name, plugins: list.plugins.map(({ raw }) => raw) })}`;
  return { kind: 'found', list, warnings: [warning] };
}

function absentFrom(files: readonly ConfigFile[], { confDir, ownType }: ConfFolder): AbsentNetwork {
  const others = files.filter((file) => !isOwn(file, ownType));
  return { kind: 'absent', known: knownNames(others), searched: confDir };
}

function knownNames(files: readonly ConfigFile[]): string[] {
  return [...new Set(files.flatMap((file) => (file.kind === 'read' ? [file.list.name] : [nameInFileName(file.file)])))];
}

function describe(file: ConfigFile): string {
  return file.kind === 'broken' ? `${file.file}: ${file.cause}` : file.file;
}
