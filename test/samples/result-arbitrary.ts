import fc from 'fast-check';
import { canonicalAddress } from '../../src/schema/ip-text.ts';
import type { CniResult } from '../../src/schema/result.ts';

const ip6 = fc
  .ipV6()
  .map((text) => canonicalAddress(text))
  .filter((text) => text?.includes(':') === true);
const cidr4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map((parts) => parts.join('/'));
const cidr6 = fc.tuple(ip6, fc.integer({ min: 0, max: 128 })).map((parts) => parts.join('/'));
const cidr = fc.oneof(cidr4, cidr6);
const word = fc.string({ minLength: 1, maxLength: 12 });
const size = fc.integer({ min: 1, max: 65_535 });

/** What is set or absent; never `undefined` under a key, as in JSON. */
function some<T, K extends keyof T>(shape: { [P in keyof T]: fc.Arbitrary<T[P]> }, requiredKeys: K[]) {
  return fc.record<T, K>(shape, { requiredKeys });
}

const gateway = fc.oneof(fc.ipV4(), ip6.map(String));

/** Results in canonical form, as a parse gives them. `index` generates what addresses point at. */
export function results(index: fc.Arbitrary<number>): fc.Arbitrary<CniResult> {
  return fc.record({
    interfaces: fc.array(
      some({ name: fc.string({ maxLength: 15 }), mac: word, sandbox: word, mtu: size, socketPath: word, pciID: word }, [
        'name',
      ]),
      { maxLength: 4 },
    ),
    ips: fc.array(
      fc.oneof(
        some({ address: cidr, interface: index, gateway }, ['address']),
        some({ address: cidr, gateway }, ['address']),
      ),
      { maxLength: 5 },
    ) as fc.Arbitrary<CniResult['ips']>,
    routes: fc.array(
      some(
        {
          dst: cidr,
          gw: gateway,
          mtu: size,
          advmss: size,
          priority: size,
          table: fc.nat(),
          scope: fc.nat({ max: 255 }),
        },
        ['dst'],
      ),
      { maxLength: 4 },
    ) as fc.Arbitrary<CniResult['routes']>,
    dns: some({ nameservers: fc.array(word), domain: word, search: fc.array(word), options: fc.array(word) }, [
      'nameservers',
      'search',
      'options',
    ]),
  });
}
