import { expect, test } from 'vitest';
import { configChanges } from '../../src/commands/explain/config-changes.ts';

test.each<[string, object, object, string[]]>([
  [
    'what every plugin gets',
    { capabilities: { mac: true } },
    { name: 'n', cniVersion: '1.0.0', runtimeConfig: {} },
    [],
  ],
  ['a name of its own that gave way', { name: 'own' }, { name: 'list' }, ['"name" is "list" in place of "own"']],
  [
    'the default route',
    { isDefaultGateway: true, ipam: { routes: [{ dst: '0.0.0.0/0' }, { dst: '10.0.0.0/8' }] } },
    { isDefaultGateway: false, isGateway: true, ipam: { routes: [{ dst: '10.0.0.0/8' }] } },
    [
      '"isDefaultGateway" is false in place of true',
      '"ipam.routes" without {"dst":"0.0.0.0/0"}',
      '"isGateway" is added: true',
    ],
  ],
  ['what the pod asks', { args: {} }, { args: { cni: { ips: ['a'] } } }, ['"args.cni" is added: {"ips":["a"]}']],
  ['what is the runtime’s', { prevResult: { a: 1 } }, {}, ['"prevResult" is taken out: {"a":1}']],
  ['a list that is another one', { ranges: [1, 2] }, { ranges: [3] }, ['"ranges" is [3] in place of [1,2]']],
  ['nothing', { ipam: { type: 'static' } }, { ipam: { type: 'static' } }, []],
])('%s', (_what, written, given, changes) => {
  expect(configChanges({ ...written }, { ...given })).toEqual(changes);
});
