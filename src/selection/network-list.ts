/**
 * CNI-Genie's list of networks: `weave@eth1, bridge`. Pure.
 *
 * Stricter than CNI-Genie: an empty item, a second `@`, a name with `/` or `..` are errors, for they would otherwise
 * surface as a look-up of something that nobody asked for.
 */
import { CniError, ErrorCode } from '../errors.ts';
import { ifNameFault, isIdentifier, type NameFault } from '../schema/names.ts';
import type { WantedNetwork } from './selection.ts';

/** Reads a comma-separated list. `source` names it in errors: `annotation "cni"`. Throws: code 7 with the position. */
export function parseNetworkList(items: readonly string[], source: string): WantedNetwork[] {
  return items.map((item, index) => parseItem(item.trim(), items.length > 1 ? `${source}, item ${index + 1}` : source));
}

function parseItem(item: string, where: string): WantedNetwork {
  if (item === '') throw invalid(where, 'is empty', 'write names separated by single commas');
  const [name = '', ifName, ...rest] = item.split('@').map((part) => part.trim());
  if (rest.length > 0) throw invalid(where, `"${item}" has more than one @`, 'write name@interface');
  if (!isIdentifier(name)) {
    throw invalid(
      where,
      `"${name}" is not a network name`,
      'a name has letters, digits, ".", "_" and "-" only and is never a path',
    );
  }
  checkIfName(ifName, where);
  return { network: { kind: 'named', name }, requestedIfName: ifName, where };
}

function checkIfName(ifName: string | undefined, where: string): void {
  if (ifName === undefined) return;
  const fault = ifNameFault(ifName) ?? unusableName(ifName);
  if (fault)
    throw invalid(
      where,
      `interface name "${ifName}": ${fault.msg}`,
      fault.details || 'choose another name after the @',
    );
}

/** The specification lets these pass; no delegate could make such an interface. */
function unusableName(ifName: string): NameFault | undefined {
  if (ifName === 'lo') return { msg: 'lo is the loopback interface of every pod', details: '' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused here
  const hasControl = /[\u0000-\u001f\u007f]/.test(ifName);
  return hasControl ? { msg: 'interface name contains control characters', details: '' } : undefined;
}

function invalid(where: string, what: string, hint: string): CniError {
  return new CniError(ErrorCode.invalidConfig, `${where}: ${what}`, hint);
}
