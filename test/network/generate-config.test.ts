import { expect, test } from 'vitest';
import { openCatalogue } from '../../src/catalogue/open-catalogue.ts';
import { generatedNetwork } from '../../src/network/generate-config.ts';
import { profileOf } from '../samples/catalogue.ts';

test('the lists for bridge and macvlan are CNI-Genie’s, made valid, and give no address twice', async () => {
  const catalogue = await openCatalogue(undefined)();
  const ipam = (subnet: string) => ({ type: 'host-local', subnet });
  const raw = (name: string) => {
    const profile = catalogue.named(name);
    return profile && generatedNetwork(profile)?.list.plugins.map((plugin) => plugin.raw);
  };
  expect(raw('bridge')).toEqual([{ type: 'bridge', ipam: ipam('10.10.0.0/16') }]);
  expect(raw('macvlan')).toEqual([{ type: 'macvlan', ipam: ipam('10.11.0.0/16') }]);
});

test('a list takes the name of its profile, and names all that runs', () => {
  const template = { cniVersion: '0.4.0', isUsableAsIs: true, plugins: [{ type: 'a-cni', ipam: { type: 'a-ipam' } }] };
  const helpers = [
    { name: 'a-helper', why: 'it helps', isFatal: true },
    { name: 'another', why: 'it may help' },
  ];
  expect(generatedNetwork(profileOf('a', { template, binaries: { plugin: 'a-cni', helpers } }))).toMatchObject({
    list: {
      name: 'a',
      cniVersion: undefined,
      newestVersion: '0.4.0',
      origin: 'generated for plugin a',
      changes: ['generated from the profile of a, for the node has no file of that name'],
    },
    types: ['a-cni', 'a-ipam', 'a-helper'],
  });
});

test('there is none without a template, nor from one that is to be filled in', () => {
  const template = { cniVersion: '0.4.0', plugins: [{ type: 'a' }] };
  expect(generatedNetwork(profileOf('a'))).toBeUndefined();
  expect(generatedNetwork(profileOf('a', { template }))).toBeUndefined();
});
