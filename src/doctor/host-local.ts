/**
 * What the IPAM plugin host-local keeps, as far as its leases tell: who has them, how many there can be. Pure.
 *
 * Its files are documented and others have taken them over, so what counts is that there are leases, not the plugin's type.
 */
import ipaddr from 'ipaddr.js';
import * as z from 'zod/mini';
import type { JsonObject } from '../schema/json.ts';
import { ipamType } from '../schema/network-config.ts';

const DEFAULT_DATA_DIR = '/var/lib/cni/networks';

const rangeShape = z.object({
  subnet: z.string(),
  rangeStart: z.optional(z.string()),
  rangeEnd: z.optional(z.string()),
  gateway: z.optional(z.string()),
});
type Range = z.infer<typeof rangeShape>;

const ipamShape = z.object({
  dataDir: z.optional(z.string()),
  ranges: z.optional(z.array(z.array(rangeShape))),
});

/** The addresses from which a pod gets one. */
export interface AddressSet {
  readonly name: string;
  /** How many can be given. */
  readonly size: bigint;
  readonly has: (address: string) => boolean;
}

/** Where a network's leases lie, and what can be given. */
export interface LeaseFolder {
  readonly dataDir: string;
  readonly sets: readonly AddressSet[];
}

/** `undefined` for a plugin that has no IPAM plugin. Sets that cannot be understood are left out. */
export function leaseFolder(plugin: JsonObject): LeaseFolder | undefined {
  if (ipamType(plugin) === undefined) return undefined;
  const parsed = ipamShape.safeParse(plugin['ipam']);
  if (!parsed.success) return { dataDir: DEFAULT_DATA_DIR, sets: [] };
  const { dataDir, ranges = [] } = parsed.data;
  // The older form: the keys of the one range stand in "ipam" itself.
  const only = rangeShape.safeParse(plugin['ipam']);
  const sets = only.success ? [[only.data], ...ranges] : ranges;
  return { dataDir: dataDir || DEFAULT_DATA_DIR, sets: sets.flatMap(addressSet) };
}

/** The container in a lease's text. */
export function leaseHolder(text: string): string {
  return text.split('\n')[0]?.trim() ?? '';
}

/** The address in a lease's file name; `undefined` for the other files of the folder. */
export function leaseAddress(name: string): string | undefined {
  return ipaddr.isValid(name) && /[.:]/.test(name) && !name.startsWith('last_') ? name : undefined;
}

interface Bounds {
  readonly kind: string;
  readonly first: bigint;
  readonly last: bigint;
  readonly gateway: bigint;
}

function addressSet(ranges: readonly Range[]): AddressSet[] {
  try {
    const bounds = ranges.map(boundsOf);
    const size = bounds.reduce((sum, { first, last, gateway }) => {
      const isGatewayIn = gateway >= first && gateway <= last;
      return sum + (last - first + 1n) - (isGatewayIn ? 1n : 0n);
    }, 0n);
    const has = (address: string) => {
      const { kind, value } = numberOf(address);
      return bounds.some((range) => range.kind === kind && value >= range.first && value <= range.last);
    };
    return size > 0n ? [{ name: ranges.map(({ subnet }) => subnet).join(', '), size, has }] : [];
  } catch {
    return [];
  }
}

/** As host-local has it: from the first after the network's own address to the last before IPv4's broadcast. */
function boundsOf({ subnet, rangeStart, rangeEnd, gateway }: Range): Bounds {
  const [address, prefix] = ipaddr.parseCIDR(subnet);
  const { kind, value } = numberOf(address.toString());
  const hostBits = BigInt((kind === 'ipv4' ? 32 : 128) - prefix);
  const base = (value >> hostBits) << hostBits;
  const end = base + (1n << hostBits) - 1n - (kind === 'ipv4' ? 1n : 0n);
  return {
    kind,
    first: rangeStart === undefined ? base + 1n : numberOf(rangeStart).value,
    last: rangeEnd === undefined ? end : numberOf(rangeEnd).value,
    gateway: gateway === undefined ? base + 1n : numberOf(gateway).value,
  };
}

function numberOf(address: string): { kind: string; value: bigint } {
  const parsed = ipaddr.process(address);
  const value = parsed.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return { kind: parsed.kind(), value };
}
