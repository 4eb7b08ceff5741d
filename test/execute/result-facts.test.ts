import { expect, test } from 'vitest';
import { missingFacts } from '../../src/execute/result-facts.ts';
import { EMPTY_RESULT } from '../../src/schema/result.ts';
import { countedReads } from '../samples/counted-reads.ts';

test('each link, address and route of the namespace is looked at a few times, however many a result has', () => {
  const numbers = Array.from({ length: 300 }, (_, index) => `${index >> 8}.${index & 255}`);
  const result = {
    ...EMPTY_RESULT,
    interfaces: numbers.map((number) => ({ name: `net${number}`, sandbox: '/run/netns/pod' })),
    ips: numbers.map((number, index) => ({ address: `10.1.${number}/32`, interface: index, gateway: undefined })),
    routes: numbers.map((number) => ({ dst: `10.2.${number}/32`, gw: '10.1.0.1' })),
  };
  const counted = [
    countedReads(
      result.interfaces.map(({ name }) => ({ name })),
      'name',
    ),
    countedReads(
      result.ips.map(({ address }, index) => ({ address, dev: result.interfaces[index]?.name ?? '' })),
      'address',
    ),
    countedReads(
      result.routes.map(({ dst, gw }) => ({ dst, dev: 'net0.0', gateway: gw })),
      'dst',
    ),
  ] as const;
  const [links, addresses, routes] = counted;
  expect(missingFacts(result, { links: links.items, addresses: addresses.items, routes: routes.items })).toEqual([]);
  for (const { items, reads } of counted) expect(reads()).toBeLessThan(10 * items.length);
});
