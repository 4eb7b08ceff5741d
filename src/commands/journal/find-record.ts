/** Records of the journal by what a person knows of them. Pure. */
import { CniError, ErrorCode } from '../../errors.ts';
import { nearestName } from '../../schema/nearest-name.ts';
import type { KeptRecord } from './journal-report.ts';
import { podOf } from './record-facts.ts';

/** How they may be named, in words for the help. */
export const NAMES = 'a pod as namespace/name or name, a container id or its beginning, or containerId:ifname';

const MOST_TITLES = 5;

/** Those of `records` that any of `names` names, in their order. Throws: code 3 for a name that is of none. */
export function findRecords(records: readonly KeptRecord[], names: readonly string[]): KeptRecord[] {
  const found = new Set(
    names.flatMap((name) => {
      const named = recordsNamed(records, name);
      if (named.length === 0) throw noRecord(records, name);
      return named;
    }),
  );
  return records.filter((kept) => found.has(kept));
}

/**
 * The one record that `wanted` names; `ifName` where a container has several. Throws: code 3 when there is none, code 7 when
 * there are several.
 */
export function findRecord(records: readonly KeptRecord[], wanted: string, ifName: string | undefined): KeptRecord {
  const named = ({ record }: KeptRecord) => ifName === undefined || record.ifName === ifName;
  const [first, ...others] = recordsNamed(records, wanted).filter(named);
  if (!first) throw noRecord(records, wanted, ifName);
  if (others.length === 0) return first;
  const titles = [first, ...others.slice(0, MOST_TITLES - 1)].map(
    ({ record }) => `${record.containerId}:${record.ifName}`,
  );
  if (others.length >= MOST_TITLES) titles.push('…');
  throw new CniError(
    ErrorCode.invalidConfig,
    `several records fit ${wanted}: ${titles.join(', ')}`,
    'name one of them',
  );
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
  return (wanted === '' ? undefined : found.find((each) => each.length > 0)) ?? [];
}

function noRecord(records: readonly KeptRecord[], wanted: string, ifName?: string): CniError {
  const nearest = nearestName(wanted, [...new Set(records.map(({ record }) => podOf(record)))]);
  return new CniError(
    ErrorCode.unknownContainer,
    `there is no record of ${wanted}${ifName === undefined ? '' : ` for ${ifName}`}`,
    `${nearest === undefined ? '' : `did you mean "${nearest}"? `}braid attachments lists all that there is`,
  );
}
