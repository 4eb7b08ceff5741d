/**
 * The documents that Braid prints: version and error, and in success-answer.ts ADD's. Pure. Spec §5. Exactly one of them goes to
 * stdout, or none.
 */
import { type CniError, ErrorCode } from '../errors.ts';
import type { CniVersion } from '../schema/cni-version.ts';
import { CNI_VERSIONS, NEWEST_VERSION } from '../schema/cni-version.ts';

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
