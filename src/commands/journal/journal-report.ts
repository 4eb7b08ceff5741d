/** What the journal holds, as lines for people and documents for programs. Pure: whether a namespace is there is passed in. */
import { argsWithoutSecrets, withoutSecrets } from '../../schema/secrets.ts';
import type { Journal, JournalEntry } from '../../state/read-journal.ts';
import type { AttachmentRecord, RecordedAttachment } from '../../state/state-store.ts';
import { type coloursFor, plainTable } from '../plain-table.ts';
import { addressesOf, byPod, interfacesOf, podOf, shortId } from './record-facts.ts';

type Colours = ReturnType<typeof coloursFor>;

/** What of a record cannot be read in it. */
export interface Surroundings {
  readonly isThere: (path: string) => boolean;
  readonly nowMs: number;
}

/** A whole record and its file. */
export interface KeptRecord {
  readonly file: string;
  readonly changedMs: number;
  readonly record: AttachmentRecord;
}

/** The whole records among the entries, by pod. */
export function keptRecords(entries: readonly JournalEntry[]): KeptRecord[] {
  const kept = entries.flatMap(({ file, changedMs, lookup }) =>
    lookup.kind === 'found' ? [{ file, changedMs, record: lookup.record }] : [],
  );
  return kept.toSorted((left, right) => byPod(left.record, right.record));
}

/** The journal as a document. */
export function journalJson(journal: Journal, around: Surroundings) {
  return {
    stateDir: journal.stateDir,
    isThere: journal.isThere,
    records: keptRecords(journal.entries).map((kept) => recordJson(kept, around)),
    unusable: journal.entries.flatMap(unusableJson),
    quarantine: journal.quarantine.flatMap((entry) => [{ file: entry.file, since: time(entry.changedMs) }]),
  };
}

function unusableJson({ file, changedMs, lookup }: JournalEntry) {
  return lookup.kind === 'found' ? [] : [{ kind: lookup.kind, file, cause: lookup.cause, since: time(changedMs) }];
}

function recordJson({ file, changedMs, record }: KeptRecord, { isThere }: Surroundings) {
  return {
    containerId: record.containerId,
    ifName: record.ifName,
    pod: podOf(record),
    netns: record.netns,
    isNetnsThere: record.netns !== '' && isThere(record.netns),
    since: time(record.writtenMs ?? changedMs),
    changed: time(changedMs),
    file,
    attachments: record.attachments.map((attachment) => ({
      network: attachment.network,
      reference: attachment.reference,
      interface: attachment.ifName,
      interfaces: interfacesOf(attachment),
      addresses: addressesOf(attachment),
      phase: attachment.phase,
      isPrimary: attachment.isPrimary,
    })),
  };
}

/** One record whole, with the exact configuration of each plugin, but for secrets. */
export function wholeRecordJson(kept: KeptRecord, around: Surroundings) {
  const { attachments, searchPath, networkName, bootId } = kept.record;
  return {
    ...recordJson(kept, around),
    networkName,
    bootId,
    searchPath,
    attachments: attachments.map((attachment) => ({
      ...attachment,
      cniArgs: argsWithoutSecrets(attachment.cniArgs),
      plugins: attachment.plugins.map(({ type, config }) => ({ type, config: withoutSecrets(config) })),
    })),
  };
}

/** The journal as a table, an attachment a line, then what cannot be used. */
export function journalText(journal: Journal, around: Surroundings, colours: Colours): string {
  if (!journal.isThere) return `There is no folder ${journal.stateDir}: nothing was attached with it yet.\n`;
  const kept = keptRecords(journal.entries);
  const rows = kept.flatMap((each) => recordRows(each, around, colours));
  const head = ['CONTAINER', 'POD', 'INTERFACE', 'NETWORK', 'ADDRESSES', 'PHASE', 'SINCE', 'NAMESPACE'];
  return [
    kept.length === 0 ? `No attachment is recorded in ${journal.stateDir}.\n` : plainTable(head, rows, colours),
    ...journal.entries.flatMap(unusableLines),
    ...journal.quarantine.map(({ file, changedMs }) => `  set aside ${time(changedMs)}, as it was damaged: ${file}\n`),
  ].join('');
}

