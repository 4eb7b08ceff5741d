/** What a GC frees and keeps, and why: the same for one that is only thought through and for one that has run. Pure. */
import type { ValidAttachment } from '../../request/valid-attachments.ts';
import { type Garbage, sortGarbage } from '../../stages/garbage.ts';
import type { Journal } from '../../state/read-journal.ts';
import type { AttachmentRecord } from '../../state/state-store.ts';
import { addressesOf, byPod, podOf, shortId } from '../journal/record-facts.ts';
import { type coloursFor, plainTable } from '../plain-table.ts';

/** One record of the journal and what becomes of it. */
export interface Verdict {
  readonly containerId: string;
  readonly ifName: string;
  readonly pod: string;
  readonly netns: string;
  readonly networks: readonly string[];
  readonly addresses: readonly string[];
  readonly verdict: 'free' | 'keep' | 'unusable';
  readonly why: string;
}

/** The whole of it. */
export interface GarbageReport {
  readonly garbage: Garbage;
  readonly verdicts: readonly Verdict[];
}

/** Judges a journal; without a set, a record counts as valid while its namespace is there. */
export function judgeJournal(
  journal: Journal,
  given: readonly ValidAttachment[] | undefined,
  isThere: (path: string) => boolean,
): GarbageReport {
  const lookups = journal.entries.map(({ lookup }) => lookup);
  const records = lookups.flatMap((lookup) => (lookup.kind === 'found' ? [lookup.record] : []));
  const garbage = sortGarbage(lookups, given ?? records.filter(({ netns }) => netns !== '' && isThere(netns)));
  const why = (record: AttachmentRecord, isStale: boolean) =>
    given ? whyBySet(isStale, isThere(record.netns)) : whyByNamespace(record, isStale);
  return {
    garbage,
    verdicts: [
      ...garbage.stale.toSorted(byPod).map((record) => verdict(record, 'free', why(record, true))),
      ...garbage.valid.toSorted(byPod).map((record) => verdict(record, 'keep', why(record, false))),
      ...garbage.unusable.map(({ file, kind, cause }) => ({
        ...NOTHING,
        verdict: 'unusable' as const,
        why: `${kind}: ${cause}: ${file}`,
      })),
    ],
  };
}

const NOTHING = { containerId: '', ifName: '', pod: '', netns: '', networks: [], addresses: [] };

function whyBySet(isStale: boolean, isNetnsThere: boolean): string {
  if (isStale) return `not among the valid ones; its namespace is ${isNetnsThere ? 'still there' : 'gone'}`;
  return isNetnsThere ? 'valid' : 'valid, though its namespace is gone';
}

function whyByNamespace({ netns }: AttachmentRecord, isStale: boolean): string {
  if (!isStale) return 'its namespace is there';
  return netns === '' ? 'it has no namespace' : `its namespace ${netns} is gone`;
}

function verdict(record: AttachmentRecord, kind: 'free' | 'keep', why: string): Verdict {
  return {
    containerId: record.containerId,
    ifName: record.ifName,
    pod: podOf(record),
    netns: record.netns,
    networks: record.attachments.map(({ network }) => network),
    addresses: record.attachments.flatMap(addressesOf),
    verdict: kind,
    why,
  };
}

/** The report as a program reads it. */
export function garbageJson({ garbage, verdicts }: GarbageReport) {
  return {
    records: verdicts,
    collections: garbage.collections.map(({ attachment, valid }) => ({
      network: attachment.network,
      plugins: attachment.plugins.map(({ type }) => type),
      valid,
    })),
    unrecorded: garbage.unrecorded,
  };
}

/** The report as a person reads it; `words` are those for what is freed and kept. */
export function garbageText(
  { garbage, verdicts }: GarbageReport,
  words: Readonly<Record<Verdict['verdict'], string>>,
  colours: ReturnType<typeof coloursFor>,
): string {
  if (verdicts.length === 0) return 'The journal is empty: there is nothing to free.\n';
  const rows = verdicts.map((each) => [
    each.verdict === 'free' ? colours.yellow(words.free) : words[each.verdict],
    shortId(each.containerId),
    each.pod,
    each.ifName,
    each.networks.join('\n'),
    each.addresses.join('\n'),
    each.why,
  ]);
  const collections = garbage.collections.map(
    ({ attachment, valid }) =>
      `  network "${attachment.network}" (${attachment.plugins.map(({ type }) => type).join(', ')}): ${valid.length} valid\n`,
  );
  return [
    plainTable(['', 'CONTAINER', 'POD', 'INTERFACE', 'NETWORKS', 'ADDRESSES', 'WHY'], rows, colours),
    ...(collections.length === 0
      ? []
      : ['\nNetworks that collect by themselves with what is valid:\n', ...collections]),
  ].join('');
}
