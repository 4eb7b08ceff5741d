/**
 * The journal as a person may look at it while the node works: no lock is taken, nothing is made, nothing is taken away.
 *
 * In: the state folder. Out: every record, whole or not, and what was set aside. Touches disk by reading.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { lookUpRecord, namesIn, recordNames } from './record-file.ts';
import type { RecordLookup } from './state-store.ts';

/** One file of the journal. */
export interface JournalEntry {
  readonly file: string;
  /** When it was last written to, in ms since 1970. */
  readonly changedMs: number;
  readonly lookup: Exclude<RecordLookup, { kind: 'absent' }>;
}

/** All of it. */
export interface Journal {
  readonly stateDir: string;
  /** False: there is no such folder, as on a node on which nothing was attached yet. */
  readonly isThere: boolean;
  /** By the names of their files. */
  readonly entries: readonly JournalEntry[];
  /** Damaged records that a DEL has set aside. */
  readonly quarantine: readonly JournalEntry[];
}

/** Reads it. Throws: code 5 when the folder cannot be read. */
export function readJournal(stateDir: string): Journal {
  const attachments = join(stateDir, 'attachments');
  const quarantine = join(stateDir, 'quarantine');
  try {
    return {
      stateDir,
      isThere: statSync(stateDir, { throwIfNoEntry: false }) !== undefined,
      entries: entriesOf(attachments, recordNames(attachments)),
      quarantine: entriesOf(quarantine, namesIn(quarantine)),
    };
  } catch (cause) {
    throw new CniError(
      ErrorCode.io,
      `cannot read the journal in ${stateDir}: ${errorText(cause)}`,
      'it takes root; another journal is named by --state-dir, or by the key "stateDir" of --conf',
      { cause },
    );
  }
}

function entriesOf(folder: string, names: readonly string[]): JournalEntry[] {
  return names.toSorted().flatMap((name) => {
    const file = join(folder, name);
    const changedMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    const lookup = lookUp(file);
    // It may have gone since its name was read.
    return changedMs === undefined || lookup.kind === 'absent' ? [] : [{ file, changedMs, lookup }];
  });
}

/** One that cannot be read hides no other. */
function lookUp(file: string): RecordLookup {
  try {
    return lookUpRecord(file);
  } catch (cause) {
    return { kind: 'damaged', file, cause: errorText(cause) };
  }
}
