/** Waiting for the next change of a file. Touches disk. */
import { setTimeout as sleep } from 'node:timers/promises';
import { watch } from 'chokidar';

/** Editors write in several steps. */
const SETTLED_MS = 100;

/** Resolves once something at or below `paths` has changed after this call, or `signal` fires. */
export async function watchForChange(paths: readonly string[], signal: AbortSignal): Promise<void> {
  const watcher = watch([...paths], { ignoreInitial: true });
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
