import { describe, expect, test } from 'vitest';
import { nameInterfaces } from '../../src/selection/interface-names.ts';
import { parseNetworkList } from '../../src/selection/network-list.ts';
import type { WantedNetwork } from '../../src/selection/selection.ts';
import { failure } from '../samples/failure.ts';

const genie = { naming: 'eth', dialect: 'cni-genie', referrer: 'pod', options: {} } as const;

function named(list: string, ifName = 'eth0'): string[] {
  const wanted = parseNetworkList(list, 'annotation "cni"').map((item): WantedNetwork => ({ ...item, ...genie }));
  const selections = nameInterfaces(wanted, ifName);
  return selections.map(({ network, ifName: name, isPrimary }) => {
    return `${network.kind === 'named' ? network.name : '?'}@${name}${isPrimary ? '!' : ''}`;
  });
}

describe('nameInterfaces', () => {
  test.each([
    ['a', 'eth0', ['a@eth0!']],
    ['a,b,c', 'eth0', ['a@eth0!', 'b@eth1', 'c@eth2']],
    ['a,a', 'eth0', ['a@eth0!', 'a@eth1']],
    ['a@eth1,b', 'eth0', ['b@eth0!', 'a@eth1']],
    ['a,b@eth0', 'eth0', ['b@eth0!', 'a@eth1']],
    ['a,b@eth1,c', 'eth0', ['a@eth0!', 'b@eth1', 'c@eth2']],
    ['a@net1,b@net0', 'eth0', ['a@net1!', 'b@net0']],
    ['a,b', 'net0', ['a@net0!', 'b@eth0']],
    ['a@eth1,b,c,d@eth0', 'eth0', ['d@eth0!', 'a@eth1', 'b@eth2', 'c@eth3']],
  ])('M8: the list %o with CNI_IFNAME %s gives %j', (list, ifName, names) => {
    expect(named(list, ifName)).toEqual(names);
  });

  test('M8: two requests for one name are code 7 and name both items', async () => {
    expect(await failure(() => named('a@net0,b,c@net0'))).toMatchObject({
      code: 7,
      message: 'annotation "cni", item 3: interface name "net0" is already taken by annotation "cni", item 1',
      details: 'give each network of the pod its own interface name',
    });
  });
});
