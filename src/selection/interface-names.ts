/**
 * Interface names for all networks of a pod, before anything runs. Pure.
 *
 * Requested names hold. CNI_IFNAME goes to the first network that asked for no name, unless one asked for CNI_IFNAME
 * itself, and never to one that was selected beside the default network. The others are numbered: eth0, eth1, … in CNI-Genie's lists, net1, net2, … by their position elsewhere; every
 * taken name is skipped. The network with CNI_IFNAME is the pod's primary and comes first; where none has it, the first
 * of the list is.
 */
import { CniError, ErrorCode } from '../errors.ts';
import type { Selection, WantedNetwork } from './selection.ts';

/** Gives every network its interface name. Throws: code 7 when two ask for the same one. */
export function nameInterfaces(wanted: readonly WantedNetwork[], ifName: string): Selection[] {
  const taken = requestedNames(wanted);
  const firstFree = taken.has(ifName) ? undefined : wanted.find(canHaveIfName);
  if (firstFree) taken.set(ifName, firstFree.where);
  const named = wanted.map((item, index) => ({
    item,
    ifName: item.requestedIfName ?? (item === firstFree ? ifName : nextFreeName(taken, item, index)),
  }));
  const primary = named.find((entry) => entry.ifName === ifName) ?? named[0];
  const ordered = named.toSorted((left, right) => Number(right === primary) - Number(left === primary));
  return ordered.map((entry) => ({
    network: entry.item.network,
    ifName: entry.ifName,
    isPrimary: entry === primary,
    why: entry.item.where,
    dialect: entry.item.dialect,
    referrer: entry.item.referrer,
    options: entry.item.options,
  }));
}

/** Multus gives CNI_IFNAME to the default network alone; CNI-Genie to the first of its list that asked for no name. */
function canHaveIfName({ requestedIfName, naming }: WantedNetwork, position: number): boolean {
  return requestedIfName === undefined && (position === 0 || naming === 'eth');
}

function requestedNames(wanted: readonly WantedNetwork[]): Map<string, string> {
  const taken = new Map<string, string>();
  for (const { requestedIfName, where } of wanted) {
    if (requestedIfName === undefined) continue;
    const other = taken.get(requestedIfName);
    if (other !== undefined) {
      throw new CniError(
        ErrorCode.invalidConfig,
        `${where}: interface name "${requestedIfName}" is already taken by ${other}`,
        'give each network of the pod its own interface name',
      );
    }
    taken.set(requestedIfName, where);
  }
  return taken;
}

/** `position` is that in the whole list of the pod, as Multus numbers; taken names are skipped, as it does not. */
function nextFreeName(taken: Map<string, string>, { naming, where }: WantedNetwork, position: number): string {
  const [prefix, first] = naming === 'eth' ? ['eth', 0] : ['net', Math.max(position, 1)];
  for (let number = first; ; number += 1) {
    const candidate = `${prefix}${number}`;
    if (!taken.has(candidate)) {
      taken.set(candidate, where);
      return candidate;
    }
  }
}
