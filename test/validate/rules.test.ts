/** Every rule: what breaks it, and what is nearly the same and does not. */
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RULES, type RuleId } from '../../src/validate/rules.ts';
import {
  braid,
  definition,
  type Files,
  folderWith,
  gravesOf,
  network,
  pod,
  rulesOf,
  validateFolder,
} from './given-files.ts';

const NPWG = 'k8s.v1.cni.cncf.io/networks';
const DEFAULT = 'v1.multus-cni.io/default-network';
const HOST_LOCAL = (subnet: string, more: object = {}) => ({ ipam: { type: 'host-local', subnet, ...more } });
const PROFILE = readFileSync(resolve(import.meta.dirname, '../../delegates/dummy/profile.yaml'), 'utf8');
const ACME = PROFILE.replaceAll('dummy', 'acme');
const front = network('front');
const logical = (name: string) =>
  `---\napiVersion: alpha.network.k8s.io/v1\nkind: LogicalNetwork\nmetadata: {name: ${name}, namespace: shop}\nspec: {plugin: front}\n`;

interface Case {
  readonly rule: RuleId;
  readonly broken: Files;
  readonly whole: Files;
}

const CASES: readonly Case[] = [
  { rule: 'encoding', broken: { 'a.yaml': Buffer.from('a: \xe9', 'latin1') }, whole: { 'a.yaml': 'a: é \ufffd' } },
  { rule: 'syntax', broken: { 'a.conflist': '{"name": "a",}' }, whole: { 'a.yaml': '{name: a,}' } },
  {
    rule: 'duplicate-key',
    broken: { 'a.conflist': '{"name":"a","name":"b","plugins":[{"type":"bridge"}]}' },
    whole: { 'a.conflist': '{"name":"a","plugins":[{"type":"bridge"},{"type":"tuning"}]}' },
  },
  { rule: 'config-schema', broken: { 'a.conflist': network('a b') }, whole: { 'a.conflist': network('a.b') } },
  { rule: 'config-schema', broken: { 'a.conf': network('a') }, whole: { 'a.conf': { name: 'a', type: 'bridge' } } },
  {
    rule: 'braid-config',
    broken: { 'a.conflist': front, '0.conflist': braid({ apiTimeoutMs: 0 }) },
    whole: { 'a.conflist': front, '0.conflist': braid({ apiTimeoutMs: 1 }) },
  },
  {
    rule: 'braid-config',
    broken: { 'a.conflist': front, '0.conflist': braid({ kubeconfig: undefined, statusWriteBack: 'required' }) },
    whole: { 'a.conflist': front, '0.conflist': braid({ statusWriteBack: 'required' }) },
  },
  {
    rule: 'braid-key',
    broken: { 'a.conflist': front, '0.conflist': braid({ defaultPlugn: 'front' }) },
    whole: { 'a.conflist': front, '0.conflist': braid({ defaultPlugin: 'front' }) },
  },
  {
    rule: 'braid-key',
    broken: { 'a.conflist': front, '0.conflist': braid({ type: 'braid-standalone', defaultPlugn: 'front' }) },
    whole: { 'a.conflist': front, '0.conflist': braid({ type: 'braid-standalone', defaultPlugin: 'front' }) },
  },
  {
    rule: 'braid-blind',
    broken: { 'a.conflist': front, '0.conflist': braid({ kubeconfig: undefined }) },
    whole: {
      'a.conflist': front,
      '0.conflist': braid({ kubeconfig: undefined, capabilities: { 'io.kubernetes.cri.pod-annotations': true } }),
    },
  },
  {
    rule: 'definition-schema',
    broken: { 'a.yaml': definition('a', { type: 7 }) },
    whole: { 'a.yaml': definition('a', { type: 'bridge' }) },
  },
  {
    rule: 'definition-schema',
    broken: { 'a.yaml': definition('a', '{"type": ') },
    whole: { 'a.yaml': definition('a', '{"type": "bridge"}') },
  },
  {
    // It stands for a file of the node: of one of them, or of one that was not given.
    rule: 'definition-schema',
    broken: { 'a.yaml': definition('frnt', ''), 'net.d/10.conflist': front },
    whole: { 'a.yaml': definition('front', ''), 'a/10.conflist': network('b'), 'b/10.conflist': front },
  },
  {
    rule: 'network-unchecked',
    broken: { 'a.yaml': definition('front', '') + pod({ [NPWG]: 'front', [DEFAULT]: 'front' }) },
    whole: {
      'a.yaml': definition('front', '') + pod({ [NPWG]: 'front', [DEFAULT]: 'shop/front' }),
      'net.d/10.conflist': front,
    },
  },
  {
    rule: 'object-schema',
    broken: { 'a.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {namespace: a}\n' },
    whole: {
      'a.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n',
      'b.yaml': 'apiVersion: v1\nkind: Kustomization\n',
    },
  },
  {
    rule: 'object-twice',
    broken: { 'a.yaml': definition('a', { type: 'bridge' }) + definition('a', { type: 'ptp' }) },
    whole: { 'a.yaml': definition('a', { type: 'bridge' }) + definition('a', { type: 'ptp' }, 'other') },
  },
  {
    rule: 'profile-schema',
    broken: { 'acme/profile.yaml': `${ACME}\nextra: 1\n` },
    whole: { 'acme/profile.yaml': ACME },
  },
  { rule: 'profile-schema', broken: { 'other/profile.yaml': ACME }, whole: { 'acme/profile.yaml': ACME } },
  {
    rule: 'profile-clash',
    broken: { 'acme/profile.yaml': ACME.replace(/plugin: acme/, 'plugin: bridge') },
    whole: { 'acme/profile.yaml': ACME },
  },
  {
    rule: 'fixture-schema',
    broken: { 'f.yaml': 'version: 1\ntitle: a\nsteps: [{verb: AD}]\n' },
    whole: { 'f.yaml': 'version: 1\ntitle: a\nsteps: [{verb: ADD}]\n', 'g.yaml': 'steps: []\n' },
  },
  {
    rule: 'name-twice',
    broken: { 'n/a.conflist': front, 'n/b.conflist': front },
    whole: { 'n/a.conflist': front, 'm/b.conflist': front },
  },
  {
    rule: 'subnet-invalid',
    broken: { 'a.conflist': network('a', HOST_LOCAL('10.0.0.0/33')) },
    whole: { 'a.conflist': network('a', HOST_LOCAL('usePodCidr')) },
  },
  {
    rule: 'version-skew',
    broken: { 'a.conflist': network('a', { type: 'calico' }, { cniVersion: '1.1.0' }) },
    whole: {
      'a.conflist': network('a', { type: 'calico' }),
      'b.conflist': network('b', { type: 'nobody' }, { cniVersion: '1.1.0' }),
    },
  },
  {
    rule: 'recursion',
    broken: { 'a.conflist': front, '0.conflist': braid({ defaultPlugin: 'braid' }) },
    whole: { 'a.conflist': front, '0.conflist': braid({ defaultPlugin: 'front' }) },
  },
  {
    rule: 'recursion',
    broken: { 'd.yaml': definition('lan', { type: 'braid' }) },
    whole: { 'd.yaml': definition('lan', { type: 'bridge' }) },
  },
  {
    rule: 'network-absent',
    broken: { 'p.yaml': pod({ cni: '', networks: 'lan' }) + logical('lann'), 'a.conflist': front },
    whole: { 'p.yaml': pod({ cni: '', networks: 'lan' }) + logical('lan'), 'a.conflist': front },
  },
  {
    rule: 'isolation',
    broken: {
      '0.conflist': braid({ namespaceIsolation: true }),
      'a.conflist': front,
      'p.yaml': pod({ [NPWG]: 'infra/lan' }) + definition('lan', { type: 'ptp' }, 'infra'),
    },
    whole: {
      '0.conflist': braid({ namespaceIsolation: true }),
      'a.conflist': front,
      'p.yaml': pod({ [NPWG]: 'shop/lan' }) + definition('lan', { type: 'ptp' }),
    },
  },
  {
    rule: 'isolation',
    broken: {
      '0.conflist': braid({ allowedNamespaces: { front: ['infra'] } }),
      'a.conflist': front,
      'b.conflist': network('back'),
      'p.yaml': pod({ cni: 'front' }),
    },
    whole: {
      '0.conflist': braid({ allowedNamespaces: { front: ['infra', 'shop'] }, defaultPlugin: 'back' }),
      'a.conflist': front,
      'b.conflist': network('back'),
      'p.yaml': pod({ cni: 'front' }),
    },
  },
  {
    rule: 'isolation-unused',
    broken: {
      'a.conflist': front,
      '0.conflist': braid({ allowedNamespaces: { frnt: ['shop'] }, defaultPlugin: 'front' }),
    },
    whole: { 'a.conflist': front, '0.conflist': braid({ allowedNamespaces: { front: ['shop'] } }) },
  },
  {
    rule: 'annotation',
    broken: { 'p.yaml': pod({ cni: 'front,,back' }) },
    whole: { 'p.yaml': pod({ cni: 'front,back' }) },
  },
  {
    rule: 'annotation',
    broken: { 'p.yaml': pod({ [NPWG]: '[{"name": "a", "mak": "x"}]' }) },
    whole: { 'p.yaml': pod({ [NPWG]: '[{"name": "a"}]' }) },
  },
  {
    rule: 'annotation-clash',
    broken: { 'p.yaml': pod({ cni: 'a@x,b@x' }) },
    whole: { 'p.yaml': pod({ cni: 'a@x,b@y' }) },
  },
  {
    rule: 'annotation-clash',
    broken: {
      'p.yaml': pod({
        [DEFAULT]: '[{"name": "a", "default-route": ["10.0.0.1"]}]',
        [NPWG]: '[{"name": "b", "default-route": ["10.0.0.2"]}]',
      }),
    },
    whole: { 'p.yaml': pod({ [DEFAULT]: '[{"name": "a", "default-route": ["10.0.0.1"]}]', [NPWG]: 'b' }) },
  },
  {
    rule: 'network-absent',
    broken: { 'a.conflist': front, 'p.yaml': pod({ cni: 'frnt' }) },
    whole: { 'a.conflist': front, 'p.yaml': pod({ cni: 'front' }) },
  },
  {
    rule: 'network-broken',
    broken: { 'p.yaml': pod({ [NPWG]: 'lan' }) + definition('lan', { type: 7 }) },
    whole: { 'p.yaml': pod({ [NPWG]: 'lan' }) + definition('lan', { type: 'ptp' }) },
  },
  {
    rule: 'option-uncarried',
    broken: {
      'p.yaml':
        pod({ [NPWG]: '[{"name": "lan", "ips": ["10.0.0.7", "10.0.0.8"]}]' }) + definition('lan', { type: 'ptp' }),
    },
    whole: {
      'p.yaml':
        pod({ [NPWG]: '[{"name": "lan", "ips": ["10.0.0.7", "10.0.0.8"]}]' }) +
        definition('lan', { type: 'ptp', capabilities: { ips: true } }),
    },
  },
  {
    rule: 'plugin-unsuited',
    broken: {
      'a.conflist': front,
      'b.conflist': network('multi', { type: 'multus' }),
      'p.yaml': pod({ cni: 'front,multi' }),
    },
    whole: {
      'a.conflist': front,
      'b.conflist': network('multi', { type: 'multus' }),
      'p.yaml': pod({ cni: 'multi,front' }),
    },
  },
  {
    rule: 'plan',
    broken: {
      '0.conflist': braid({ resultMode: 'merged' }, { cniVersion: '0.2.0' }),
      'a.conflist': front,
      'p.yaml': pod({ cni: 'front,front' }),
    },
    whole: {
      '0.conflist': braid({ resultMode: 'primary' }, { cniVersion: '0.2.0' }),
      'a.conflist': front,
      'p.yaml': pod({ cni: 'front,front' }),
    },
  },
  {
    rule: 'pod-doubt',
    broken: { 'a.conflist': front, 'p.yaml': pod({ 'k8s.v1.cni.cncf.io/network': 'lan' }) },
    whole: { 'a.conflist': front, 'p.yaml': pod({ 'example.com/network': 'lan' }) },
  },
  {
    rule: 'version-check',
    broken: { 'a.conflist': network('a', {}, { cniVersion: '0.3.1' }) },
    whole: { 'a.conflist': network('a', {}, { cniVersion: '0.4.0' }) },
  },
  {
    rule: 'version-result',
    broken: { 'a.conflist': front, '0.conflist': braid({}, { cniVersion: undefined }) },
    whole: { 'a.conflist': front, '0.conflist': braid({}, { cniVersion: '0.3.1' }) },
  },
  {
    rule: 'version-gc',
    broken: { 'a.conflist': front, '0.conflist': braid({}, { cniVersion: '1.0.0' }) },
    whole: { 'a.conflist': front, '0.conflist': braid({}, { cniVersion: '1.1.0' }) },
  },
  { rule: 'host-needs', broken: { 'a.conflist': network('a', { type: 'flannel' }) }, whole: { 'a.conflist': front } },
  {
    rule: 'network-unchecked',
    broken: { 'p.yaml': pod({ cni: 'front' }) },
    whole: { 'p.yaml': pod({ cni: 'front' }), 'a.conflist': front },
  },
];

