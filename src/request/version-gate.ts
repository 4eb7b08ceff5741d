/**
 * May this verb run at the configuration's version? Pure. Spec §2 of each verb; words as in the reference library.
 *
 * CHECK exists from 0.4.0, GC and STATUS from 1.1.0; every verb but VERSION needs a version that we support exactly.
 */
import { CniError, ErrorCode } from '../errors.ts';
import {
  CNI_VERSIONS,
  type CniVersion,
  isAtLeast,
  isCniVersion,
  NEWEST_VERSION,
  parseVersion,
} from '../schema/cni-version.ts';
import type { Verb } from './cni-variables.ts';

const SINCE: Readonly<Partial<Record<Verb, CniVersion>>> = { CHECK: '0.4.0', GC: '1.1.0', STATUS: '1.1.0' };

/**
 * The configuration's version as one that we speak.
 * Throws: code 6 when it is no version and the verb compares it; code 1 when the verb or Braid does not go with it.
 */
export function passVersionGate(verb: Verb, version: string): CniVersion {
  const since = SINCE[verb];
  if (since) checkThreshold(verb, version, since);
  if (isCniVersion(version)) return version;
  const supported = CNI_VERSIONS.map((known) => `"${known}"`).join(' ');
  throw new CniError(
    ErrorCode.incompatibleVersion,
    'incompatible CNI versions',
    `config is "${version}", plugin supports [${supported}]`,
  );
}

function checkThreshold(verb: Verb, version: string, since: CniVersion): void {
  if (!parseVersion(version)) throw new CniError(ErrorCode.decoding, `"${version}" is not a CNI version`);
  if (!isAtLeast(version, since)) {
    throw new CniError(ErrorCode.incompatibleVersion, `config version does not allow ${verb}`);
  }
  const isNewerThanOurs = isAtLeast(version, NEWEST_VERSION) && !isAtLeast(NEWEST_VERSION, version);
  if (isNewerThanOurs) throw new CniError(ErrorCode.incompatibleVersion, `plugin version does not allow ${verb}`);
}
