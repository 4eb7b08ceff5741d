/**
 * The versions of the CNI specification that Braid speaks, and what follows from a version alone.
 *
 * Pure. A version here is always one of the seven released ones; free text becomes one only through `isCniVersion`.
 */

/** All released versions, oldest first, in the order in which VERSION must list them (spec §2 VERSION). */
export const CNI_VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const;

/** One released version of the CNI specification. */
export type CniVersion = (typeof CNI_VERSIONS)[number];

/** What a configuration without `cniVersion` means (reference library). */
export const OLDEST_VERSION: CniVersion = '0.1.0';

/** The version that Braid itself speaks, and the form in which it keeps results. */
export const NEWEST_VERSION: CniVersion = '1.1.0';

/** The three shapes that results had: `ip4`/`ip6`, `ips` with a `version` field, `ips` without. */
export type ResultFamily = 'ip4-ip6' | 'versioned-ips' | 'plain-ips';

/** True when `text` is exactly one released version: `1.0` and `v1.0.0` are not. */
export function isCniVersion(text: string): text is CniVersion {
  return (CNI_VERSIONS as readonly string[]).includes(text);
}

/** The result shape that a version prescribes (spec §5, "CNI result types" of each version). */
export function resultFamily(version: CniVersion): ResultFamily {
  if (version === '0.1.0' || version === '0.2.0') return 'ip4-ip6';
  return version === '1.0.0' || version === '1.1.0' ? 'plain-ips' : 'versioned-ips';
}

/** One to three dot-separated integers, missing parts 0; `undefined` when `text` is no version. */
export function parseVersion(text: string): readonly [number, number, number] | undefined {
  const parts = text.split('.');
  if (parts.length > 3 || !parts.every((part) => /^[+-]?\d+$/.test(part))) return undefined;
  const [major = 0, minor = 0, micro = 0] = parts.map(Number);
  return [major, minor, micro];
}

/** True when `version` is `threshold` or newer; false when either is no version at all. */
export function isAtLeast(version: string, threshold: string): boolean {
  const left = parseVersion(version);
  const right = parseVersion(threshold);
  if (!left || !right) return false;
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
