/** The reference CNI plugins as a distribution installs them. */
import { accessSync, constants } from 'node:fs';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

const candidates = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];
const needed = ['bridge', 'host-local', 'loopback', 'portmap'];

/** The folder that holds the reference plugins, or undefined where none has all that the tests need. Reads disk. */
export function findCniBinDir(): string | undefined {
  return candidates.find((dir) => needed.every((plugin) => isExecutable(join(dir, plugin))));
}

/**
 * The folder that holds the reference plugins.
 * Throws: an Error that says what to install when there is none.
 */
export function cniBinDir(): string {
  const dir = findCniBinDir();
  if (dir === undefined)
    throw new Error(
      `no folder of ${candidates.join(', ')} has ${needed.join(', ')}: install the reference CNI plugins`,
    );
  return dir;
}

/**
 * Fills `dir` (made when absent) with symbolic links to the reference plugins and to `extra` (plugin name → path of
 * its executable; a name of theirs replaces it), so that a runtime finds them all in one folder. Returns `dir`.
 */
export async function linkPlugins(dir: string, extra: Readonly<Record<string, string>> = {}): Promise<string> {
  await mkdir(dir, { recursive: true });
  const reference = cniBinDir();
  const names = await readdir(reference);
  const targets = { ...Object.fromEntries(names.map((name) => [name, join(reference, name)])), ...extra };
  await Promise.all(Object.entries(targets).map(([name, target]) => symlink(target, join(dir, name))));
  return dir;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
