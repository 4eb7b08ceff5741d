import { describe, expect, test } from 'vitest';
import {
  checkedNic,
  deriveLogicalNetwork,
  parseLogical,
  parsePhysical,
} from '../../../src/network/logical/logical-network.ts';
import { fault } from '../../samples/failure.ts';

const derive = (logical: object, physical?: object) =>
  deriveLogicalNetwork(parseLogical({ spec: logical }), physical && parsePhysical({ spec: physical }));

const dedicated = (keys: object = {}) => ({
  refer_nic: 'eth0',
  sharedStatus: { dedicatedNet: true, plugin: 'weave', subnet: '10.32.0.0/16', ...keys },
});

describe('a logical network comes to', () => {
  test.each([
    ['its own plugin', { plugin: 'flannel' }, undefined, { plugin: 'flannel' }],
    [
      'with its own subnet',
      { plugin: ' flannel ', sub_subnet: '10.1.2.3/24' },
      undefined,
      { plugin: 'flannel', subnet: '10.1.2.0/24' },
    ],
    [
      'the plugin, subnet and card of a dedicated network',
      { physicalNet: 'p' },
      dedicated(),
      { plugin: 'weave', subnet: '10.32.0.0/16', nic: 'eth0' },
    ],
    [
      'a part of its subnet',
      { physicalNet: 'p', sub_subnet: '10.32.7.0/24' },
      dedicated(),
      { plugin: 'weave', subnet: '10.32.7.0/24', nic: 'eth0' },
    ],
    [
      'a dedicated network’s plugin rather than its own',
      { physicalNet: 'p', plugin: 'x' },
      dedicated(),
      { plugin: 'weave', subnet: '10.32.0.0/16', nic: 'eth0' },
    ],
    [
      'its own where the dedicated network names none',
      { physicalNet: 'p', plugin: 'x' },
      dedicated({ plugin: '' }),
      { plugin: 'x', subnet: '10.32.0.0/16', nic: 'eth0' },
    ],
    [
      'its own plugin on a shared network',
      { physicalNet: 'p', plugin: 'x' },
      dedicated({ dedicatedNet: false }),
      { plugin: 'x', subnet: '10.32.0.0/16', nic: 'eth0' },
    ],
    [
      'the same without sharedStatus, as CNI-Genie’s sample misspells it',
      { physicalNet: 'p', plugin: 'x' },
      { refer_nic: 'eth1', sharedStaus: {} },
      { plugin: 'x', nic: 'eth1' },
    ],
    [
      'its plugin, blank keys being none',
      { physicalNet: 'p', plugin: 'x', sub_subnet: null },
      { refer_nic: null, sharedStatus: null },
      { plugin: 'x' },
    ],
    [
      'the same one level down',
      { physicalNet: 'p', plugin: 'x' },
      { sharedStatus: { subnet: null, dedicatedNet: null } },
      { plugin: 'x' },
    ],
    [
      'a subnet of the other family than nothing',
      { plugin: 'x', sub_subnet: 'fd00::/64' },
      undefined,
      { plugin: 'x', subnet: 'fd00::/64' },
    ],
  ])('%s', (_rule, logical, physical, expected) => {
    expect(derive(logical, physical)).toEqual({ subnet: undefined, nic: undefined, ...expected });
  });

  test.each([
    [{}, undefined, 'it has neither "physicalNet" nor "plugin"'],
    [{ physicalNet: 'p' }, dedicated({ plugin: '' }), 'neither it nor its physical network names a "plugin"'],
    [
      { physicalNet: 'p' },
      dedicated({ dedicatedNet: false }),
      'its physical network is shared ("dedicatedNet" is not true), so it needs a "plugin" of its own',
    ],
    [
      { plugin: 'x', sub_subnet: '10.1/16' },
      undefined,
      '"sub_subnet" is "10.1/16", which is no subnet such as 10.1.0.0/16',
    ],
    [
      { physicalNet: 'p', sub_subnet: '10.32.0.0/24' },
      dedicated({ subnet: 'all' }),
      '"subnet" of its physical network is "all", which is no subnet such as 10.1.0.0/16',
    ],
    [
      { physicalNet: 'p', sub_subnet: '10.33.0.0/24' },
      dedicated(),
      '"sub_subnet" 10.33.0.0/24 is no part of 10.32.0.0/16, the "subnet" of its physical network',
    ],
    [
      { physicalNet: 'p', sub_subnet: '10.0.0.0/8' },
      dedicated(),
      '"sub_subnet" 10.0.0.0/8 is no part of 10.32.0.0/16, the "subnet" of its physical network',
    ],
    [
      { physicalNet: 'p', sub_subnet: 'fd00::/64' },
      dedicated(),
      '"sub_subnet" fd00::/64 is no part of 10.32.0.0/16, the "subnet" of its physical network',
    ],
  ])('nothing: %j with %j', (logical, physical, message) => {
    expect(fault(() => derive(logical, physical))).toBe(message);
  });
});

test.each([
  [null, 'must be an object'],
  [{}, '"spec" must be an object'],
  [{ spec: { plugin: 7 } }, '"spec.plugin" must be a string'],
])('%j is no logical network', (body, message) => {
  expect(fault(() => parseLogical(body))).toBe(message);
});

test.each([
  [{ spec: [] }, '"spec" must be an object'],
  [{ spec: { sharedStatus: { dedicatedNet: 'true' } } }, '"spec.sharedStatus.dedicatedNet" must be a boolean'],
])('%j is no physical network', (body, message) => {
  expect(fault(() => parsePhysical(body))).toBe(message);
});

test('a network card has a name that Linux takes', () => {
  expect(checkedNic('bond0.12')).toBe('bond0.12');
  expect(fault(() => checkedNic('a/b'))).toBe(
    '"refer_nic" of its physical network is "a/b": interface name contains / or : or whitespace characters',
  );
  expect(fault(() => checkedNic('x'.repeat(9000))).length).toBeLessThan(400);
});
