/** The files that paths of a command line stand for. Touches disk. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join, normalize, resolve } from 'node:path';
import { errorText } from '../errors.ts';
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
  for (const path of paths) {
    try {
      if (path === STDIN || !statSync(path).isDirectory()) add(path, true);
      else for (const file of filesBelow(path)) add(file, false);
    } catch (cause) {
      findings.push({
        rule: 'unreadable',
        place: { file: path, line: 1, column: 1 },
        message: reasonOf(cause),
        hint: '',
      });
    }
  }
  return { files: [...found.values()], findings };
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((left, right) =>
    left.name < right.name ? -1 : 1,
  );
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    // A mounted ConfigMap has hidden folders that its links lead to.
    if (entry.isDirectory()) return isPassedOver(path) ? [] : filesBelow(path);
    const isFile = entry.isFile() || (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isFile());
    return isFile && EXTENSIONS.test(entry.name) ? [path] : [];
  });
}

function isPassedOver(folder: string): boolean {
  const name = basename(folder);
  return name.startsWith('.') || PASSED_OVER.includes(name);
}

function reasonOf(cause: unknown): string {
  const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  return isMissing ? 'there is no such file or folder' : errorText(cause);
}
