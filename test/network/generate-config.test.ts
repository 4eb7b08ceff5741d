import { expect, test } from 'vitest';
import { generatedNetwork } from '../../src/network/generate-config.ts';

test('the generated lists are CNI-Genie’s, made valid, and give no address twice', () => {
  const ipam = (subnet: string) => ({ type: 'host-local', subnet });
  const raw = (type: string) => generatedNetwork(type)?.list.plugins.map((plugin) => plugin.raw);
  expect(raw('bridge')).toEqual([{ name: 'bridge', type: 'bridge', ipam: ipam('10.10.0.0/16') }]);
  expect(raw('macvlan')).toEqual([{ name: 'macvlan', type: 'macvlan', ipam: ipam('10.11.0.0/16') }]);
});

test.each(['sriov', 'constructor', '__proto__', ''])('there is none for %j', (type) => {
  expect(generatedNetwork(type)).toBeUndefined();
});
