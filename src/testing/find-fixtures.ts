/**
 * The fixtures at paths: files, and all that lie below folders, by name. Touches disk.
 *
 * A folder with a `fixture.yaml` is one fixture. In other folders every YAML file is one, but for Kubernetes manifests,
 * which fixtures may have beside them; so a fixture with a mistake at its top is not passed over. Links are followed: volumes
 * of Kubernetes consist of them.
 */
import { closeSync, openSync, readdirSync, readSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { CniError, ErrorCode } from '../errors.ts';
import { unreadable } from '../file-fault.ts';
import { FOLDER_FIXTURE } from './read-fixture.ts';

const EXTENSION = /\.ya?ml$/;
/** Both keys: one of them alone may be the mistake of a fixture. */
const MANIFEST = [/^apiVersion:/m, /^kind:/m];
const LOOKED_AT_BYTES = 64 * 1024;

/** The files, each once. Throws: code 5 for a path that is not there or cannot be read. */
export function findFixtures(paths: readonly string[]): string[] {
  const seen = new Set<string>();
  try {
    return [...new Set(paths.flatMap((path) => (statSync(path).isDirectory() ? fixturesBelow(path, seen) : [path])))];
  } catch (cause) {
    throw new CniError(ErrorCode.io, unreadable(cause, 'fixtures'), '', { cause });
  }
}

/** `seen`: folders that were looked into already, by whatever link; a link may lead to what it lies in. */
function fixturesBelow(folder: string, seen: Set<string>): string[] {
  const real = realpathSync(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  if (names.includes(FOLDER_FIXTURE)) return [join(folder, FOLDER_FIXTURE)];
  return names.toSorted().flatMap((name) => {
    const path = join(folder, name);
    const isYaml = EXTENSION.test(name);
    const found = factsOf(path, isYaml);
    if (found?.isDirectory()) return name === 'node_modules' ? [] : fixturesBelow(path, seen);
    return isYaml && found?.isFile() && !isManifest(path) ? [path] : [];
  });
}

/** A link that leads nowhere is a fault where a fixture is meant. */
function factsOf(path: string, isMeant: boolean): Stats | undefined {
  try {
    return statSync(path);
  } catch (cause) {
    if (isMeant) throw cause;
    return undefined;
  }
}

/** By its beginning: nobody knows how large a file is that only lies there. */
function isManifest(file: string): boolean {
  const beginning = Buffer.alloc(LOOKED_AT_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    const length = readSync(descriptor, beginning);
    const text = beginning.toString('utf8', 0, length);
    return MANIFEST.every((key) => key.test(text));
  } finally {
    closeSync(descriptor);
  }
}
