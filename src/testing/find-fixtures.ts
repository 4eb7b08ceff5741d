/**
 * The fixtures at paths: files, and all that lie below folders, by name. Touches disk.
 *
 * A folder with a `fixture.yaml` is one fixture. In other folders every YAML file is one, but for Kubernetes manifests,
 * which fixtures may have beside them; so a fixture with a mistake at its top is not passed over.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { FOLDER_FIXTURE } from './read-fixture.ts';

const EXTENSION = /\.ya?ml$/;
const MANIFEST = /^apiVersion:/m;
const LOOKED_AT_BYTES = 64 * 1024;

/** The files, each once. Throws: code 5 for a path that is not there or cannot be read. */
export function findFixtures(paths: readonly string[]): string[] {
  try {
    return [...new Set(paths.flatMap((path) => (statSync(path).isDirectory() ? fixturesBelow(path) : [path])))];
  } catch (cause) {
    throw new CniError(ErrorCode.io, `cannot read fixtures: ${errorText(cause)}`, '', { cause });
  }
}

function fixturesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'));
  if (entries.some(({ name }) => name === FOLDER_FIXTURE)) return [join(folder, FOLDER_FIXTURE)];
  return entries
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : fixturesBelow(path);
      return entry.isFile() && EXTENSION.test(entry.name) && !isManifest(path) ? [path] : [];
    });
}

/** By its beginning: nobody knows how large a file is that only lies there. */
function isManifest(file: string): boolean {
  const beginning = Buffer.alloc(LOOKED_AT_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    const length = readSync(descriptor, beginning);
    return MANIFEST.test(beginning.toString('utf8', 0, length));
  } finally {
    closeSync(descriptor);
  }
}
