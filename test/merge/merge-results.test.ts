import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeResults } from '../../src/merge/merge-results.ts';
import { normaliseOutcomes } from '../../src/merge/normalise-result.ts';
import { type CniResult, EMPTY_RESULT } from '../../src/schema/result.ts';
import { EMPTY_CATALOGUE } from '../samples/catalogue.ts';
import { countedReads } from '../samples/counted-reads.ts';
import { attachmentOf } from '../samples/record.ts';
import { results } from '../samples/result-arbitrary.ts';

const NETNS = '/run/netns/pod';

function merged(list: readonly CniResult[], prevResult?: CniResult) {
  const outcomes = list.map((result, index) => ({ attachment: attachmentOf(`n${index}`, `eth${index}`), result }));
  return mergeResults(normaliseOutcomes(outcomes, { netns: NETNS, catalogue: EMPTY_CATALOGUE }).outcomes, prevResult);
}

function resultOf(ifName: string, address: string, rest: Partial<CniResult> = {}): CniResult {
  const ips = [{ address, interface: 1, gateway: undefined }];
  return { ...EMPTY_RESULT, interfaces: [{ name: 'cni0' }, { name: ifName, sandbox: NETNS }], ips, ...rest };
}

/** `name address` of every address, by the interface that its index names. */
function owners({ interfaces, ips }: CniResult): string[] {
  return ips.map((ip) => `${ip.interface === undefined ? '-' : interfaces[ip.interface]?.name} ${ip.address}`);
}

describe('mergeResults', () => {
  test('M1, M2, M4: the primary first, indexes rebased, host interfaces kept though they occur twice', () => {
    const { result } = merged([resultOf('eth0', '10.0.0.2/24'), resultOf('eth1', '10.1.0.2/24')]);
    expect(result.interfaces.map(({ name }) => name)).toEqual(['cni0', 'eth0', 'cni0', 'eth1']);
    expect(owners(result)).toEqual(['eth0 10.0.0.2/24', 'eth1 10.1.0.2/24']);
  });

  test('M24: what plugins before us made comes first and keeps its indexes', () => {
    const { result } = merged([resultOf('eth0', '10.0.0.2/24')], resultOf('lo', '127.0.0.1/8'));
    expect(owners(result)).toEqual(['lo 127.0.0.1/8', 'eth0 10.0.0.2/24']);
  });

  test('M4: an index of a plugin before us that points nowhere does not come to point at ours', () => {
    const before = { ...EMPTY_RESULT, ips: [{ address: '10.9.0.2/24', interface: 0, gateway: undefined }] };
    expect(owners(merged([resultOf('eth0', '10.0.0.2/24')], before).result)).toEqual([
      '- 10.9.0.2/24',
      'eth0 10.0.0.2/24',
    ]);
  });

  test('M6: two routes to one destination are both kept, and a warning says so', () => {
    const routes = (dst: string) => ({ routes: [{ dst, gw: '10.0.0.1' }] });
    const { result, warnings } = merged([
      resultOf('eth0', '10.0.0.2/24', routes('0.0.0.0/0')),
      resultOf('eth1', '10.1.0.2/24', routes('0.0.0.0/0')),
      resultOf('eth2', '10.2.0.2/24', routes('10.9.0.0/16')),
      resultOf('eth3', 'fd00::2/64', routes('::/0')),
    ]);
    expect(result.routes).toHaveLength(4);
    expect(warnings).toEqual(['network "n1" made a second route to 0.0.0.0/0']);
  });

  test('M6: each route is looked at a few times, however many there are', () => {
    const { items, reads } = countedReads(
      Array.from({ length: 300 }, (_, index) => ({ dst: `10.${index >> 8}.${index & 255}.0/24`, gw: '10.0.0.1' })),
      'dst',
    );
    const attachment = attachmentOf('a', 'eth0');
    const result = { ...EMPTY_RESULT, routes: items };
    const { warnings } = mergeResults(
      [1, 2].map(() => ({ attachment, result })),
      undefined,
    );
    expect(warnings).toHaveLength(items.length);
    expect(reads()).toBeLessThan(10 * items.length);
  });

  test('M23: resolver settings are merged in the same order', () => {
    const dns = (server: string) => ({ dns: { nameservers: [server], search: [], options: [] } });
    const { result } = merged([resultOf('eth0', '10.0.0.2/24', dns('a')), resultOf('eth1', '10.1.0.2/24', dns('b'))]);
    expect(result.dns.nameservers).toEqual(['a', 'b']);
  });

  test('of no outcome and no earlier result nothing comes', () => {
    expect(mergeResults([], undefined)).toEqual({ result: EMPTY_RESULT, warnings: [] });
  });
});

test('M2, M3, M4: every index points at an interface, and at the one that its own network gave it', () => {
  const wild = results(fc.integer({ min: -2, max: 6 }));
  fc.assert(
    fc.property(fc.array(wild, { maxLength: 4 }), fc.option(wild, { nil: undefined }), (list, prevResult) => {
      const { result } = merged(list, prevResult);
      const start = prevResult?.ips.length ?? 0;
      const isInside = (index: number | undefined) =>
        index !== undefined && index >= 0 && index < result.interfaces.length;
      for (const [index, ip] of result.ips.entries()) {
        expect(isInside(ip.interface) || (index < start && ip.interface === undefined)).toBe(true);
      }
      expect(result.ips.map((ip) => ip.address)).toEqual(
        [...(prevResult ? [prevResult] : []), ...list].flatMap(({ ips }) => ips.map((ip) => ip.address)),
      );
      let at = start;
      for (const [number, { interfaces, ips }] of list.entries()) {
        for (const ip of ips) {
          const given = ip.interface === undefined ? undefined : interfaces[ip.interface];
          const landed = result.interfaces[result.ips[at]?.interface ?? -1];
          expect(landed).toEqual(given ?? expect.objectContaining({ name: `eth${number}` }));
          at += 1;
        }
      }
    }),
  );
});
