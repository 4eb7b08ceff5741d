/**
 * What a garbage collection would do, as data: decided from the journal and the runtime's list alone, nothing has run.
 *
 * Pure. Records that the list lacks are stale. Then every network that the journal knows collects with its own list: the
 * attachments of valid containers to that network. A valid container without a usable record may be attached to any
 * network, so then no delegate collects.
 */
import type { GcAttachment } from '../execute/gc-chain.ts';
import type { ValidAttachment } from '../request/valid-attachments.ts';
import { isAtLeast } from '../schema/cni-version.ts';
import type { AttachmentRecord, RecordedAttachment, RecordLookup } from '../state/state-store.ts';

type UnusableRecord = Extract<RecordLookup, { file: string }>;

/** One network that collects by itself, by the record that knows it best, and what of it is still valid. */
export interface Collection {
  readonly attachment: RecordedAttachment;
  readonly record: AttachmentRecord;
  readonly valid: readonly GcAttachment[];
}

/** The journal, sorted by what is to be done. */
export interface Garbage {
  /** To be deleted. */
  readonly stale: readonly AttachmentRecord[];
  readonly valid: readonly AttachmentRecord[];
  /** Not to be touched: nobody can tell what they hold. */
  readonly unusable: readonly UnusableRecord[];
  /** Of the runtime's list, those that no record knows; with any of them `collections` is empty. */
  readonly unrecorded: readonly ValidAttachment[];
  readonly collections: readonly Collection[];
}

/** Sorts the records by the runtime's list. */
export function sortGarbage(
  lookups: readonly Exclude<RecordLookup, { kind: 'absent' }>[],
  valid: readonly ValidAttachment[],
): Garbage {
  const records = lookups.flatMap((lookup) => (lookup.kind === 'found' ? [lookup.record] : []));
  const isValid = (record: AttachmentRecord) => valid.some((entry) => isOf(entry, record));
  const unrecorded = valid.filter((entry) => !records.some((record) => isOf(entry, record)));
  return {
    stale: records.filter((record) => !isValid(record)),
    valid: records.filter(isValid),
    unusable: lookups.filter((lookup) => lookup.kind !== 'found'),
    unrecorded,
    collections: unrecorded.length === 0 ? collectionsOf(records, records.filter(isValid)) : [],
  };
}

function isOf(entry: ValidAttachment, record: AttachmentRecord): boolean {
  return entry.containerId === record.containerId && entry.ifName === record.ifName;
}

/**
 * Each network once, by the newest record of it; a network that no record knows is none of our business. Two of one name
 * from different places, such as a definition of a tenant and a file of the node, collect each by its own configuration;
 * both are told every attachment of the name, for plugins keep what is theirs by that.
 */
function collectionsOf(records: readonly AttachmentRecord[], valid: readonly AttachmentRecord[]): Collection[] {
  const byName = attachmentsByName(valid);
  return [...newestByOrigin(records)]
    .filter(({ attachment }) => !attachment.isGcDisabled && isAtLeast(attachment.cniVersion, '1.1.0'))
    .map((recorded) => ({ ...recorded, valid: byName.get(recorded.attachment.network) ?? [] }));
}

function attachmentsByName(records: readonly AttachmentRecord[]): Map<string, GcAttachment[]> {
  const byName = new Map<string, GcAttachment[]>();
  for (const { containerId, attachments } of records) {
    for (const { network, ifName } of attachments) {
      const known = byName.get(network) ?? [];
      known.push({ containerID: containerId, ifname: ifName });
      byName.set(network, known);
    }
  }
  return byName;
}

function newestByOrigin(records: readonly AttachmentRecord[]): Iterable<Omit<Collection, 'valid'>> {
  const byTime = records.toSorted((left, right) => (left.writtenMs ?? 0) - (right.writtenMs ?? 0));
  const recorded = byTime.flatMap((record) => record.attachments.map((attachment) => ({ attachment, record })));
  return new Map(
    recorded.map((each) => [`${each.attachment.network} ${each.attachment.reference}`, each] as const),
  ).values();
}
