/**
 * Addresses as results spell them: reading, checking and canonical form. Pure.
 *
 * Forms are those of the reference library: `address` and `dst` are CIDR strings with their host bits kept, gateways
 * are plain addresses, IPv6 is printed lower-case and compressed, IPv4-mapped IPv6 becomes IPv4.
 */
import ipaddr from 'ipaddr.js';

/** IPv4 or IPv6. */
export type IpFamily = 4 | 6;

/** The canonical form of a plain address, or `undefined` when `text` is none (zones and leading zeros are refused). */
export function canonicalAddress(text: string): string | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return text;
  if (text.includes('%') || !text.includes(':') || !ipaddr.IPv6.isValid(text)) return undefined;
  // ipaddr.js would read a dotted tail such as ::ffff:010.0.0.2, which nobody else does.
  const tail = text.slice(text.lastIndexOf(':') + 1);
  if (tail.includes('.') && !ipaddr.IPv4.isValidFourPartDecimal(tail)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}

/** The canonical form of `address/prefix`, host bits kept, or `undefined` when `text` is none. */
export function canonicalCidr(text: string): string | undefined {
  const [, base, bits] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  if (base === undefined || bits === undefined || (bits.length > 1 && bits.startsWith('0'))) return undefined;
  const address = canonicalAddress(base);
  if (address === undefined) return undefined;
  const isMapped = base.includes(':') && familyOf(address) === 4;
  const prefix = Number(bits) - (isMapped ? 96 : 0);
  return prefix >= 0 && prefix <= (familyOf(address) === 4 ? 32 : 128) ? `${address}/${prefix}` : undefined;
}

/** The family of a canonical address or CIDR string. */
export function familyOf(address: string): IpFamily {
  return address.includes(':') ? 6 : 4;
}

/** The address of a CIDR string, without its prefix length. */
export function addressOf(cidr: string): string {
  return cidr.split('/')[0] ?? cidr;
}

/** True for the default route's destination in any spelling: `0.0.0.0/0`, `::/0`, `::0/0`. */
export function isDefaultDestination(dst: string): boolean {
  const cidr = canonicalCidr(dst);
  return cidr === '0.0.0.0/0' || cidr === '::/0';
}

/** True for fe80::/10, which may stand on every interface of a pod. */
export function isLinkLocalV6(cidr: string): boolean {
  const address = addressOf(cidr);
  return familyOf(address) === 6 && ipaddr.IPv6.parse(address).range() === 'linkLocal';
}
