/**
 * Addresses that an element asks for: `ips`, `default-route`, `mac`, `infiniband-guid`. Pure.
 *
 * Each reader takes the value as it stands in the annotation and gives the canonical form, or throws code 7.
 */
import ipaddr from 'ipaddr.js';
import { addressOf, canonicalAddress, canonicalCidr, familyOf } from '../schema/ip-text.ts';
import { expectList, expectText, invalid, memberOf, type Place, refuseMoreThan, shown } from './npwg-fault.ts';

/** More addresses than this are a mistake, not an interface. */
const MAX_IPS = 32;
/** No address is longer; what is longer is not looked at, for that takes its time. */
const MAX_ADDRESS_CHARACTERS = 64;
const MAC_BYTES = 6;
const GUID_BYTES = 8;
const MULTICAST_BIT = 1;

const IPS_HINT = 'write a list of addresses: ["10.0.0.5/24", "fd00::5/64"]';
const ROUTE_HINT = 'write a list of gateways, at most one IPv4 and one IPv6: ["10.0.0.1", "fd00::1"]';
const MAC_HINT = 'write six bytes: "02:00:00:00:00:01"';
const GUID_HINT = 'write eight bytes: "c2:11:22:33:44:55:66:77"';

/** Kinds of address that no interface can have and no gateway can be. */
const UNUSABLE_RANGES = ['unspecified', 'multicast', 'loopback', 'broadcast'];

/** Static addresses, with their prefix length where one is given. Throws: code 7; so does one address given twice. */
export function parseIps(value: unknown, place: Place): string[] {
  const items = expectList(value, place, IPS_HINT);
  if (items.length === 0) throw invalid(place, 'must not be empty', 'leave it out for an automatic address');
  refuseMoreThan(MAX_IPS, items, place);
  const seen = new Set<string>();
  return items.map((item, index) => {
    const at = memberOf(place, index);
    const text = expectText(item, at, IPS_HINT);
    const ip = plainAddress(text) ?? (text.length <= MAX_ADDRESS_CHARACTERS ? canonicalCidr(text) : undefined);
    if (ip === undefined) throw invalid(at, `${shown(text)} is not an address`, IPS_HINT);
    refuseUnusable(ip, at);
    if (seen.has(addressOf(ip))) throw invalid(at, `the address ${addressOf(ip)} is there twice`, 'remove one of them');
    seen.add(addressOf(ip));
    return ip;
  });
}

/** Gateways, at most one a family, possibly none. Throws: code 7. */
export function parseDefaultRoute(value: unknown, place: Place): string[] {
  const families = new Set<number>();
  return expectList(value, place, ROUTE_HINT).map((item, index) => {
    const at = memberOf(place, index);
    const text = expectText(item, at, ROUTE_HINT);
    const gateway = plainAddress(text);
    if (gateway === undefined) {
      const hint = text.includes('/') ? 'write the gateway’s address without /…' : ROUTE_HINT;
      throw invalid(at, `${shown(text)} is not a plain address`, hint);
    }
    refuseUnusable(gateway, at);
    const family = familyOf(gateway);
    if (families.has(family)) throw invalid(at, `is a second IPv${family} gateway`, ROUTE_HINT);
    families.add(family);
    return gateway;
  });
}

/** A hardware address of six bytes, lower case, colons. Throws: code 7; so do multicast and all-zero addresses. */
export function parseMac(value: unknown, place: Place): string {
  const bytes = hexBytes(value, { place, count: MAC_BYTES, hint: MAC_HINT });
  if (bytes.every((byte) => byte === '00')) throw invalid(place, 'is all zero', MAC_HINT);
  if ((Number.parseInt(bytes[0] ?? '', 16) & MULTICAST_BIT) !== 0)
    throw invalid(place, `${shown(value)} is a multicast address`, 'the first byte of an interface’s address is even');
  return bytes.join(':');
}

/** A GUID of eight bytes, lower case, colons. Throws: code 7; so do all zeros and all ones, which mean none. */
export function parseInfinibandGuid(value: unknown, place: Place): string {
  const bytes = hexBytes(value, { place, count: GUID_BYTES, hint: GUID_HINT });
  if (new Set(bytes).size === 1 && (bytes[0] === '00' || bytes[0] === 'ff'))
    throw invalid(place, `${shown(value)} stands for no GUID`, GUID_HINT);
  return bytes.join(':');
}

/** The canonical form of an address without prefix length, or `undefined` when `text` is none. */
export function plainAddress(text: string): string | undefined {
  return text.length <= MAX_ADDRESS_CHARACTERS ? canonicalAddress(text) : undefined;
}

function refuseUnusable(ip: string, place: Place): void {
  const range = ipaddr.parse(addressOf(ip)).range();
  if (UNUSABLE_RANGES.includes(range))
    throw invalid(place, `${shown(ip)} cannot be used, it is ${range}`, 'write an address that an interface can have');
}

/** The bytes of `aa:bb:…`, `aa-bb-…` or `aabb.ccdd.…`, in lower case. */
function hexBytes(value: unknown, wish: { place: Place; count: number; hint: string }): string[] {
  const text = expectText(value, wish.place, wish.hint);
  const pairs = /^[0-9a-f]{2}(?:(?::[0-9a-f]{2})*|(?:-[0-9a-f]{2})*)$/i;
  const quads = /^[0-9a-f]{4}(?:\.[0-9a-f]{4})+$/i;
  if (text.length > MAX_ADDRESS_CHARACTERS || !(pairs.test(text) || quads.test(text)))
    throw invalid(wish.place, `${shown(text)} is not a hardware address`, wish.hint);
  const bytes = text.toLowerCase().match(/[0-9a-f]{2}/g) ?? [];
  if (bytes.length !== wish.count)
    throw invalid(wish.place, `${shown(text)} has ${bytes.length} bytes, not ${wish.count}`, wish.hint);
  return bytes;
}
