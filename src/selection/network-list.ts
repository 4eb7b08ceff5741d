/**
 * CNI-Genie's list of networks: `weave@eth1, bridge`. Pure.
 *
 * Stricter than CNI-Genie: an empty item, a second `@`, a name with `/` or `..` are errors, for they would otherwise
 * surface as a look-up of something that nobody asked for.
 */
import { CniError, ErrorCode } from '../errors.ts';
import { isIdentifier, requestedNameFault } from '../schema/names.ts';
import { shown } from './npwg-fault.ts';
import type { NetworkChoice } from './selection.ts';

/** More networks than this are a mistake, not a pod. */
const MAX_ITEMS = 100;

/** One item: the network that its name means, and the interface name after its `@`. */
export interface ListedNetwork {
  readonly network: NetworkChoice;
  readonly requestedIfName: string | undefined;
  readonly where: string;
}

/** What a name in the list means. */
export type Meaning = (name: string) => NetworkChoice;

const asNamed: Meaning = (name) => ({ kind: 'named', name });

/** Reads a comma-separated list. `source` names it in errors: `annotation "cni"`. Throws: code 7 with the position. */
export function parseNetworkList(text: string, source: string, meaning: Meaning = asNamed): ListedNetwork[] {
  const items = text.split(',');
  if (items.length > MAX_ITEMS)
    throw invalid(source, `asks for ${items.length} networks, more than ${MAX_ITEMS}`, 'select fewer networks');
  return items.map((item, index) =>
    parseListItem(item, items.length > 1 ? `${source}, item ${index + 1}` : source, meaning),
  );
}

/** Reads one item of such a list. Throws: code 7 beginning with `where`. */
export function parseListItem(text: string, where: string, meaning: Meaning = asNamed): ListedNetwork {
  const item = text.trim();
  if (item === '') throw invalid(where, 'is empty', 'write names separated by single commas');
  const [name = '', ifName, ...rest] = item.split('@').map((part) => part.trim());
  if (rest.length > 0) throw invalid(where, `${shown(item)} has more than one @`, 'write name@interface');
  if (!isIdentifier(name)) {
    throw invalid(
      where,
      `${shown(name)} is not a network name`,
      'a name has letters, digits, ".", "_" and "-" only and is never a path',
    );
  }
  checkIfName(ifName, where);
  return { network: meaning(name), requestedIfName: ifName, where };
}

function checkIfName(ifName: string | undefined, where: string): void {
  if (ifName === undefined) return;
  const fault = requestedNameFault(ifName);
  if (fault)
    throw invalid(
      where,
      `interface name ${shown(ifName)}: ${fault.msg}`,
      fault.details || 'choose another name after the @',
    );
}

function invalid(where: string, what: string, hint: string): CniError {
  return new CniError(ErrorCode.invalidConfig, `${where}: ${what}`, hint);
}
