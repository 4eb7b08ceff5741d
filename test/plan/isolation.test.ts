import { describe, expect, test } from 'vitest';
import type { NetworkLookup } from '../../src/network/network-source.ts';
import { refuseForeignNamespaces, refuseReservedNetworks } from '../../src/plan/isolation.ts';
import type { IsolationSettings } from '../../src/request/node-config.ts';
import type { NetworkChoice, Referrer, Selection } from '../../src/selection/selection.ts';
import { failure } from '../samples/failure.ts';

const OPEN: IsolationSettings = { isIsolated: false, globalNamespaces: ['default'], allowedNamespaces: {} };

function selected(network: NetworkChoice, referrer: Referrer = 'pod'): Selection {
  return { network, referrer, ifName: 'net1', isPrimary: false, why: 'annotation "x"', dialect: 'npwg', options: {} };
}

function found(name: string, isNodeFile: boolean): NetworkLookup {
  const list = {
    name,
    reference: name,
    isNodeFile,
    cniVersion: undefined,
    isCheckDisabled: false,
    isGcDisabled: false,
  };
  return { kind: 'found', list: { ...list, plugins: [], origin: 'a test' }, warnings: [] };
}

function check(
  selection: Selection,
  {
    settings,
    podNamespace = 'shop',
    lookup = found('x', false),
  }: { settings: Partial<IsolationSettings>; podNamespace?: string; lookup?: NetworkLookup },
) {
  const policy = { podNamespace, settings: { ...OPEN, ...settings } };
  refuseForeignNamespaces([selection], policy);
  refuseReservedNetworks([selection], [lookup], policy);
}

const definition = (namespace: string): NetworkChoice => ({ kind: 'definition', namespace, name: 'x' });

describe('namespaceIsolation', () => {
  test.each([
    ['shop', 'pod'],
    ['default', 'pod'],
    ['infra', 'node'],
  ] as const)('lets a reference to namespace %s by the %s pass', (namespace, referrer) => {
    expect(() => check(selected(definition(namespace), referrer), { settings: { isIsolated: true } })).not.toThrow();
  });

  test.each(['pod', 'namespace'] as const)(
    'refuses another namespace by the %s, and names the rule',
    async (referrer) => {
      const refused = () => check(selected(definition('infra'), referrer), { settings: { isIsolated: true } });
      expect(await failure(refused)).toMatchObject({
        code: 7,
        message: 'annotation "x": a pod of namespace "shop" may not have network "infra/x": rule "namespaceIsolation"',
        details: expect.stringContaining('"globalNamespaces"'),
      });
    },
  );

  test('says so even when there is no such definition: a pod learns nothing of another namespace', async () => {
    const lookup: NetworkLookup = { kind: 'absent', known: ['secret'], searched: 'infra' };
    const refused = () => check(selected(definition('infra')), { settings: { isIsolated: true }, lookup });
    expect((await failure(refused)).message).toContain('rule "namespaceIsolation"');
  });

  test('a name without end is not repeated whole', async () => {
    const network: NetworkChoice = { kind: 'logical', namespace: 'infra', name: 'x'.repeat(9000) };
    const { message } = await failure(() => check(selected(network), { settings: { isIsolated: true } }));
    expect(message.length).toBeLessThan(400);
  });

  test('without it every namespace is open', () => {
    expect(() => check(selected(definition('infra')), { settings: {} })).not.toThrow();
  });
});

describe('allowedNamespaces', () => {
  const settings = { allowedNamespaces: { storage: ['infra', 'db'], none: [] } };
  const named: NetworkChoice = { kind: 'named', name: 'by-its-file-name' };

  test.each([
    [named, 'pod', 'storage'],
    [named, 'node', 'storage'],
    [definition('shop'), 'pod', 'storage'],
    [{ kind: 'logical', namespace: 'shop', name: 'l' }, 'pod', 'storage'],
    [named, 'pod', 'none'],
  ] as [NetworkChoice, Referrer, string][])(
    'keeps a node’s network from other pods: %j by the %s',
    async (network, referrer, name) => {
      const refused = () => check(selected(network, referrer), { settings, lookup: found(name, true) });
      expect(await failure(refused)).toMatchObject({
        code: 7,
        message: `annotation "x": a pod of namespace "shop" may not have network "${name}": rule "allowedNamespaces"`,
      });
    },
  );

  test('keeps a broken file as well, for its error tells of it', async () => {
    const broken = (nodeNetwork: string): NetworkLookup => ({ kind: 'broken', origin: '/f', cause: 'x', nodeNetwork });
    const refused = () => check(selected(named), { settings, lookup: broken('storage') });
    expect((await failure(refused)).message).toContain('rule "allowedNamespaces"');
    expect(() => check(selected(named), { settings, lookup: broken('front') })).not.toThrow();
  });

  test('lets the listed ones pass, networks without an entry, and what is no file of the node', () => {
    const pass = (podNamespace: string, lookup: NetworkLookup) => () =>
      check(selected(named), { settings, podNamespace, lookup });
    expect(pass('db', found('storage', true))).not.toThrow();
    expect(pass('shop', found('front', true))).not.toThrow();
    expect(pass('shop', found('constructor', true))).not.toThrow();
    expect(pass('shop', found('storage', false))).not.toThrow();
  });

  test('refuses a pod whose namespace nobody knows', async () => {
    const refused = () =>
      refuseReservedNetworks([selected(named)], [found('storage', true)], {
        podNamespace: undefined,
        settings: { ...OPEN, ...settings },
      });
    expect((await failure(refused)).code).toBe(7);
  });
});
