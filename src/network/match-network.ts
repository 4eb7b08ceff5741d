/**
 * Which configuration file a network's name means. Pure.
 *
 * First that fits: the JSON `name`; the file name after its first `-` and without extension, as CNI-Genie matches; the
 * `type` of the first plugin when exactly one file has it. Files come in the reference library's order: all `.conflist`
 * by name, then `.conf` and `.json` together by name. A broken file counts only when it is the one asked for.
 */
import { basename, extname } from 'node:path/posix';
import type { NetworkConfigList } from './network-source.ts';

/** A file of the configuration folder: read, or broken and why. */
export type ConfigFile =
  | { readonly kind: 'read'; readonly file: string; readonly list: NetworkConfigList }
  | { readonly kind: 'broken'; readonly file: string; readonly name: string | undefined; readonly cause: string };

/** What a name means, with a sentence for each doubt; `undefined` when it means nothing here. */
export interface NetworkMatch {
  readonly file: ConfigFile;
  readonly warnings: readonly string[];
}

/** The file that `name` means. */
export function matchNetwork(name: string, files: readonly ConfigFile[]): NetworkMatch | undefined {
  const byName = matchJsonName(name, files);
  if (byName) return byName;
  const filed = files.filter((file) => nameInFileName(file.file) === name);
  const [byFile] = filed;
  if (byFile) return { file: byFile, warnings: doubts(name, 'file name', filed) };
  const typed = filesOfType(name, files);
  const [byType] = typed;
  return byType && typed.length === 1 ? { file: byType, warnings: [] } : undefined;
}

/** The file whose JSON `name` is `name`, as the reference library and Multus match. */
export function matchJsonName(name: string, files: readonly ConfigFile[]): NetworkMatch | undefined {
  const named = files.filter((file) => (file.kind === 'read' ? file.list.name : file.name) === name);
  const [first] = named;
  return first && { file: first, warnings: doubts(name, 'name', named) };
}

/** The files whose first plugin is of this type. */
export function filesOfType(type: string, files: readonly ConfigFile[]): readonly ConfigFile[] {
  return files.filter((file) => file.kind === 'read' && file.list.plugins[0]?.type === type);
}

/** `10-weave.conf` is `weave` to CNI-Genie: what follows the first `-`, without extension. */
export function nameInFileName(file: string): string {
  const stem = basename(file, extname(file));
  return stem.slice(stem.indexOf('-') + 1);
}

function doubts(name: string, what: string, files: readonly ConfigFile[]): string[] {
  if (files.length < 2) return [];
  const [first, ...others] = files.map((file) => file.file);
  return [`network "${name}" stands in several files by its ${what}: ${first} is used, not ${others.join(', ')}`];
}
