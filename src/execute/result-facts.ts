/** A recorded result against what the namespace holds: which links, addresses and routes of it are missing. Pure. */

import ipaddr from 'ipaddr.js';
import { canonicalCidr, familyOf } from '../schema/ip-text.ts';
import type { NamespaceFacts } from '../schema/namespace-facts.ts';
import type { CniResult } from '../schema/result.ts';

/** Linux' RT_TABLE_MAIN; absent and 0 mean the same. Routes of other tables are not among the facts. */
const MAIN_TABLE = 254;

/** Each missing part in words: `link net1`, `address 10.1.2.3/24 on net1`, `route to 10.9.0.0/16 via 10.1.2.1`. */
export function missingFacts(result: CniResult, facts: NamespaceFacts): string[] {
  return [...missingLinks(result, facts), ...missingAddresses(result, facts), ...missingRoutes(result, facts)];
}

function missingLinks({ interfaces }: CniResult, { links }: NamespaceFacts): string[] {
  const there = new Set(links.map(({ name }) => name));
  return interfaces
    .filter((link) => (link.sandbox ?? '') !== '' && !there.has(link.name))
    .map(({ name }) => `link ${name}`);
}

function missingAddresses({ interfaces, ips }: CniResult, { addresses }: NamespaceFacts): string[] {
  const there = new Set(addresses.flatMap(({ address, dev }) => [address, `${address} on ${dev}`]));
  return ips.flatMap(({ address, interface: index }) => {
    const link = index === undefined ? undefined : interfaces[index];
    const wanted = `${address}${link ? ` on ${link.name}` : ''}`;
    return there.has(wanted) ? [] : [`address ${wanted}`];
  });
}

function missingRoutes({ routes }: CniResult, facts: NamespaceFacts): string[] {
  const there = new Set(facts.routes.flatMap(({ dst, gateway }) => [routeText(dst), routeText(dst, gateway)]));
  return routes
    .filter(({ table }) => table === undefined || table === 0 || table === MAIN_TABLE)
    .filter(({ dst, gw }) => !there.has(routeText(dst, gw)))
    .map(({ dst, gw }) => `route to ${dst}${viaText(gw)}`);
}

function routeText(dst: string, gateway?: string): string {
  return `${networkOf(dst)}${viaText(gateway)}`;
}

function viaText(gateway: string | undefined): string {
  return gateway === undefined ? '' : ` via ${gateway}`;
}

/** Results keep the host bits of a destination, the kernel does not. */
function networkOf(cidr: string): string | undefined {
  const canonical = canonicalCidr(cidr);
  if (canonical === undefined) return undefined;
  const parse = familyOf(canonical) === 4 ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${parse.networkAddressFromCIDR(canonical)}/${canonical.split('/')[1]}`;
}
