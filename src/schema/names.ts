/**
 * The two kinds of name that the specification restricts: identifiers (container ids, network names) and Linux
 * interface names. Pure; each check answers with the fault or `undefined`, the caller chooses the error code.
 */

/** What is wrong with a name: `msg` for the error, `details` where the reference implementation gives some. */
export interface NameFault {
  readonly msg: string;
  readonly details: string;
}

const IDENTIFIER = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Unicode White_Space, spelled out because JavaScript's `\s` has U+FEFF and lacks U+0085. */
const WHITE_SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** The longest interface name that Linux takes, in bytes (IFNAMSIZ less the terminating NUL). */
const MAX_IF_NAME_BYTES = 15;

/** True for a container id or a network name: spec §2 "CNI_CONTAINERID", §1 "name". */
export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text) && !text.endsWith('\n');
}

/** The fault of an interface name, checked in the order of the reference implementation; spec §2 "CNI_IFNAME". */
export function ifNameFault(ifName: string): NameFault | undefined {
  if (ifName === '') return { msg: 'interface name is empty', details: '' };
  if (Buffer.byteLength(ifName) > MAX_IF_NAME_BYTES)
    return { msg: 'interface name is too long', details: 'interface name should be less than 16 characters' };
  if (ifName === '.' || ifName === '..') return { msg: 'interface name is . or ..', details: '' };
  if (/[/:]/.test(ifName) || WHITE_SPACE.test(ifName))
    return { msg: 'interface name contains / or : or whitespace characters', details: '' };
  return undefined;
}

/** The fault of an interface name that a pod asks for: beside those of the specification, what no plugin could make. */
export function requestedNameFault(ifName: string): NameFault | undefined {
  return ifNameFault(ifName) ?? unusableName(ifName);
}

function unusableName(ifName: string): NameFault | undefined {
  if (ifName === 'lo') return { msg: 'lo is the loopback interface of every pod', details: '' };
  // What is no text in UTF-8 would come out as another name.
  if (/[\p{Cc}\p{Cs}]/u.test(ifName)) return { msg: 'interface name contains control characters', details: '' };
  return ifName.includes('%') ? { msg: 'Linux takes % for a pattern', details: '' } : undefined;
}
