/**
 * Records in files under `stateDir`: `attachments/<id>.json`, and `quarantine/` for damaged ones.
 *
 * A record is written once, whole and durably; steps are only appended to it, so a step can never damage it. Nothing has
 * run before the record is durable, so a power cut before then costs nothing.
 * Only fsync waits for the disk (`durable-file.ts`); all else is done at once, on this thread.
 * File names hold the container id for people and a digest for uniqueness, since ids have no length limit.
 */
import { hash } from 'node:crypto';
import { existsSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { withContainerLock, withExclusiveLock } from './container-lock.ts';
import { append, appendDurably, createDurably, makeFolder, syncFolder, temporaryOf } from './durable-file.ts';
import { currentBoot, lookUpRecord, recordNames } from './record-file.ts';
import { printRecord, printSteps } from './record-text.ts';
import type { RecordKey, RecordLookup, StateStore } from './state-store.ts';

/** Opens the records under `stateDir`; the folder is made when the first record is written. */
export function openStateDir(stateDir: string): StateStore {
  const folder = join(stateDir, 'attachments');
  const fileOf = (key: RecordKey) => recordFile(stateDir, key);
  return {
    withLock: (containerId, signal, work) => withContainerLock({ stateDir, containerId, signal }, work),
    withExclusiveLock: (signal, work) => withExclusiveLock({ stateDir, signal }, work),
    list: (containerId) => inStateDir(stateDir, async () => listRecords(folder, containerId)),
    probe: () =>
      inStateDir(stateDir, async () => {
        await makeFolder(folder);
        const file = join(folder, `probe.${process.pid}.tmp`);
        writeFileSync(file, 'probe', { mode: 0o600 });
        unlinkSync(file);
      }),
    load: (key) => inStateDir(stateDir, async () => loadRecord(fileOf(key))),
    write: (record) =>
      inStateDir(stateDir, async () => {
        const text = printRecord({ ...record, bootId: currentBoot(), writtenMs: Date.now() });
        const write = () => createDurably(fileOf(record), text);
        await write().catch(async (cause: unknown) => {
          if (!isMissing(cause)) throw cause;
          // The first record of a node must not be lost with the folder that it is in.
          await makeFolder(folder);
          await write();
        });
      }),
    note: (key, steps) => inStateDir(stateDir, async () => append(fileOf(key), printSteps(steps))),
    settle: (key, steps) => inStateDir(stateDir, () => appendDurably(fileOf(key), printSteps(steps))),
    remove: (key) =>
      inStateDir(stateDir, async () => {
        // Nothing is synced: a record that a power cut brings back is deleted by the next GC.
        removeIfThere(fileOf(key));
        removeQuietly(temporaryOf(fileOf(key)));
      }),
    quarantine: (key) => inStateDir(stateDir, () => setAside(stateDir, fileOf(key))),
  };
}

/** Where the record of a container's interface lies. */
export function recordFile(stateDir: string, key: RecordKey): string {
  return join(stateDir, 'attachments', `${recordId(key)}.json`);
}

/** A file name of at most 120 bytes for a container's interface. */
function recordId({ containerId, ifName }: RecordKey): string {
  const digest = hash('sha256', `${containerId}\0${ifName}`);
  return `${readablePart(containerId)}-${digest.slice(0, 16)}`;
}

function readablePart(containerId: string): string {
  return containerId.slice(0, 64);
}

function loadRecord(file: string): RecordLookup {
  const lookup = lookUpRecord(file);
  // A writer that was killed before its rename had started nothing yet; only its litter is left.
  if (lookup.kind === 'absent') removeQuietly(temporaryOf(file));
  return lookup;
}

function listRecords(folder: string, containerId: string | undefined): Exclude<RecordLookup, { kind: 'absent' }>[] {
  const start = containerId === undefined ? '' : `${readablePart(containerId)}-`;
  const files = recordNames(folder)
    .filter((name) => name.startsWith(start))
    .filter((name) => start === '' || name.length === start.length + '0123456789abcdef.json'.length);
  const lookups = files.map((file) => loadRecord(join(folder, file)));
  const isWanted = (lookup: RecordLookup) =>
    lookup.kind !== 'found' || (containerId ?? lookup.record.containerId) === lookup.record.containerId;
  return lookups.filter((lookup) => lookup.kind !== 'absent').filter(isWanted);
}

/** Unlike `rm` with `force`, which looks first. */
function removeIfThere(file: string): void {
  try {
    unlinkSync(file);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
  }
}

function removeQuietly(file: string): void {
  // Looked for first: an error with its stack costs ten times as much.
  if (!existsSync(file)) return;
  try {
    unlinkSync(file);
  } catch {
    // It is no part of any record, and seldom there.
  }
}

async function setAside(stateDir: string, file: string): Promise<string> {
  const folder = join(stateDir, 'quarantine');
  await makeFolder(folder);
  const target = join(folder, `${new Date().toISOString().replaceAll(':', '-')}-${file.split('/').at(-1)}`);
  renameSync(file, target);
  await syncFolder(folder);
  return target;
}

function isMissing(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === 'ENOENT';
}

async function inStateDir<T>(stateDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof CniError) throw cause;
    throw new CniError(
      ErrorCode.io,
      `stateDir "${stateDir}": ${errorText(cause)}`,
      'Braid keeps its journal there and must be able to write it: free space, mount it writable, or set the key "stateDir"',
      { cause },
    );
  }
}
