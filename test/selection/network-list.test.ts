import { describe, expect, test } from 'vitest';
import { parseNetworkList } from '../../src/selection/network-list.ts';
import { failure } from '../samples/failure.ts';

const SOURCE = 'annotation "cni"';

describe('parseNetworkList', () => {
  test('blanks around items and around the @ are ignored', () => {
    expect(parseNetworkList(' weave @ eth1 , bridge', SOURCE)).toEqual([
      { network: { kind: 'named', name: 'weave' }, requestedIfName: 'eth1', where: 'annotation "cni", item 1' },
      { network: { kind: 'named', name: 'bridge' }, requestedIfName: undefined, where: 'annotation "cni", item 2' },
    ]);
  });

  test('a single item needs no number', () => {
    expect(parseNetworkList('canal', SOURCE)[0]?.where).toBe(SOURCE);
  });

  test.each([
    [['a', ''], 'annotation "cni", item 2: is empty', 'single commas'],
    [['a', '  '], 'annotation "cni", item 2: is empty', 'single commas'],
    [['a@b@c'], 'annotation "cni": "a@b@c" has more than one @', 'name@interface'],
    [['../x'], 'annotation "cni": "../x" is not a network name', 'never a path'],
    [['a/b'], '"a/b" is not a network name', 'never a path'],
    [['.'], '"." is not a network name', ''],
    [['a\0b'], 'is not a network name', ''],
    [['@eth0'], '"" is not a network name', ''],
    [['a b'], '"a b" is not a network name', ''],
    [['a@'], 'interface name "": interface name is empty', 'choose another name'],
    [['a@..'], 'interface name "..": interface name is . or ..', 'choose another name'],
    [['a@e/0'], 'contains / or : or whitespace', 'choose another name'],
    [['a@eth%d'], 'interface name "eth%d": Linux takes % for a pattern', 'choose another name'],
    [['a@e\ud800'], 'contains control characters', 'choose another name'],
    [['a@0123456789abcdef'], 'interface name "0123456789abcdef": interface name is too long', 'less than 16'],
  ])('%j is code 7: %s', async (items, message, hint) => {
    const error = await failure(() => parseNetworkList(items.join(','), SOURCE));
    expect(error.code).toBe(7);
    expect(error.message).toContain(message);
    expect(error.details).toContain(hint);
  });
});
