/** The node that this process runs on, as `HostFacts`. Touches disk, an adapter. */
import { statfsSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostFacts, NamespaceState, Presence } from './host-needs.ts';
import { kernelModule } from './kernel-modules.ts';

/** A mount whose server is gone never answers. */
const PATIENCE_MS = 300;
/** Of the file system in which namespaces live: `NSFS_MAGIC` of linux/magic.h. */
const NSFS = 0x6e736673;

/** For a process that sees the node's own files. */
export const NODE_HOST: HostFacts = { file: presenceOf, kernelModule, namespace, demandSight: () => undefined };

async function presenceOf(path: string): Promise<Presence> {
  const patience = new AbortController();
  const late = sleep(PATIENCE_MS, 'unknown' as const, { signal: patience.signal }).catch(() => 'unknown' as const);
  try {
    return await Promise.race([looked(path), late]);
  } finally {
    patience.abort();
  }
}

async function looked(path: string): Promise<Presence> {
  try {
    await stat(path);
    return 'there';
  } catch (cause) {
    return isMissing(cause) ? 'absent' : 'unknown';
  }
}

/**
 * An empty file is what is left of a namespace that was mounted there, or what a plugin made of its absence. Anything else,
 * and what cannot be looked at, is taken for what it should be: a plugin will say otherwise.
 */
function namespace(path: string): NamespaceState {
  try {
    if (statfsSync(path).type === NSFS) return 'there';
    const found = statSync(path);
    return found.isFile() && found.size === 0 ? 'left-over' : 'there';
  } catch (cause) {
    return isMissing(cause) ? 'absent' : 'there';
  }
}

function isMissing(cause: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '');
}
