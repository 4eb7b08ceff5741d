/** Subnets: reading and comparing. Pure. */
import ipaddr from 'ipaddr.js';
import { addressOf, canonicalAddress, canonicalCidr, familyOf } from '../../schema/ip-text.ts';

/** The subnet of a CIDR string, host bits taken away, as host-local insists; `undefined` when `text` is none. */
export function canonicalSubnet(text: string): string | undefined {
  const cidr = canonicalCidr(text);
  if (cidr === undefined) return undefined;
  const family = familyOf(cidr) === 4 ? ipaddr.IPv4 : ipaddr.IPv6;
  const network = canonicalAddress(family.networkAddressFromCIDR(cidr).toString());
  return network && `${network}${cidr.slice(cidr.indexOf('/'))}`;
}

/** True when a canonical address or subnet lies in a canonical subnet. */
export function isWithin(inner: string, subnet: string): boolean {
  if (familyOf(inner) !== familyOf(subnet) || prefixOf(inner) < prefixOf(subnet)) return false;
  return canonicalSubnet(`${addressOf(inner)}/${prefixOf(subnet)}`) === subnet;
}

function prefixOf(cidr: string): number {
  const slash = cidr.indexOf('/');
  return slash < 0 ? 128 : Number(cidr.slice(slash + 1));
}
