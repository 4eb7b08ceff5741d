/** One record of the journal by what a person knows of it. Pure. */
import { CniError, ErrorCode } from '../../errors.ts';
import type { KeptRecord } from './journal-report.ts';
import { podOf } from './record-facts.ts';

const MOST_TITLES = 5;

/**
 * The record that `wanted` names: a container id or its beginning, or `namespace/name` of a pod; `ifName` where a container has
 * several. Throws: code 3 when there is none, code 7 when there are several.
 */
export function findRecord(records: readonly KeptRecord[], wanted: string, ifName: string | undefined): KeptRecord {
  const named = ({ record }: KeptRecord) => ifName === undefined || record.ifName === ifName;
  const exact = records.filter(({ record }) => record.containerId === wanted || podOf(record) === wanted);
  const close = exact.length > 0 ? exact : records.filter(({ record }) => record.containerId.startsWith(wanted));
  const [first, ...others] = close.filter(named);
  if (first && others.length === 0) return first;
  if (first) {
    const titles = [first, ...others.slice(0, MOST_TITLES - 1)].map(
      ({ record }) => `${record.containerId} ${record.ifName}`,
    );
    if (others.length >= MOST_TITLES) titles.push('…');
    throw new CniError(
      ErrorCode.invalidConfig,
      `several records fit ${wanted}: ${titles.join(', ')}`,
      'name one, with --ifname',
    );
  }
  throw new CniError(
    ErrorCode.unknownContainer,
    `there is no record of ${wanted}${ifName === undefined ? '' : ` for ${ifName}`}`,
    'braid attachments lists all that there is',
  );
}
