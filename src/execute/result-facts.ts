/** A recorded result against what the namespace holds: which links, addresses and routes of it are missing. Pure. */

import ipaddr from 'ipaddr.js';
import { canonicalCidr, familyOf } from '../schema/ip-text.ts';
import type { NamespaceFacts } from '../schema/namespace-facts.ts';
import type { CniResult, ResultRoute } from '../schema/result.ts';

/** Linux' RT_TABLE_MAIN; absent and 0 mean the same. Routes of other tables are not among the facts. */
const MAIN_TABLE = 254;

/** Each missing part in words: `link net1`, `address 10.1.2.3/24 on net1`, `route to 10.9.0.0/16 via 10.1.2.1`. */
export function missingFacts(result: CniResult, facts: NamespaceFacts): string[] {
  return [...missingLinks(result, facts), ...missingAddresses(result, facts), ...missingRoutes(result, facts)];
}

function missingLinks({ interfaces }: CniResult, { links }: NamespaceFacts): string[] {
  return interfaces
    .filter((link) => (link.sandbox ?? '') !== '' && !links.some(({ name }) => name === link.name))
    .map(({ name }) => `link ${name}`);
}

function missingAddresses({ interfaces, ips }: CniResult, { addresses }: NamespaceFacts): string[] {
  return ips.flatMap(({ address, interface: index }) => {
    const link = index === undefined ? undefined : interfaces[index];
    const isThere = addresses.some((fact) => fact.address === address && (!link || fact.dev === link.name));
    return isThere ? [] : [`address ${address}${link ? ` on ${link.name}` : ''}`];
  });
}

function missingRoutes({ routes }: CniResult, facts: NamespaceFacts): string[] {
  return routes
    .filter(({ table }) => table === undefined || table === 0 || table === MAIN_TABLE)
    .filter((route) => !facts.routes.some((fact) => isSameRoute(route, fact)))
    .map(({ dst, gw }) => `route to ${dst}${gw === undefined ? '' : ` via ${gw}`}`);
}

function isSameRoute(route: ResultRoute, fact: NamespaceFacts['routes'][number]): boolean {
  const isSameGateway = route.gw === undefined || route.gw === fact.gateway;
  return isSameGateway && networkOf(route.dst) === networkOf(fact.dst);
}

/** Results keep the host bits of a destination, the kernel does not. */
function networkOf(cidr: string): string | undefined {
  const canonical = canonicalCidr(cidr);
  if (canonical === undefined) return undefined;
  const parse = familyOf(canonical) === 4 ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${parse.networkAddressFromCIDR(canonical)}/${canonical.split('/')[1]}`;
}
