/**
 * Interface names for all networks of a pod, before anything runs. Pure.
 *
 * Requested names hold. CNI_IFNAME goes to the first network that asked for no name, unless one asked for CNI_IFNAME
 * itself; the others get eth0, eth1, … skipping every taken name. The network with CNI_IFNAME is the pod's primary and
 * comes first; where none has it, the first of the list is.
 */
import { CniError, ErrorCode } from '../errors.ts';
import type { Selection, WantedNetwork } from './selection.ts';

type Dialect = Selection['dialect'];

/** Gives every network its interface name. Throws: code 7 when two ask for the same one. */
export function nameInterfaces(wanted: readonly WantedNetwork[], ifName: string, dialect: Dialect): Selection[] {
  const taken = requestedNames(wanted);
  const firstFree = taken.has(ifName) ? undefined : wanted.find((item) => item.requestedIfName === undefined);
  if (firstFree) taken.set(ifName, firstFree.where);
  const named = wanted.map((item) => ({
    item,
    ifName: item.requestedIfName ?? (item === firstFree ? ifName : nextFreeName(taken, item.where)),
  }));
  const primary = named.find((entry) => entry.ifName === ifName) ?? named[0];
  const ordered = named.toSorted((left, right) => Number(right === primary) - Number(left === primary));
  return ordered.map((entry) => ({
    network: entry.item.network,
    ifName: entry.ifName,
    isPrimary: entry === primary,
    why: entry.item.where,
    dialect,
  }));
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

function nextFreeName(taken: Map<string, string>, where: string): string {
  for (let number = 0; ; number += 1) {
    const candidate = `eth${number}`;
    if (!taken.has(candidate)) {
      taken.set(candidate, where);
      return candidate;
    }
  }
}
