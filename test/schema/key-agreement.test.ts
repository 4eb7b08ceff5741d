import { describe, expect, test } from 'vitest';
import { isForMultus, keyConflict, overruledKeyWarnings } from '../../src/schema/key-agreement.ts';
import { type NodeConfigKeys, parseNodeConfigKeys } from '../../src/schema/node-config.ts';

function keysOf(raw: Record<string, unknown>): NodeConfigKeys {
  const parsed = parseNodeConfigKeys(raw);
  if (parsed.kind !== 'read') throw new Error(parsed.message);
  return parsed.keys;
}

describe('keyConflict', () => {
  test.each([
    [{ defaultPlugin: 'a', clusterNetwork: 'b' }, 'defaultPlugin', ['"defaultPlugin"', '"clusterNetwork"']],
    [{ defaultPlugin: ['a'], delegates: [{}] }, 'defaultPlugin', ['"defaultPlugin"', '"delegates"']],
    [{ default_plugin: 'a', delegates: [{}] }, 'default_plugin', ['"default_plugin"', '"delegates"']],
    [
      { defaultPlugin: 'a', delegates: [{}], clusterNetwork: 'b' },
      'defaultPlugin',
      ['"defaultPlugin"', '"clusterNetwork"'],
    ],
    [{ delegates: [] }, 'delegates', ['"delegates" must not be empty']],
    [{ auxiliaryCNIChainName: 'a' }, 'auxiliaryCNIChainName', ['"auxiliaryCNIChainName"', '"clusterNetwork"']],
    [
      { auxiliaryCNIChainName: 'a', delegates: [{}] },
      'auxiliaryCNIChainName',
      ['"auxiliaryCNIChainName"', '"clusterNetwork"'],
    ],
    [
      { auxiliaryCNIChainName: 'a', clusterNetwork: 'b' },
      'auxiliaryCNIChainName',
      ['"auxiliaryCNIChainName"', '"clusterNetwork"'],
    ],
    [{ multusNamespace: 'a', networkNamespace: 'b' }, 'multusNamespace', ['"multusNamespace"', '"networkNamespace"']],
    [
      { readinessindicatorfile: '/a', readinessFile: '/b' },
      'readinessindicatorfile',
      ['"readinessindicatorfile"', '"readinessFile"'],
    ],
  ])('%j: %s cannot stand, and the message has %j', (raw, key, parts) => {
    const conflict = keyConflict(keysOf(raw));
    expect(conflict?.key).toBe(key);
    for (const part of parts) expect(conflict?.message).toContain(part);
  });

  test.each([
    [{}],
    [{ defaultPlugin: 'a' }],
    [{ defaultPlugin: '', clusterNetwork: 'b' }],
    [{ defaultPlugin: [], delegates: [{}] }],
    [{ defaultPlugin: 'a', clusterNetwork: '' }],
    [{ defaultPlugin: 'a', defaultNetworks: ['b'] }],
    [{ delegates: [], clusterNetwork: 'a' }],
    [{ auxiliaryCNIChainName: '' }],
    [{ auxiliaryCNIChainName: 'a', clusterNetwork: '/b' }],
    [{ multusNamespace: 'a', networkNamespace: 'a' }],
    [{ readinessindicatorfile: '', readinessFile: '/b' }],
    [{ readinessindicatorfile: '/b', readinessFile: '/b' }],
  ])('%j agrees with itself', (raw) => {
    expect(keyConflict(keysOf(raw))).toBeUndefined();
  });
});

test.each([
  [{}, false],
  [{ defaultPlugin: 'a' }, false],
  [{ defaultNetworks: ['a'] }, false],
  [{ clusterNetwork: '' }, false],
  [{ clusterNetwork: 'a' }, true],
  [{ delegates: [{}] }, true],
])('%j was written for Multus: %s', (raw, isMultus) => {
  expect(isForMultus(keysOf(raw))).toBe(isMultus);
});

test.each<[Record<string, unknown>, string[]]>([
  [{}, []],
  [{ cniDir: '/m' }, []],
  [{ retryDeleteOnError: true }, []],
  [{ clusterNetwork: '/hosts/a' }, []],
  [{ clusterNetwork: 'a', defaultNetworks: ['b'] }, []],
  [{ clusterNetwork: 'a', delegates: [{}] }, ['"delegates" is ignored: "clusterNetwork" decides, as in Multus']],
  [
    { delegates: [{}], defaultNetworks: ['b'] },
    [
      '"defaultNetworks" is ignored beside "delegates", as in Multus; put them into "delegates", or use "clusterNetwork"',
    ],
  ],
  [{ cniDir: '/m', stateDir: '/s' }, ['"cniDir" is ignored: "stateDir" decides']],
  [
    { clusterNetwork: '/host/etc/cni/net.d/10-flannel.conflist' },
    [
      '"clusterNetwork" begins with "/host", where the daemon of Multus has the node’s files; write the path without it',
    ],
  ],
  [
    { retryDeleteOnError: false },
    [
      '"retryDeleteOnError": false has no effect: Braid always keeps the record of an attachment until its DEL succeeded',
    ],
  ],
])('what is said about %j: %j', (raw, warnings) => {
  expect(overruledKeyWarnings(keysOf(raw))).toEqual(warnings);
});
