import { describe, expect, test } from 'vitest';
import { networkCardKey, withKey, withSubnet } from '../../../src/network/logical/change-list.ts';
import type { NetworkConfigList } from '../../../src/network/network-source.ts';
import type { JsonObject } from '../../../src/schema/json.ts';
import { catalogueWith, profileOf } from '../../samples/catalogue.ts';

function listOf(...raws: JsonObject[]): NetworkConfigList {
  const plugins = raws.map((raw) => ({ type: String(raw['type']), capabilities: ['ips'], raw }));
  return {
    name: 'a',
    reference: 'a',
    isNodeFile: true,
    cniVersion: '1.0.0',
    isCheckDisabled: false,
    isGcDisabled: true,
    plugins,
    origin: '/d/a.conflist',
  };
}

/** The `ipam` that becomes of one, and what went. */
function moved(ipam: unknown, subnet = '10.2.0.0/24') {
  const { list, dropped } = withSubnet(listOf({ type: 'bridge', ...(ipam === undefined ? {} : { ipam }) }), subnet);
  return { ipam: list.plugins[0]?.raw['ipam'], dropped };
}

describe('withSubnet', () => {
  test.each([
    ['an ipam without subnet', { type: 'weave-ipam' }, { type: 'weave-ipam', subnet: '10.2.0.0/24' }],
    ['a subnet', { type: 'host-local', subnet: '10.1.0.0/16' }, { type: 'host-local', subnet: '10.2.0.0/24' }],
    [
      'a word in its place',
      { type: 'host-local', subnet: 'usePodCidr' },
      { type: 'host-local', subnet: '10.2.0.0/24' },
    ],
    ['no ipam at all', undefined, { subnet: '10.2.0.0/24' }],
    ['empty ranges', { ranges: [] }, { ranges: [], subnet: '10.2.0.0/24' }],
    ['ranges that are none', { ranges: [7] }, { ranges: [7], subnet: '10.2.0.0/24' }],
    ['a range', { ranges: [[{ subnet: '10.1.0.0/16' }]] }, { ranges: [[{ subnet: '10.2.0.0/24' }]] }],
    [
      'a range before those of further addresses',
      { ranges: [[{ subnet: '10.1.0.0/16', x: 1 }], [{ subnet: 'fd00::/64' }]], routes: [] },
      { ranges: [[{ x: 1, subnet: '10.2.0.0/24' }], [{ subnet: 'fd00::/64' }]], routes: [] },
    ],
    [
      'a subnet beside ranges, which are further addresses then',
      { subnet: '10.1.0.0/16', ranges: [[{ subnet: 'fd00::/64' }]] },
      { subnet: '10.2.0.0/24', ranges: [[{ subnet: 'fd00::/64' }]] },
    ],
    [
      'bounds inside stay',
      { subnet: '10.2.0.0/16', rangeStart: '10.2.0.9', rangeEnd: '10.2.0.99', gateway: '10.2.0.1' },
      { subnet: '10.2.0.0/24', rangeStart: '10.2.0.9', rangeEnd: '10.2.0.99', gateway: '10.2.0.1' },
    ],
    [
      'what is no address stays',
      { gateway: 'auto', rangeEnd: 7 },
      { gateway: 'auto', rangeEnd: 7, subnet: '10.2.0.0/24' },
    ],
  ])('%s', (_what, ipam, expected) => {
    expect(moved(ipam)).toEqual({ ipam: expected, dropped: [] });
  });

  test('bounds and a gateway outside go, for host-local would refuse the range', () => {
    const outside = { rangeStart: '10.1.0.9', rangeEnd: '10.2.0.99', gateway: 'fd00::1', subnet: '10.1.0.0/16' };
    const expected = { rangeEnd: '10.2.0.99', subnet: '10.2.0.0/24' };
    const dropped = ['"rangeStart" 10.1.0.9', '"gateway" fd00::1'];
    expect(moved(outside)).toEqual({ ipam: expected, dropped });
    expect(moved({ ranges: [[outside]] })).toEqual({ ipam: { ranges: [[expected]] }, dropped });
  });

  test('the other ranges of the first set go: an address could come from them just as well', () => {
    const ranges = [[{ subnet: '10.1.0.0/16' }, { subnet: '10.3.0.0/16' }, { subnet: '10.4.0.0/16' }]];
    expect(moved({ ranges })).toEqual({
      ipam: { ranges: [[{ subnet: '10.2.0.0/24' }]] },
      dropped: ['2 more of the first "ranges"'],
    });
  });

  test('the first plugin alone is changed, and neither the list given nor anything else of it', () => {
    const before = listOf({ type: 'bridge', mtu: 1400, ipam: { subnet: '10.1.0.0/16' } }, { type: 'x', ipam: {} });
    const copy = structuredClone(before);
    const { list } = withSubnet(before, '10.2.0.0/24');
    expect(before).toEqual(copy);
    const [first, second] = before.plugins;
    expect(list).toEqual({
      ...before,
      plugins: [{ ...first, raw: { type: 'bridge', mtu: 1400, ipam: { subnet: '10.2.0.0/24' } } }, second],
    });
  });

  test('a strange key survives as what it is', () => {
    const ipam = JSON.parse('{"__proto__":{"x":1},"gateway":"10.1.0.1"}');
    expect(JSON.stringify(moved(ipam).ipam)).toBe('{"__proto__":{"x":1},"subnet":"10.2.0.0/24"}');
  });
});

test('the network card goes where the profile of the first plugin says', () => {
  const catalogue = catalogueWith(profileOf('sits', { hostInterfaceKey: 'parent' }), profileOf('floats'));
  const keyOf = (...plugins: { type: string }[]) => networkCardKey(listOf(...plugins), catalogue);
  expect([keyOf({ type: 'sits' }), keyOf({ type: 'floats' }), keyOf({ type: 'strange' }), keyOf()]).toEqual([
    'parent',
    undefined,
    undefined,
    undefined,
  ]);
  const list = withKey(listOf({ type: 'sits', parent: 'a' }, { type: 'x' }), 'parent', 'b');
  expect(list.plugins.map(({ raw }) => raw)).toEqual([{ type: 'sits', parent: 'b' }, { type: 'x' }]);
});
