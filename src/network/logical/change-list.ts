/** What a logical network changes in the list that it borrows: the subnet and the network card of its first plugin. Pure. */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { canonicalAddress } from '../../schema/ip-text.ts';
import { isJsonObject, type JsonObject, withoutKeys } from '../../schema/json.ts';
import type { NetworkConfigList } from '../network-source.ts';
import { isWithin } from './subnet.ts';

/** The key by which the list's first plugin is told a network card of the node, if its profile knows of one. */
export function networkCardKey({ plugins }: NetworkConfigList, catalogue: Catalogue): string | undefined {
  return catalogue.ofPlugin(plugins[0]?.type ?? '')?.hostInterfaceKey;
}

/** The list with another value at a key of its first plugin. */
export function withKey(list: NetworkConfigList, key: string, value: string): NetworkConfigList {
  return withFirst(list, (raw) => ({ ...raw, [key]: value }));
}

/** A changed list, and the keys of its first plugin's `ipam` that had to go. */
export interface ListInSubnet {
  readonly list: NetworkConfigList;
  readonly dropped: readonly string[];
}

/**
 * The list with the addresses of its first plugin from `subnet`: the first range's where ranges are used, else those of
 * `ipam` itself. Bounds and a gateway outside that subnet go, for host-local refuses such a range; so do the other ranges
 * of the first set, from which an address could come just as well.
 */
export function withSubnet(list: NetworkConfigList, subnet: string): ListInSubnet {
  const raw = list.plugins[0]?.raw['ipam'];
  const { ipam, dropped } = changedIpam(isJsonObject(raw) ? raw : {}, subnet);
  return { list: withFirst(list, (plugin) => ({ ...plugin, ipam })), dropped };
}

interface ChangedIpam {
  readonly ipam: JsonObject;
  readonly dropped: readonly string[];
}

function changedIpam(ipam: JsonObject, subnet: string): ChangedIpam {
  const sets: readonly unknown[] = Array.isArray(ipam['ranges']) ? ipam['ranges'] : [];
  const [set, ...otherSets] = sets;
  const [range, ...alternatives]: readonly unknown[] = Array.isArray(set) ? set : [];
  // Beside a subnet of its own, the ranges are further addresses of the pod.
  if (ipam['subnet'] !== undefined || !isJsonObject(range)) return movedTo(subnet, ipam);
  const moved = movedTo(subnet, range);
  const others = alternatives.length === 0 ? [] : [`${alternatives.length} more of the first "ranges"`];
  return { ipam: { ...ipam, ranges: [[moved.ipam], ...otherSets] }, dropped: [...moved.dropped, ...others] };
}

function movedTo(subnet: string, range: JsonObject): ChangedIpam {
  const outside = ['rangeStart', 'rangeEnd', 'gateway'].filter((key) => isOutside(range[key], subnet));
  return {
    ipam: { ...withoutKeys(range, (key) => outside.includes(key)), subnet },
    dropped: outside.map((key) => `"${key}" ${String(range[key])}`),
  };
}

function isOutside(value: unknown, subnet: string): boolean {
  const address = typeof value === 'string' ? canonicalAddress(value) : undefined;
  return address !== undefined && !isWithin(address, subnet);
}

function withFirst(list: NetworkConfigList, change: (raw: JsonObject) => JsonObject): NetworkConfigList {
  const [first, ...others] = list.plugins;
  return first ? { ...list, plugins: [{ ...first, raw: change(first.raw) }, ...others] } : list;
}
