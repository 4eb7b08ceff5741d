/** Waiting for the next change of a file. Touches disk. */
import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watch } from 'chokidar';

/** Editors write in several steps. */
const SETTLED_MS = 100;

/** Resolves once something at or below `paths` has changed after this call, or `signal` fires. */
export async function watchForChange(paths: readonly string[], signal: AbortSignal): Promise<void> {
  const given = new Set(paths.map((path) => resolve(path)));
  const ignored = (path: string) => !given.has(resolve(path)) && isPassedOver(path);
  const watcher = watch([...paths], { ignoreInitial: true, ignored });
  try {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      watcher.once('all', () => resolve());
      watcher.on('error', () => resolve());
    });
    await sleep(SETTLED_MS, undefined, { signal }).catch(() => undefined);
  } finally {
    await watcher.close();
  }
}

/** What has no fixtures, and a link to a folder that it lies in: to follow it would have no end. */
export function isPassedOver(path: string): boolean {
  if (basename(path) === 'node_modules') return true;
  try {
    if (!lstatSync(path).isSymbolicLink()) return false;
    return `${realpathSync(dirname(path))}/`.startsWith(`${realpathSync(path)}/`);
  } catch {
    return false;
  }
}
