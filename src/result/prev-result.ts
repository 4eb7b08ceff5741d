/** The runtime's `prevResult`: what plugins before us made, or what our own ADD answered. Pure. Spec §3 and §4. */
import { CniError, ErrorCode } from '../errors.ts';
import { type CniVersion, resultFamily } from '../schema/cni-version.ts';
import type { CniResult } from '../schema/result.ts';
import { parseResult } from './result-versions.ts';

/**
 * Reads it; `undefined` when there is none.
 * Throws: code 6 when it is not a result, or one of a version whose shape differs from the configuration's.
 */
export function parsePrevResult(prevResult: unknown, configVersion: CniVersion): CniResult | undefined {
  if (prevResult === undefined || prevResult === null) return undefined;
  const { version, result } = parseResult(prevResult, configVersion);
  if (resultFamily(version) === resultFamily(configVersion)) return result;
  throw new CniError(
    ErrorCode.decoding,
    `could not parse prevResult: its version is "${version}", which has another form than the configuration's "${configVersion}"`,
  );
}
