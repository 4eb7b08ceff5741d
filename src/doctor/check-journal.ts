/** The journal against the node: attachments of pods that are gone, those that stopped half-way, records that cannot be used. */
import { basename, join } from 'node:path/posix';
import { journalSize } from '../agent/journal-size.ts';
import type { HostFacts } from '../catalogue/host-needs.ts';
import type { JournalEntry } from '../state/read-journal.ts';
import type { AttachmentRecord } from '../state/state-store.ts';
import { type Check, counted, type Finding, shortList } from './finding.ts';

const HOUR_MS = 3_600_000;
/** A node has some hundred pods. */
const MANY_RECORDS = 1000;
const MANY_BYTES = 256 * 1024 * 1024;

export const checkJournal: Check = {
  name: 'journal',
  async run(node) {
    const { host } = await node.ports();
    const { stateDir, entries, quarantine } = await node.journal();
    const where = join(stateDir, 'attachments');
    return [
      ...goneFindings(recordsOf(entries), host, where),
      ...halfDoneFindings(entries, { host, nowMs: node.nowMs, where }),
      ...unusableFindings(entries),
      ...quarantineFindings(quarantine, join(stateDir, 'quarantine')),
      ...sizeFindings(await journalSize([stateDir]), where),
    ];
  },
};

/** The records that can be read. */
export function recordsOf(entries: readonly JournalEntry[]): AttachmentRecord[] {
  return entries.flatMap(({ lookup }) => (lookup.kind === 'found' ? [lookup.record] : []));
}

/** True when something of it may still exist, and its pod's namespace does not. */
export function isStale(record: AttachmentRecord, host: Pick<HostFacts, 'namespace'>): boolean {
  return record.attachments.some(({ phase }) => phase !== 'gone') && host.namespace(record.netns) !== 'there';
}

function goneFindings(records: readonly AttachmentRecord[], host: HostFacts, where: string): Finding[] {
  const stale = records.filter((record) => isStale(record, host));
  if (stale.length === 0) return [];
  const count = stale.reduce((sum, { attachments }) => sum + attachments.length, 0);
  return [
    {
      id: 'journal/leak',
      severity: 'warning',
      what: `${counted(stale.length, 'record')} (${counted(count, 'attachment')}) of containers whose namespace is gone: ${shortList(stale.map(nameOf))}`,
      why: 'their addresses, devices and links are not given back, until ranges run out',
      mend: '"braid gc --dry-run" says what would be freed, "braid gc --gone" frees it; a runtime that calls GC does it by itself',
      where,
    },
  ];
}

function halfDoneFindings(
  entries: readonly JournalEntry[],
  { host, nowMs, where }: { host: HostFacts; nowMs: number; where: string },
): Finding[] {
  const resting = entries.filter(({ changedMs }) => nowMs - changedMs > HOUR_MS);
  const old = recordsOf(resting).filter((record) => !isStale(record, host));
  const halfDone = old.filter(({ attachments }) =>
    attachments.some(({ phase }) => phase === 'adding' || phase === 'deleting'),
  );
  if (halfDone.length === 0) return [];
  return [
    {
      id: 'journal/half-done',
      severity: 'warning',
      what: `${counted(halfDone.length, 'record')} stopped in the midst of an ADD or a DEL more than an hour ago: ${shortList(halfDone.map(nameOf))}`,
      why: 'the call was killed, or its DEL fails again and again; what was made stays until a DEL succeeds',
      mend: 'see the log of the runtime for these containers; a further DEL goes on where the last one ended',
      where,
    },
  ];
}

function unusableFindings(entries: readonly JournalEntry[]): Finding[] {
  return entries.flatMap(({ lookup }): Finding[] => {
    if (lookup.kind === 'damaged') {
      return [
        {
          id: 'journal/damaged',
          severity: 'error',
          what: `a record is damaged: ${lookup.cause}`,
          why: 'what it stood for cannot be deleted by it; networks do not collect their garbage',
          mend: 'has the disk faults? The DEL of its container moves it to quarantine and deletes what it can',
          where: lookup.file,
        },
      ];
    }
    if (lookup.kind !== 'foreign') return [];
    return [
      {
        id: 'journal/foreign',
        severity: 'error',
        what: `a record is of another version of Braid: ${lookup.cause}`,
        why: 'its container can be deleted by that version only',
        mend: 'install the release that wrote it, or a newer one',
        where: lookup.file,
      },
    ];
  });
}

function quarantineFindings(entries: readonly JournalEntry[], where: string): Finding[] {
  if (entries.length === 0) return [];
  const names = entries.map(({ file }) => basename(file));
  return [
    {
      id: 'journal/quarantine',
      severity: 'warning',
      what: `${counted(names.length, 'damaged record')} in quarantine: ${shortList(names, 2)}`,
      why: 'addresses and links that stood in them may still be taken',
      mend: '"braid attachments" lists them: give back by hand what they name, then remove the files',
      where,
    },
  ];
}

function sizeFindings({ records, bytes }: { records: number; bytes: number }, where: string): Finding[] {
  if (records <= MANY_RECORDS && bytes <= MANY_BYTES) return [];
  return [
    {
      id: 'journal/large',
      severity: 'note',
      what: `the journal has ${counted(records, 'record')}, ${(bytes / 1024 / 1024).toFixed(1)} MiB`,
      why: 'more than pods of one node need: GC and STATUS read all of it',
      mend: 'find out why records are not deleted: the log of the runtime has the errors of DEL',
      where,
    },
  ];
}

function nameOf({ containerId, ifName }: AttachmentRecord): string {
  return `${containerId.slice(0, 13)}/${ifName}`;
}