describe('a rule', () => {
  test.each(CASES)('$rule says of what breaks it, and of nothing else', async ({ rule, broken, whole }) => {
    expect(await rulesOf(broken)).toContain(rule);
    expect(await rulesOf(whole)).not.toContain(rule);
  });

  test.each(CASES)('$rule: what is whole breaks no other rule either', async ({ whole }) => {
    expect((await gravesOf(whole)).filter((rule) => RULES[rule].severity === 'error')).toEqual([]);
  });

  test('unreadable: a path that is not there', async () => {
    expect(await rulesOf({}, { paths: ['/nowhere/at/all'] })).toEqual(['unreadable']);
  });

  test('unreadable: a link that leads to itself, beside which all other files are looked at', async () => {
    const folder = folderWith({ 'a.conflist': network('a b') });
    symlinkSync('loop.yaml', join(folder, 'loop.yaml'));
    symlinkSync('nowhere.yaml', join(folder, 'dangling.yaml'));
    const { findings, files } = await validateFolder(folder);
    expect(findings.map(({ rule, place }) => [rule, place.file])).toEqual([
      ['config-schema', join(folder, 'a.conflist')],
      ['unreadable', join(folder, 'loop.yaml')],
    ]);
    expect(files).toEqual([join(folder, 'a.conflist')]);
  });

  test('a key without a value is none', async () => {
    const empty =
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace:\n  annotations:\nspec:\n  containers:\n';
    const made = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {metadata: }}\n';
    expect(await rulesOf({ 'a.yaml': empty, 'b.yaml': made, 'n/a.conflist': front })).toEqual([]);
  });

  test("files of other programs are passed over, whatever they have in common with Braid's", async () => {
    const files = {
      'package.json': { name: '@acme/manifests', type: 'module' },
      'mkdocs.yml': 'site_name: a\nplugins: [search]\n',
      '.releaserc.json': { plugins: ['@semantic-release/git', ['@semantic-release/exec', {}]] },
      'pods/pod.yaml': pod({ cni: 'front' }),
      'node/net.d/10-front.conflist': front,
    };
    expect(await rulesOf(files)).toEqual([]);
    expect(await rulesOf({ 'a.json': { name: 'a/b', type: 'bridge' } })).toEqual(['config-schema']);
  });

  test('unrecognised: a file that was named and holds nothing of ours; one in a folder is passed over', async () => {
    const folder = folderWith({ 'package.json': { name: 'x' } });
    expect(await rulesOf({}, { paths: [join(folder, 'package.json')] })).toEqual(['unrecognised']);
    expect(await rulesOf({}, { paths: [folder] })).toEqual([]);
  });

  test('plugin-missing: only where there is a folder to look in', async () => {
    const bin = folderWith({ bridge: '#!/bin/sh\n', 'host-local': 'no program' });
    chmodSync(join(bin, 'bridge'), 0o755);
    const files = { 'a.conflist': network('a', HOST_LOCAL('10.0.0.0/24')) };
    expect(await gravesOf(files)).toEqual([]);
    expect(await gravesOf(files, { pluginDirs: [bin] })).toEqual(['plugin-missing']);
    writeFileSync(join(bin, 'host-local'), '#!/bin/sh\n');
    chmodSync(join(bin, 'host-local'), 0o755);
    expect(await gravesOf(files, { pluginDirs: [bin] })).toEqual([]);
  });

  test('each has a case here and a row in the documentation, as it stands in the code', () => {
    const elsewhere = ['unreadable', 'unrecognised', 'plugin-missing', 'subnet-overlap'];
    const tested = new Set<string>([...CASES.map(({ rule }) => rule), ...elsewhere]);
    expect(Object.keys(RULES).filter((rule) => !tested.has(rule))).toEqual([]);
    const document = readFileSync(resolve(import.meta.dirname, '../../docs/validate.md'), 'utf8');
    const rows = Object.entries(RULES).map(([id, { severity, about }]) => `| \`${id}\` | ${severity} | ${about} |`);
    expect(rows.filter((row) => !document.includes(row))).toEqual([]);
  });
});

