/**
 * Records in files under `stateDir`: `attachments/<id>.json` beside `<id>.steps`, and `quarantine/` for damaged ones.
 *
 * A record is written once, whole and durably; steps are appended to the file beside it, so a step can never damage the
 * record. Nothing has run before the record is durable, so a power cut before then costs nothing.
 * File names hold the container id for people and a digest for uniqueness, since ids have no length limit.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { appendFile, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { withContainerLock, withExclusiveLock } from './container-lock.ts';
import { appendDurably, createDurably, makeFolder, syncFolder, temporaryOf } from './durable-file.ts';
import { ForeignKind, parseRecord, parseSteps, printRecord, printSteps } from './record-text.ts';
import { type AttachmentRecord, type RecordKey, type RecordLookup, type StateStore, withStep } from './state-store.ts';

/** Opens the records under `stateDir`; the folder is made when the first record is written. */
export function openStateDir(stateDir: string): StateStore {
  const folder = join(stateDir, 'attachments');
  const fileOf = (key: RecordKey, ending: string) => join(folder, `${recordId(key)}.${ending}`);
  return {
    withLock: (containerId, signal, work) => withContainerLock({ stateDir, containerId, signal }, work),
    withExclusiveLock: (signal, work) => withExclusiveLock({ stateDir, signal }, work),
    list: (containerId) => inStateDir(stateDir, () => listRecords(folder, containerId)),
    probe: () =>
      inStateDir(stateDir, async () => {
        await makeFolder(folder);
        const file = join(folder, `probe.${process.pid}.tmp`);
        await writeFile(file, 'probe', { mode: 0o600 });
        await rm(file);
      }),
    load: (key) => inStateDir(stateDir, () => loadRecord(fileOf(key, 'json'))),
    write: (record) =>
      inStateDir(stateDir, async () => {
        // What was noted before belongs to a container that is gone. First, so that no power cut brings it back.
        await removeIfThere(fileOf(record, 'steps'));
        const write = () => createDurably(fileOf(record, 'json'), printRecord({ ...record, bootId: currentBoot() }));
        await write().catch(async (cause: unknown) => {
          if (!isMissing(cause)) throw cause;
          // The first record of a node must not be lost with the folder that it is in.
          await makeFolder(folder);
          await write();
        });
      }),
    note: (key, steps) =>
      inStateDir(stateDir, () => appendFile(fileOf(key, 'steps'), printSteps(steps), { mode: 0o600 })),
    settle: (key, steps) => inStateDir(stateDir, () => appendDurably(fileOf(key, 'steps'), printSteps(steps))),
    remove: (key) =>
      inStateDir(stateDir, async () => {
        // Steps first: without a record they would be read into a later one. Nothing is synced: a record that a power cut
        // brings back is deleted by the next GC.
        await Promise.all([fileOf(key, 'steps'), temporaryOf(fileOf(key, 'json'))].map(removeIfThere));
        await removeIfThere(fileOf(key, 'json'));
      }),
    quarantine: (key) => inStateDir(stateDir, () => setAside(stateDir, fileOf(key, 'json'), fileOf(key, 'steps'))),
  };
}

/** A file name of at most 120 bytes for a container's interface. */
function recordId({ containerId, ifName }: RecordKey): string {
  const digest = createHash('sha256').update(`${containerId}\0${ifName}`).digest('hex');
  return `${readablePart(containerId)}-${digest.slice(0, 16)}`;
}

function readablePart(containerId: string): string {
  return containerId.slice(0, 64);
}

/** The machine's boot: while it lasts, no noted step is lost. No process outlives it, so it is read once. */
function currentBoot(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return boot;
}

let boot: string | undefined;

async function loadRecord(file: string): Promise<RecordLookup> {
  const [text, steps] = await Promise.all([readIfThere(file), readIfThere(file.replace(/\.json$/, '.steps'))]);
  if (text === undefined) {
    // A writer that was killed before its rename had started nothing yet; only its litter is left.
    await removeIfThere(temporaryOf(file)).catch(() => undefined);
    return { kind: 'absent' };
  }
  let record: AttachmentRecord;
  try {
    record = parseRecord(text);
  } catch (cause) {
    return { kind: cause instanceof ForeignKind ? 'foreign' : 'damaged', file, cause: errorText(cause) };
  }
  const isSameBoot = record.bootId === currentBoot();
  return { kind: 'found', record: withoutUntried(parseSteps(steps ?? '').reduce(withStep, record), isSameBoot) };
}

/**
 * What is still `planned` never ran: each step is noted before it is taken. Only a power cut can have lost the note; then it
 * may have run, and is left for DEL.
 */
function withoutUntried(record: AttachmentRecord, isSameBoot: boolean): AttachmentRecord {
  const untried = record.attachments.flatMap(({ phase }, index) => (isSameBoot && phase === 'planned' ? [index] : []));
  return untried.reduce((known, index) => withStep(known, { index, phase: 'gone' }), record);
}

async function listRecords(
  folder: string,
  containerId: string | undefined,
): Promise<Exclude<RecordLookup, { kind: 'absent' }>[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (isMissing(cause)) return [];
    throw cause;
  });
  const start = containerId === undefined ? '' : `${readablePart(containerId)}-`;
  const files = names
    .filter((name) => name.startsWith(start) && /^.*-[0-9a-f]{16}\.json$/.test(name))
    .filter((name) => start === '' || name.length === start.length + '0123456789abcdef.json'.length);
  const lookups = await Promise.all(files.map((file) => loadRecord(join(folder, file))));
  const isWanted = (lookup: RecordLookup) =>
    lookup.kind !== 'found' || (containerId ?? lookup.record.containerId) === lookup.record.containerId;
  return lookups.filter((lookup) => lookup.kind !== 'absent').filter(isWanted);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

/** Unlike `rm` with `force`, which looks first. */
async function removeIfThere(file: string): Promise<void> {
  await unlink(file).catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause;
  });
}

async function setAside(stateDir: string, file: string, stepsFile: string): Promise<string> {
  const folder = join(stateDir, 'quarantine');
  await makeFolder(folder);
  const target = join(folder, `${new Date().toISOString().replaceAll(':', '-')}-${file.split('/').at(-1)}`);
  await rename(file, target);
  await removeIfThere(stepsFile);
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
