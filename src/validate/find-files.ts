/** The files that paths of a command line stand for. Touches disk. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join, normalize, resolve } from 'node:path';
import { fileFault } from '../file-fault.ts';
import type { Finding } from './finding.ts';
import { STDIN } from './read-source.ts';

/** A file to look at. `isNamed`: it was given itself, and is no member of a folder that was. */
export interface FoundFile {
  readonly file: string;
  readonly isNamed: boolean;
}

const EXTENSIONS = /\.(ya?ml|json|conf|conflist)$/;

/** Folders whose files are others' business. */
const PASSED_OVER = ['node_modules'];

/** The files, each once; of a folder, those below it with the extensions of YAML, JSON and CNI, by name. */
export function findFiles(paths: readonly string[]): { files: FoundFile[]; findings: Finding[] } {
  const found = new Map<string, FoundFile>();
  const findings: Finding[] = [];
  const add = (file: string, isNamed: boolean) => {
    const key = file === STDIN ? STDIN : resolve(file);
    if (!found.has(key)) found.set(key, { file: file === STDIN ? STDIN : normalize(file), isNamed });
  };
  // What cannot be read is told, and all the rest is looked at.
  const attempt = <T>(path: string, look: () => T): T | undefined => {
    try {
      return look();
    } catch (cause) {
      const place = { file: path, line: 1, column: 1 };
      findings.push({ rule: 'unreadable', place, message: fileFault(cause), hint: '' });
      return undefined;
    }
  };
  const addBelow = (folder: string) => {
    for (const entry of attempt(folder, () => entriesOf(folder)) ?? []) {
      const path = join(folder, entry.name);
      // A mounted ConfigMap has hidden folders that its links lead to.
      if (entry.isDirectory() && !isPassedOver(path)) addBelow(path);
      if (EXTENSIONS.test(entry.name) && attempt(path, () => isFile(entry, path))) add(path, false);
    }
  };
  for (const path of paths) {
    const isFolder = path !== STDIN && attempt(path, () => statSync(path).isDirectory());
    if (isFolder) addBelow(path);
    else if (isFolder === false) add(path, true);
  }
  return { files: [...found.values()], findings };
}

function entriesOf(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true }).toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** A link that leads nowhere is no file. */
function isFile(entry: Dirent, path: string): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

function isPassedOver(folder: string): boolean {
  const name = basename(folder);
  return name.startsWith('.') || PASSED_OVER.includes(name);
}
