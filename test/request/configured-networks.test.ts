import { describe, expect, test } from 'vitest';
import type { ConfiguredNetwork } from '../../src/request/node-config.ts';
import { parseNodeConfig } from '../../src/request/node-config.ts';

const item = (text: string, place: string): ConfiguredNetwork => ({
  kind: 'item',
  text,
  place: `configuration key ${place}`,
});
const reference = (text: string, key: string): ConfiguredNetwork => ({
  kind: 'name-or-path',
  text,
  place: `configuration key "${key}"`,
});
const inline = (config: Record<string, unknown>, key: string): ConfiguredNetwork => ({
  kind: 'inline',
  config,
  place: `configuration key "${key}"`,
});

describe('the default networks', () => {
  test.each<[Record<string, unknown>, ConfiguredNetwork[] | undefined]>([
    [{}, undefined],
    [{ defaultPlugin: 'a, b' }, [item('a', '"defaultPlugin", item 1'), item(' b', '"defaultPlugin", item 2')]],
    [{ defaultPlugin: ['a', 'b'] }, [item('a', '"defaultPlugin", item 1'), item('b', '"defaultPlugin", item 2')]],
    [{ defaultPlugin: 'a@net0' }, [item('a@net0', '"defaultPlugin"')]],
    [{ default_plugin: 'weave' }, [item('weave', '"default_plugin"')]],
    [{ defaultPlugin: 'a', default_plugin: 'b' }, [item('a', '"defaultPlugin"')]],
    [{ defaultPlugin: '' }, undefined],
    [{ defaultPlugin: [] }, undefined],
    [{ default_plugin: '' }, undefined],
    [{ clusterNetwork: '' }, undefined],
    [{ clusterNetwork: 'flannel' }, [reference('flannel', 'clusterNetwork')]],
    [{ clusterNetwork: '/etc/cni/net.d/10.conf' }, [reference('/etc/cni/net.d/10.conf', 'clusterNetwork')]],
    [{ clusterNetwork: 'a', defaultPlugin: '' }, [reference('a', 'clusterNetwork')]],
    [{ delegates: [{ type: 'a' }] }, [inline({ type: 'a' }, 'delegates[0]')]],
    [
      { delegates: [{ type: 'a' }, { plugins: [] }] },
      [inline({ type: 'a' }, 'delegates[0]'), inline({ plugins: [] }, 'delegates[1]')],
    ],
    [{ delegates: [{ type: 'a' }], clusterNetwork: 'b' }, [reference('b', 'clusterNetwork')]],
    [{ delegates: [{ type: 'a' }], clusterNetwork: '' }, [inline({ type: 'a' }, 'delegates[0]')]],
  ])('of %j are %j', (raw, networks) => {
    expect(parseNodeConfig(raw).config.defaultNetworks).toEqual(networks);
  });

  test('a delegate stays the object that it was, whatever its keys are called', () => {
    const raw = JSON.parse('{"delegates": [{"__proto__": {"type": "x"}, "type": "a", "NOTE1": [1]}]}') as {
      delegates: object[];
    };
    const [first] = parseNodeConfig(raw).config.defaultNetworks ?? [];
    expect(first?.kind === 'inline' && first.config).toBe(raw.delegates[0]);
  });
});

describe('the extra networks', () => {
  const chain = (besidePath: string): ConfiguredNetwork => ({
    kind: 'chain-folder',
    name: 'chain',
    besidePath,
    place: 'configuration key "auxiliaryCNIChainName"',
  });

  test.each<[Record<string, unknown>, ConfiguredNetwork[]]>([
    [{}, []],
    [{ defaultNetworks: ['a', '/b'] }, [reference('a', 'defaultNetworks[0]'), reference('/b', 'defaultNetworks[1]')]],
    [{ defaultNetworks: [] }, []],
    [{ defaultPlugin: 'x', defaultNetworks: ['a'] }, [reference('a', 'defaultNetworks[0]')]],
    [{ clusterNetwork: 'x', defaultNetworks: ['a'] }, [reference('a', 'defaultNetworks[0]')]],
    [{ delegates: [{ type: 'x' }, { type: 'y' }] }, []],
    [{ delegates: [{ type: 'x' }], defaultNetworks: ['a'] }, []],
    [{ clusterNetwork: '/n/1.conf', auxiliaryCNIChainName: 'chain' }, [chain('/n/1.conf')]],
    [{ clusterNetwork: '/n/1.conf', auxiliaryCNIChainName: '' }, []],
    [
      { clusterNetwork: '/n/1.conf', auxiliaryCNIChainName: 'chain', defaultNetworks: ['a'] },
      [reference('a', 'defaultNetworks[0]'), chain('/n/1.conf')],
    ],
  ])('of %j are %j', (raw, networks) => {
    expect(parseNodeConfig(raw).config.extraNetworks).toEqual(networks);
  });
});
