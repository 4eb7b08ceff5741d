/**
 * The documents that Braid prints: success, version, error. Pure. Spec §5. Exactly one of them goes to stdout, or none.
 */
import { type CniError, ErrorCode } from '../errors.ts';
import type { CniVersion } from '../schema/cni-version.ts';
import { CNI_VERSIONS, NEWEST_VERSION } from '../schema/cni-version.ts';
import type { CniResult } from '../schema/result.ts';
import { printResult } from './result-versions.ts';

/** ADD's answer at the request's version. Throws: code 999 when that version cannot carry the result. */
export function successAnswer(result: CniResult, version: CniVersion): string {
  return `${JSON.stringify(printResult(result, version))}\n`;
}

/** VERSION's answer. As the reference implementation we name our own newest version, for stdin is not read. */
export function versionAnswer(): string {
  return `${JSON.stringify({ cniVersion: NEWEST_VERSION, supportedVersions: CNI_VERSIONS })}\n`;
}

/** A failure's answer; `cniVersion` is our newest where the request's could not be read. */
export function errorAnswer(error: CniError, version: CniVersion = NEWEST_VERSION): string {
  const code = error.code > 0 ? error.code : ErrorCode.internal;
  return `${JSON.stringify({
    cniVersion: version,
    code,
    msg: error.message,
    ...(error.details === '' ? {} : { details: error.details }),
  })}\n`;
}