function recordRows(kept: KeptRecord, around: Surroundings, colours: Colours): string[][] {
  const { record, changedMs } = kept;
  const attachments = record.attachments.map((attachment) => [
    interfacesOf(attachment).join('\n'),
    titleOf(attachment),
    addressesOf(attachment).join('\n'),
    attachment.phase === 'added' ? 'added' : colours.yellow(attachment.phase),
  ]);
  const age = ageText(around.nowMs - (record.writtenMs ?? changedMs));
  const [first = ['', '', '', ''], ...others] = attachments;
  return [
    [shortId(record.containerId), podOf(record), ...first, age, netnsText(record, around, colours)],
    ...others.map((cells) => ['', '', ...cells, '', '']),
  ];
}

function unusableLines({ file, lookup }: JournalEntry): string[] {
  if (lookup.kind === 'found') return [];
  const what = lookup.kind === 'damaged' ? 'damaged' : 'of another version of Braid';
  return [`  ${what}: ${file}: ${lookup.cause}\n`];
}

function titleOf({ network, reference }: RecordedAttachment): string {
  const isOther = reference !== '' && reference !== network && !reference.endsWith(`/${network}`);
  return isOther ? `${network} (${reference})` : network;
}

function netnsText({ netns }: AttachmentRecord, { isThere }: Surroundings, colours: Colours): string {
  if (netns === '') return 'none';
  if (!isThere(netns)) return colours.red(`${netns} (gone)`);
  // A process id is given again.
  return netns.startsWith('/proc/') ? `${netns} (there, if it is still the same)` : netns;
}

/** How long ago, in the largest unit that has at least two of it. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const;
  const [unit, length] = units.find(([, size]) => seconds >= 2 * size) ?? ['s', 1];
  return `${Math.floor(seconds / length)} ${unit}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

/** One record whole. */
export function recordText(kept: KeptRecord, around: Surroundings, colours: Colours): string {
  const { record, file, changedMs } = kept;
  const facts = [
    ['container', record.containerId],
    ['pod', podOf(record)],
    ['interface', record.ifName],
    ['namespace', netnsText(record, around, colours)],
    ['since', time(record.writtenMs ?? changedMs)],
    ['changed', time(changedMs)],
    ['file', file],
    ['plugins in', record.searchPath.join(':')],
  ];
  return [factLines(facts, colours), ...record.attachments.map((each) => attachmentText(each, colours))].join('\n');
}

function attachmentText(attachment: RecordedAttachment, colours: Colours): string {
  const { network, reference, why, phase, cniVersion, cniArgs, plugins, refusal } = attachment;
  const facts = [
    ['network', colours.bold(network)],
    ['definition', reference === network ? '' : reference],
    ['chosen by', `${why}${attachment.isPrimary ? " (the pod's primary network)" : ''}`],
    ['interfaces', interfacesOf(attachment).join(' ')],
    ['addresses', addressesOf(attachment).join(' ')],
    ['phase', phase],
    ['refused with', refusal ? `${refusal.msg} (code ${refusal.code})` : ''],
    ['CNI version', cniVersion],
    ['CNI_ARGS', argsWithoutSecrets(cniArgs)],
  ];
  const configs = plugins.map(({ type, config }) => {
    const text = JSON.stringify(withoutSecrets(config), null, 2).replaceAll('\n', '\n  ');
    return `  ${colours.bold(type)} ${text}\n`;
  });
  return factLines(facts, colours) + configs.join('');
}

function factLines(facts: readonly (readonly string[])[], { dim }: Colours): string {
  const there = facts.filter(([, value]) => value !== '');
  return there.map(([name = '', value = '']) => `  ${dim(name.padEnd(12))} ${value}\n`).join('');
}
