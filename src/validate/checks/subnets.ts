/**
 * Ranges of addresses that networks give out, and which of them overlap. Pure.
 *
 * Told by the keys below `ipam`, whichever plugin reads them: `subnet` and `ranges` (host-local), `range` and `ipRanges`
 * (whereabouts). Compared is what is given out: two halves of one subnet are two ranges.
 */
import ipaddr from 'ipaddr.js';
import { addressOf, canonicalAddress, canonicalCidr, familyOf, type IpFamily } from '../../schema/ip-text.ts';
import { isJsonObject, type JsonObject } from '../../schema/json.ts';
import { type Configuration, pluginPath } from '../configuration.ts';
import type { Place, Report } from '../finding.ts';
import type { Path } from '../source-document.ts';

interface Range {
  readonly network: Configuration;
  /** As it stands there. */
  readonly text: string;
  readonly place: Place;
  readonly family: IpFamily;
  readonly first: bigint;
  readonly last: bigint;
  /** Two users of one pool ask the same cluster-wide book for each address. */
  readonly pool: string | undefined;
}

/** Says of each range that is none, and of each that overlaps those of networks given before it that a node can have as well. */
export function checkSubnets(configurations: readonly Configuration[], report: Report): void {
  const ranges = configurations.flatMap((network) => rangesOf(network, report));
  const positions = new Map(ranges.map((range, index) => [range, index]));
  const position = (range: Range) => positions.get(range) ?? 0;
  const sorted = ranges.toSorted((left, right) => left.family - right.family || compare(left.first, right.first));
  const rivals = new Map<Range, Map<Configuration, Range>>();
  for (const [index, range] of sorted.entries()) {
    for (let next = index + 1; next < sorted.length; next += 1) {
      const other = sorted[next];
      if (!other || other.family !== range.family || other.first > range.last) break;
      if (!areRivals(range, other)) continue;
      const [at, from] = position(range) > position(other) ? [range, other] : [other, range];
      const known = rivals.get(at) ?? new Map<Configuration, Range>();
      const first = known.get(from.network);
      known.set(from.network, first && position(first) < position(from) ? first : from);
      rivals.set(at, known);
    }
  }
  for (const [at, others] of rivals) {
    const found = [...others.values()].toSorted((left, right) => position(left) - position(right));
    report(overlap(at, found));
  }
}

/** With all other networks at once: where each overlaps each, there are more pairs than anybody reads. */
function overlap(at: Range, others: readonly Range[]) {
  const [from, ...more] = others;
  const what = from ? `${from.text} of ${from.network.title} (${placeText(from.place)})` : '';
  const rest = more.length === 0 ? '' : `, and ranges of ${more.length} more network${more.length === 1 ? '' : 's'}`;
  return {
    rule: 'subnet-overlap',
    place: at.place,
    message: `${at.text} of ${at.network.title} overlaps ${what}${rest}`,
    hint: 'a pod of the one can get the address of a pod of the other: give each network a range of its own',
  } as const;
}

function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

function compare(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Of one name they share one book; on two nodes each has its own pods; in one pool nobody gets an address twice. */
function areRivals(one: Range, other: Range): boolean {
  if (one.network === other.network || one.network.list.name === other.network.list.name) return false;
  if (one.pool !== undefined && one.pool === other.pool) return false;
  const [here, there] = [one.network.folder, other.network.folder];
  return here === undefined || there === undefined || here === there;
}

function rangesOf(network: Configuration, report: Report): Range[] {
  return network.list.plugins.flatMap(({ raw }, index) => {
    const { ipam } = raw;
    if (!isJsonObject(ipam)) return [];
    const path = [...pluginPath(network.document, index), 'ipam'];
    return [...subnetsIn(ipam, path), ...poolsIn(ipam, path)].flatMap((found) => rangeOf(network, found, report));
  });
}

interface FoundRange {
  readonly text: string;
  readonly path: Path;
  readonly start?: unknown;
  readonly end?: unknown;
  /** Of a plugin that keeps one book for all nodes, which of its books. */
  readonly book?: string;
}

/** A range of host-local: alone, or in sets. */
function subnetsIn(ipam: JsonObject, path: Path): FoundRange[] {
  const sets: unknown[] = Array.isArray(ipam['ranges']) ? ipam['ranges'] : [];
  const listed = sets.flatMap((set, outer) =>
    Array.isArray(set) ? set.map((range: unknown, inner) => ({ range, at: [...path, 'ranges', outer, inner] })) : [],
  );
  return [{ range: ipam, at: [...path] }, ...listed].flatMap(({ range, at }) => {
    if (!isJsonObject(range) || typeof range['subnet'] !== 'string') return [];
    return [{ text: range['subnet'], path: [...at, 'subnet'], start: range['rangeStart'], end: range['rangeEnd'] }];
  });
}

/** A range of whereabouts, which can begin with its first and last address: `10.0.0.5-10.0.0.9/24`. */
function poolsIn(ipam: JsonObject, path: Path): FoundRange[] {
  const listed: unknown[] = Array.isArray(ipam['ipRanges']) ? ipam['ipRanges'] : [];
  const book = String(ipam['network_name'] ?? '');
  const entries = [
    { range: ipam, at: [...path] },
    ...listed.map((range, index) => ({ range, at: [...path, 'ipRanges', index] })),
  ];
  return entries.flatMap(({ range, at }): FoundRange[] => {
    if (!isJsonObject(range) || typeof range['range'] !== 'string') return [];
    const text = range['range'];
    const [from, to = ''] = text.split('-', 2);
    const bounds = text.includes('-')
      ? { start: from, end: addressOf(to) }
      : { start: range['range_start'], end: range['range_end'] };
    const cidr = text.includes('-') ? to : text;
    return [{ text: cidr, path: [...at, 'range'], ...bounds, book }];
  });
}

const LOOKS_LIKE_CIDR = /^[\da-fA-F.:]+\/\d+$/;

/** A text such as `usePodCidr` is for its plugin. */
function rangeOf(network: Configuration, { text, path, start, end, book }: FoundRange, report: Report): Range[] {
  const cidr = canonicalCidr(text);
  const place = network.document.placeOf(path);
  if (cidr === undefined) {
    if (!LOOKS_LIKE_CIDR.test(text)) return [];
    const message = `${text} of ${network.title} is no range of addresses`;
    report({ rule: 'subnet-invalid', place, message, hint: 'write an address and a prefix length: 10.88.1.0/24' });
    return [];
  }
  const bits = familyOf(cidr) === 4 ? 32n : 128n;
  const size = 1n << (bits - BigInt(cidr.split('/')[1] ?? 0));
  const base = ((numberOf(addressOf(cidr)) ?? 0n) / size) * size;
  const first = numberOf(start) ?? base;
  const last = numberOf(end) ?? base + size - 1n;
  const pool = book === undefined ? undefined : `${book} ${base}/${size}`;
  return [{ network, text, place, family: familyOf(cidr), first, last, pool }];
}

function numberOf(address: unknown): bigint | undefined {
  const canonical = typeof address === 'string' ? canonicalAddress(address) : undefined;
  if (canonical === undefined) return undefined;
  return ipaddr
    .parse(canonical)
    .toByteArray()
    .reduce((number, byte) => number * 256n + BigInt(byte), 0n);
}
