/** What real plugins leave behind: told where it is certain, in words that name it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SeenCall } from '../../src/testing/plugins.ts';
import { leaksOf, readLeases } from '../../src/testing/real-leaks.ts';
import { scratchFolder } from '../samples/scratch.ts';

const add = (ifName: string, container = 'c1'): SeenCall => ({
  verb: 'ADD',
  plugin: 'bridge',
  env: { CNI_CONTAINERID: container, CNI_IFNAME: ifName, CNI_NETNS: `/run/netns/${container}` },
  stdin: {},
});
const there = (inPod: readonly string[], node: readonly string[] = []) => ({
  links: { node, pods: new Map([['/run/netns/c1', inPod]]) },
  leases: [],
});

test('nothing is told of what somebody has, and of the further links of a plugin that has one there', () => {
  const held = [add('eth0')];
  expect(leaksOf(there(['eth0', 'vrf1'], ['veth1']), held, held)).toEqual([]);
  expect(leaksOf(there([]), [], held)).toEqual([]);
});

test('what is still there when nobody has anything', () => {
  expect(leaksOf(there(['eth0', 'vrf1'], ['veth1']), [], [add('eth0')])).toEqual([
    'interface eth0 in /run/netns/c1',
    'interface vrf1 in /run/netns/c1',
    'interface veth1 of the node',
  ]);
});

test('an interface that was deleted, beside another that is held', () => {
  const calls = [add('eth0'), add('eth1')];
  expect(leaksOf(there(['eth0', 'eth1'], ['veth1']), calls.slice(0, 1), calls)).toEqual([
    'interface eth1 in /run/netns/c1',
  ]);
});

test('leases are read of files named after addresses, and belong to whom they say', () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'networks/front'), { recursive: true });
  const files = { '10.1.0.2': 'c1\r\neth0', 'fd00::3': 'c2\neth0\n', last_reserved_ip: 'x', lock: '' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'networks/front', name), text);
  const leases = readLeases(folder).toSorted((left, right) => left.owner.localeCompare(right.owner));
  expect(leases).toEqual([
    { network: 'front', address: '10.1.0.2', owner: 'c1/eth0' },
    { network: 'front', address: 'fd00::3', owner: 'c2/eth0' },
  ]);
  const held = [add('eth0')];
  expect(leaksOf({ ...there(['eth0']), leases }, held, held)).toEqual([
    'address fd00::3 of network front, leased to c2/eth0',
  ]);
});
