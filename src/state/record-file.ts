/**
 * Reading the files of records, and nothing but reading: no lock is taken and nothing is made or taken away.
 *
 * A file may change or go while it is read; each reading is of one moment all the same, since a record is one file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { errorText } from '../errors.ts';
import { ForeignKind, parseRecord } from './record-text.ts';
import { type AttachmentRecord, type RecordLookup, withStep } from './state-store.ts';

const RECORD_NAME = /^.*-[0-9a-f]{16}\.json$/;

/** Names of the files of records in `folder`; none where there is no folder. Throws what the file system throws. */
export function recordNames(folder: string): string[] {
  return namesIn(folder).filter((name) => RECORD_NAME.test(name));
}

/** Names in `folder`; none where there is no folder. Throws what the file system throws. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw cause;
  }
}

/** The record of `file` with its steps taken. Throws what the file system throws. */
export function lookUpRecord(file: string): RecordLookup {
  const text = readIfThere(file);
  if (text === undefined) return { kind: 'absent' };
  let written: ReturnType<typeof parseRecord>;
  try {
    written = parseRecord(text);
  } catch (cause) {
    return { kind: cause instanceof ForeignKind ? 'foreign' : 'damaged', file, cause: errorText(cause) };
  }
  const isSameBoot = written.record.bootId === currentBoot();
  return { kind: 'found', record: withoutUntried(written.steps.reduce(withStep, written.record), isSameBoot) };
}

/**
 * What is still `planned` never ran: each step is noted before it is taken. Only a power cut can have lost the note; then it
 * may have run, and is left for DEL.
 */
function withoutUntried(record: AttachmentRecord, isSameBoot: boolean): AttachmentRecord {
  const untried = record.attachments.flatMap(({ phase }, index) => (isSameBoot && phase === 'planned' ? [index] : []));
  return untried.reduce((known, index) => withStep(known, { index, phase: 'gone' }), record);
}

/** The machine's boot: while it lasts, no noted step is lost. No process outlives it, so it is read once. */
export function currentBoot(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return boot;
}

let boot: string | undefined;

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

function isMissing(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === 'ENOENT';
}