describe('overlapping ranges', () => {
  const two = (one: object, other: object, where = 'b.conflist'): Files => ({
    'a.conflist': network('one', one),
    [where]: network('two', other),
  });
  const pool = (range: string) => ({ ipam: { type: 'whereabouts', range } });
  const sets = (...ranges: object[]) => ({ ipam: { type: 'host-local', ranges: ranges.map((range) => [range]) } });

  test.each([
    ['the same subnet', two(HOST_LOCAL('10.1.0.0/24'), HOST_LOCAL('10.1.0.0/24'))],
    ['one inside the other', two(HOST_LOCAL('10.1.0.0/16'), HOST_LOCAL('10.1.200.0/24'))],
    [
      'of IPv6, written in two ways',
      two(sets({ subnet: 'fd00:0:0:1::/64' }), sets({ subnet: '10.0.0.0/8' }, { subnet: 'fd00::1:0:0:0:0/64' })),
    ],
    ['of two kinds of IPAM', two(HOST_LOCAL('10.1.0.0/24'), pool('10.1.0.128/25'))],
    ['a range with its first and last address', two(HOST_LOCAL('10.1.0.0/24'), pool('10.1.0.9-10.1.0.12/16'))],
    [
      'a file and a definition',
      {
        'a.conflist': network('one', HOST_LOCAL('10.1.0.0/24')),
        'd.yaml': definition('two', { type: 'bridge', ...HOST_LOCAL('10.1.0.0/24') }),
      },
    ],
  ])('%s', async (_what, files) => {
    expect(await gravesOf(files)).toEqual(['subnet-overlap']);
  });

  test('of many networks are told once for each network, not once for each two', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const files = names.map((name): [string, object] => [`${name}.conflist`, network(name, HOST_LOCAL('10.1.0.0/24'))]);
    const folder = folderWith(Object.fromEntries(files));
    const { findings } = await validateFolder(folder);
    const from = `overlaps 10.1.0.0/24 of network "a" (${join(folder, 'a.conflist')}:`;
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/\)$/),
      expect.stringMatching(/\), and ranges of 1 more network$/),
      expect.stringMatching(/\), and ranges of 2 more networks$/),
    ]);
    for (const { message } of findings) expect(message).toContain(from);
  });

  test.each([
    [
      'two halves of one subnet',
      two(
        HOST_LOCAL('10.1.0.0/24', { rangeEnd: '10.1.0.99' }),
        HOST_LOCAL('10.1.0.0/24', { rangeStart: '10.1.0.100' }),
      ),
    ],
    ['neighbours', two(HOST_LOCAL('10.1.0.0/24'), HOST_LOCAL('10.1.1.0/24'))],
    ['files of two nodes', two(HOST_LOCAL('10.1.0.0/24'), HOST_LOCAL('10.1.0.0/24'), 'other/b.conflist')],
    ['two users of one pool', two(pool('10.1.0.0/24'), pool('10.1.0.7/24'))],
    [
      'two ranges of one network',
      { 'a.conflist': network('one', sets({ subnet: '10.1.0.0/24' }, { subnet: '10.1.0.0/16' })) },
    ],
    ['IPv4 and IPv6 of the same numbers', two(HOST_LOCAL('0.0.0.0/8'), HOST_LOCAL('::/104'))],
  ])('are not: %s', async (_what, files) => {
    expect(await gravesOf(files)).toEqual([]);
  });
});

test('an object whose kind is the name of a method is passed over', async () => {
  expect(await rulesOf({ 'a.yaml': 'apiVersion: v1\nkind: toString\nmetadata: {name: a}\n' })).toEqual([]);
});
