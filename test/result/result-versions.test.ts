import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseResult, printResult } from '../../src/result/result-versions.ts';
import { CNI_VERSIONS, type CniVersion, resultFamily } from '../../src/schema/cni-version.ts';
import { familyOf } from '../../src/schema/ip-text.ts';
import { type CniResult, EMPTY_RESULT } from '../../src/schema/result.ts';
import { failure } from '../samples/failure.ts';
import { results } from '../samples/result-arbitrary.ts';

const anyResult = results(fc.integer({ min: -2, max: 9 }));
const OLD = ['0.3.0', '0.3.1', '0.4.0'] as const;
const NEW = ['1.0.0', '1.1.0'] as const;

/** Through the text that a plugin would read. */
function through(result: CniResult, version: CniVersion): CniResult {
  const text = JSON.stringify(printResult(result, version));
  const parsed = parseResult(JSON.parse(text), '0.1.0');
  expect(parsed.version).toBe(version);
  return parsed.result;
}

describe('round trips', () => {
  test.each(NEW)('R60: nothing is lost through %s', (version) => {
    fc.assert(
      fc.property(anyResult, (result) => {
        expect(through(result, version)).toEqual(result);
      }),
    );
  });

  test.each(OLD)('R63, R64: through %s only mtu, socketPath and pciID of interfaces are lost', (version) => {
    fc.assert(
      fc.property(anyResult, (result) => {
        const bare = result.interfaces.map(({ mtu: _m, socketPath: _s, pciID: _p, ...rest }) => rest);
        const labelled = result.ips.map((ip) => ({ version: String(familyOf(ip.address)), ...ip }));
        expect(through(result, version)).toEqual({ ...result, interfaces: bare, ips: labelled });
      }),
    );
  });

  test('R65: through 0.2.0 the first address of each family is left, or it cannot be said at all', () => {
    fc.assert(
      fc.property(anyResult, (result) => {
        const first = [4, 6].flatMap((family) => result.ips.find((ip) => familyOf(ip.address) === family) ?? []);
        if (first.length === 0) {
          expect(() => printResult(result, '0.2.0')).toThrow('cannot convert: no valid IP addresses');
          return;
        }
        const kept = first.map(({ interface: _index, ...rest }) => rest);
        const { ips, interfaces, dns } = through(result, '0.2.0');
        expect({ ips, interfaces, dns }).toEqual({ ips: kept, interfaces: [], dns: result.dns });
      }),
    );
  });

  test('every version can be reached from every other, and a second pass changes nothing', () => {
    const withAddress = anyResult.filter((result) => result.ips.length > 0);
    const version = fc.constantFrom(...CNI_VERSIONS);
    fc.assert(
      fc.property(withAddress, version, version, (result, from, to) => {
        const arrived = through(through(result, from), to);
        expect(through(arrived, to)).toEqual(arrived);
        expect(resultFamily(to)).toBeDefined();
      }),
    );
  });
});

describe('printResult', () => {
  test('R67: index 0 is printed, an absent one stays absent', () => {
    const ips = [
      { address: '10.0.0.2/24', interface: 0, gateway: undefined },
      { address: '10.0.0.3/24', gateway: undefined },
    ];
    expect(printResult({ ...EMPTY_RESULT, ips }, '1.0.0')['ips']).toEqual([
      { interface: 0, address: '10.0.0.2/24' },
      { address: '10.0.0.3/24' },
    ]);
    expect(Object.keys((printResult({ ...EMPTY_RESULT, ips }, '1.0.0')['ips'] as object[])[1] ?? {})).toEqual([
      'address',
    ]);
  });

  test('R68: table and scope keep a 0, mtu, advmss and priority drop it, an empty interface name is printed', () => {
    const route = { dst: '10.9.0.0/16', gw: undefined, mtu: 0, advmss: 0, priority: 0, table: 0, scope: 0 };
    const result = { ...EMPTY_RESULT, interfaces: [{ name: '', mtu: 0 }], routes: [route] };
    expect(JSON.stringify(printResult(result, '1.1.0'))).toBe(
      '{"cniVersion":"1.1.0","interfaces":[{"name":""}],"routes":[{"dst":"10.9.0.0/16","table":0,"scope":0}]}',
    );
  });

  test.each([
    ['0.4.0', '{"cniVersion":"0.4.0","dns":{}}'],
    ['1.0.0', '{"cniVersion":"1.0.0"}'],
  ] as const)('at %s an empty dns is printed as the version has it', (version, text) => {
    expect(JSON.stringify(printResult(EMPTY_RESULT, version))).toBe(text);
  });

  test('R64: a delegate’s own label is kept within its format', () => {
    const { result } = parseResult({ ips: [{ version: '6', address: '10.0.0.2/24' }] }, '0.4.0');
    expect(printResult(result, '0.3.1')['ips']).toEqual([{ version: '6', address: '10.0.0.2/24' }]);
    expect(printResult(result, '1.0.0')['ips']).toEqual([{ address: '10.0.0.2/24' }]);
  });
});

describe('parseResult', () => {
  test.each([
    [{}, '1.0.0', '1.0.0'],
    [{ cniVersion: '' }, '0.4.0', '0.4.0'],
    [{ cniVersion: 7 }, '0.3.1', '0.3.1'],
    [{ cniVersion: '0.2.0' }, '1.0.0', '0.2.0'],
  ] as const)('R32: %j under a %s configuration is at %s', (json, config, version) => {
    expect(parseResult(json, config).version).toBe(version);
  });

  test('R32: an unknown version is code 6 and named', async () => {
    expect(await failure(() => parseResult({ cniVersion: '9.9.9' }, '1.0.0'))).toMatchObject({
      code: 6,
      message: 'unsupported CNI result version "9.9.9"',
      details: 'known: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0',
    });
  });

  test.each([[[]], ['{}'], [null], [1]])('R31: %j is no result', async (json) => {
    expect(await failure(() => parseResult(json, '1.0.0'))).toMatchObject({
      code: 6,
      message: 'the result is not a JSON object',
    });
  });

  test('R70: a missing address is told with its place', async () => {
    const json = { ips: [{ address: '10.0.0.2/24' }, { gateway: '10.0.0.1' }] };
    expect(await failure(() => parseResult(json, '1.0.0'))).toMatchObject({
      code: 6,
      message: 'the 1.0.0 result is not valid: "ips[1].address" must be a string',
    });
  });

  test('R71: a body of another family than its version has no addresses in it that could be mistaken', () => {
    expect(parseResult({ cniVersion: '0.2.0', ips: [{ address: '10.0.0.2/24' }] }, '1.0.0').result).toEqual(
      EMPTY_RESULT,
    );
  });
});
