/** Which version of a list to run it at: the highest of `cniVersions` that we speak, else `cniVersion`. Pure. Spec §1. */
import {
  CNI_VERSIONS,
  type CniVersion,
  isAtLeast,
  isCniVersion,
  NEWEST_VERSION,
  parseVersion,
} from '../schema/cni-version.ts';

/**
 * The version to run at; `undefined` when the file names none. Only released versions count, unlike in the reference
 * library, where an invented `0.3.7` would win and every plugin would refuse it.
 * Throws: Error naming the version that is none.
 */
export function selectVersion(cniVersion: string, cniVersions: readonly string[]): CniVersion | undefined {
  if (cniVersions.length === 0) return cniVersion === '' ? undefined : released(cniVersion);
  const named = cniVersion === '' ? cniVersions : [...cniVersions, cniVersion];
  const fault = named.find((version) => !parseVersion(version));
  if (fault !== undefined) throw new Error(`"cniVersions" holds "${fault}", which is no version`);
  const usable = named.filter((version) => isCniVersion(version) && isAtLeast(NEWEST_VERSION, version));
  const best = CNI_VERSIONS.findLast((version) => usable.includes(version));
  if (best === undefined && cniVersion === '') throw new Error(noneReleased('cniVersions', cniVersions.join(', ')));
  return best ?? released(cniVersion);
}

function released(version: string): CniVersion {
  if (isCniVersion(version)) return version;
  throw new Error(noneReleased('cniVersion', version));
}

function noneReleased(key: string, value: string): string {
  return `"${key}" is "${value}"; Braid speaks ${CNI_VERSIONS.join(', ')}`;
}
