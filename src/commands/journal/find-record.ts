/** Records of the journal by what a person knows of them. Pure. */
import { basename } from 'node:path/posix';
import { CniError, ErrorCode } from '../../errors.ts';
import { nearestName } from '../../schema/nearest-name.ts';
import type { Journal } from '../../state/read-journal.ts';
import { type KeptRecord, keptRecords } from './journal-report.ts';
import { podOf } from './record-facts.ts';

/** How they may be named, in words for the help. */
export const NAMES = 'a pod as namespace/name or name, a container id or its beginning, or containerId:ifname';

const MOST_LISTED = 5;

/** Of a long id, the name of its record's file has no more. */
const ID_CHARACTERS = 64;

/** Those whole records that any of `names` names, by pod. Throws: code 3 for a name that is of none. */
export function findRecords(journal: Journal, names: readonly string[]): KeptRecord[] {
  const records = keptRecords(journal.entries);
  const found = new Set(
    names.flatMap((name) => {
      const named = recordsNamed(records, name);
      if (named.length === 0) throw noRecord(journal, name);
      return named;
    }),
  );
  return records.filter((kept) => found.has(kept));
}

/**
 * The one record that `wanted` names; `ifName` where a container has several. Throws: code 3 when there is none, code 7 when
 * there are several.
 */
export function findRecord(journal: Journal, wanted: string, ifName: string | undefined): KeptRecord {
  const named = ({ record }: KeptRecord) => ifName === undefined || record.ifName === ifName;
  const [first, ...others] = recordsNamed(keptRecords(journal.entries), wanted).filter(named);
  if (!first) throw noRecord(journal, wanted, ifName);
  if (others.length === 0) return first;
  const titles = listText([first, ...others].map(titleOf));
  throw new CniError(ErrorCode.invalidConfig, `several records fit ${wanted}: ${titles}`, 'name one of them');
}

function titleOf({ record }: KeptRecord): string {
  const pod = podOf(record);
  return `${record.containerId}:${record.ifName}${pod === '' ? '' : ` (${pod})`}`;
}

function listText(items: readonly string[]): string {
  return [...items.slice(0, MOST_LISTED), ...(items.length > MOST_LISTED ? ['…'] : [])].join(', ');
}

/** What is exactly of this name counts before a pod of another namespace, and that before the beginning of an id. */
function recordsNamed(records: readonly KeptRecord[], wanted: string): readonly KeptRecord[] {
  const [id = '', ifName] = wanted.split(':');
  const ways: ((record: KeptRecord['record']) => boolean)[] = [
    (record) => podOf(record) === wanted,
    (record) => record.containerId === id,
    (record) => podOf(record).endsWith(`/${wanted}`),
    (record) => record.containerId.startsWith(id),
  ];
  const isOfInterface = ({ record }: KeptRecord) => ifName === undefined || record.ifName === ifName;
  const found = ways.map((isNamed) => records.filter(({ record }) => isNamed(record)).filter(isOfInterface));
  return (id === '' ? undefined : found.find((each) => each.length > 0)) ?? [];
}

function noRecord(journal: Journal, wanted: string, ifName?: string): CniError {
  const unreadable = journal.entries.filter(({ lookup }) => lookup.kind !== 'found').map(({ file }) => file);
  const { named = [], other = [] } = Object.groupBy(unreadable, (file) =>
    isNamedAfter(file, wanted) ? 'named' : 'other',
  );
  const what = named.length === 0 ? 'record' : 'readable record';
  return new CniError(
    ErrorCode.unknownContainer,
    `there is no ${what} of ${wanted}${ifName === undefined ? '' : ` for ${ifName}`}`,
    hintText(journal, wanted, [...named, ...other]),
  );
}

/** Whose record it is that cannot be read, only the name of its file says. */
function isNamedAfter(file: string, wanted: string): boolean {
  const [id = ''] = wanted.split(':');
  return basename(file).startsWith(id.slice(0, ID_CHARACTERS));
}

function hintText({ stateDir, isThere, entries }: Journal, wanted: string, unreadable: readonly string[]): string {
  const nearest = nearestName(wanted, [...new Set(keptRecords(entries).map(({ record }) => podOf(record)))]);
  const count = unreadable.length === 1 ? '1 record' : `${unreadable.length} records`;
  return [
    nearest === undefined ? '' : `did you mean "${nearest}"? `,
    unreadable.length === 0 ? '' : `${count} cannot be read: ${listText(unreadable)}; `,
    isThere
      ? 'braid attachments lists all that there is'
      : `there is no folder ${stateDir}: nothing was attached with it yet`,
  ].join('');
}
