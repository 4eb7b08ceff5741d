import { expect, test } from 'vitest';
import { parseResult } from '../../src/result/result-versions.ts';
import { parseNamespaceFacts } from '../../src/schema/namespace-facts.ts';
import { ScriptedNamespaces } from '../../src/testing/scripted-namespace.ts';

const NETNS = '/run/netns/pod';

/** A namespace with eth0 and net1, each with a default route of both families. */
function scene() {
  const namespaces = new ScriptedNamespaces();
  for (const [index, name] of ['eth0', 'net1'].entries()) {
    const json = {
      interfaces: [{ name: 'br0' }, { name, mac: '02:00:00:00:00:01', sandbox: NETNS }],
      ips: [
        { interface: 1, address: `10.${index}.0.5/24`, gateway: `10.${index}.0.1` },
        { address: `fd0${index}::5/64`, gateway: `fd0${index}::1` },
      ],
      routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }, { dst: `172.16.${index}.0/24`, gw: `10.${index}.0.9` }],
    };
    namespaces.attach(NETNS, name, parseResult(json, '1.0.0').result);
  }
  return (commands: string) => parseNamespaceFacts(namespaces.answer(NETNS, commands));
}

const defaults = (facts: ReturnType<ReturnType<typeof scene>>) =>
  facts.routes.filter(({ dst }) => dst.endsWith('/0')).map(({ dst, dev, gateway }) => `${dst} ${dev} ${gateway}`);

test('it holds what the results say, and nothing of the host', () => {
  const { links, addresses, routes } = scene()('');
  expect(links.map(({ name }) => name)).toEqual(['eth0', 'net1']);
  expect(addresses.slice(0, 2)).toEqual([
    { dev: 'eth0', address: '10.0.0.5/24' },
    { dev: 'eth0', address: 'fd00::5/64' },
  ]);
  expect(routes).toContainEqual({ dst: '172.16.1.0/24', dev: 'net1', gateway: '10.1.0.9' });
  expect(routes).toContainEqual({ dst: '::/0', dev: 'eth0', gateway: 'fd00::1' });
});

test('it obeys as the helper does', () => {
  const answer = scene();
  expect(defaults(answer('default net1 10.9.9.9\n'))).toEqual([
    '::/0 eth0 fd00::1',
    '0.0.0.0/0 net1 10.9.9.9',
    '::/0 net1 fd01::1',
  ]);
  expect(defaults(answer('default6 eth0\n'))).toEqual(['::/0 eth0 fd00::1', '0.0.0.0/0 net1 10.9.9.9']);
  expect(defaults(answer('default4 eth0\n'))).toEqual(['::/0 eth0 fd00::1']);
});
