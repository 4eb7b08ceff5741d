import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { folderNames, readProfile } from '../../scripts/catalogue-files.ts';
import { CORE_KEYS, catalogueOf } from '../../src/catalogue/catalogue.ts';
import { openCatalogue } from '../../src/catalogue/open-catalogue.ts';
import { catalogueWith, packed, profileOf } from '../samples/catalogue.ts';
import { scratchFolder } from '../samples/scratch.ts';

const weave = profileOf('weave-net', { aliases: ['weave'] });

test('a plugin is known by its file’s name, a word by the name or an alias of a profile', () => {
  const own = profileOf('ovn', { binaries: { plugin: 'ovn-cni' } });
  const catalogue = catalogueWith(weave, own);
  expect([catalogue.ofPlugin('weave-net')?.name, catalogue.named('weave')?.name]).toEqual(['weave-net', 'weave-net']);
  expect([catalogue.ofPlugin('ovn-cni')?.name, catalogue.named('ovn')?.name]).toEqual(['ovn', 'ovn']);
  for (const word of ['weave', 'ovn', 'constructor', '__proto__', '']) expect(catalogue.ofPlugin(word)).toBeUndefined();
  expect(catalogue.named('ovn-cni')?.name).toBe('ovn');
  for (const word of ['constructor', '__proto__', '']) expect(catalogue.named(word)).toBeUndefined();
});

test('a system without a binary of its own has a name only', () => {
  const catalogue = catalogueWith(profileOf('canal', { kind: 'system', binaries: {} }));
  expect([catalogue.named('canal')?.name, catalogue.ofPlugin('canal')]).toEqual(['canal', undefined]);
});

test('one that is left out leaves ours of its name', () => {
  const device = profileOf('host-device');
  const clashing = { file: '/p/host-device/profile.yaml', profile: profileOf('host-device', { aliases: ['weave'] }) };
  const catalogue = catalogueOf([packed(weave), packed(device)], [clashing]);
  expect(catalogue.faults).toEqual([
    '/p/host-device/profile.yaml: "aliases[0]": "weave" belongs to profile "weave-net"; this profile is not used',
  ]);
  expect(catalogue.ofPlugin('host-device')).toEqual(device);
});

test('an operator’s profile takes the place of ours with its name, with all other names that ours had', () => {
  const file = '/p/weave-net/profile.yaml';
  const catalogue = catalogueOf([packed(weave)], [{ file, profile: profileOf('weave-net', { kind: 'meta' }) }]);
  expect(catalogue.ofPlugin('weave-net')?.kind).toBe('meta');
  expect(catalogue.named('weave')).toBeUndefined();
  expect(catalogue.faults).toEqual([]);
});

test.each([
  ['name', profileOf('weave'), '"name": "weave" is the name or an alias of profile "weave-net"'],
  ['alias', profileOf('x', { aliases: ['y', 'weave'] }), '"aliases[1]": "weave" belongs to profile "weave-net"'],
  [
    'plugin',
    profileOf('x', { binaries: { plugin: 'weave-net' } }),
    '"binaries.plugin": "weave-net" is the plugin of profile "weave-net"',
  ],
])('one whose %s belongs to another is left out, with file and key', (_what, profile, fault) => {
  const catalogue = catalogueOf([packed(weave)], [{ file: '/p/x/profile.yaml', profile }]);
  expect(catalogue.faults).toEqual([`/p/x/profile.yaml: ${fault}; this profile is not used`]);
  expect(catalogue.named('weave')?.name).toBe('weave-net');
  expect(catalogue.named('x')).toBeUndefined();
});

test('what is built in is what the profiles say, as far as the core uses it', async () => {
  const catalogue = await openCatalogue(undefined)();
  expect(catalogue.faults).toEqual([]);
  for (const profile of folderNames().map(readProfile)) {
    const keys = CORE_KEYS.filter((key) => key !== 'template' || profile.template?.isUsableAsIs);
    expect(catalogue.named(profile.name)).toEqual(
      Object.fromEntries(keys.flatMap((key) => (profile[key] === undefined ? [] : [[key, profile[key]]]))),
    );
    for (const alias of profile.aliases) expect(catalogue.named(alias)?.name).toBe(profile.name);
  }
});

function profileDir(files: Readonly<Record<string, string>>): string {
  const folder = scratchFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'profile.yaml'), text);
  }
  return folder;
}

const own = stringify(profileOf('own'));

test('profileDir: each folder has a profile, beside those that are built in', async () => {
  const folder = profileDir({ own });
  // As a ConfigMap is mounted.
  mkdirSync(join(folder, '..data'));
  symlinkSync(join(folder, 'own'), join(folder, 'linked'));
  writeFileSync(join(folder, 'README.md'), 'not a profile');
  const catalogue = await openCatalogue(folder)();
  expect(catalogue.ofPlugin('own')?.name).toBe('own');
  expect(catalogue.ofPlugin('flannel')?.name).toBe('flannel');
  expect(catalogue.faults).toEqual([
    `${folder}/linked/profile.yaml: "name" is "own", but its folder is "linked"; this profile is not used`,
  ]);
});

test.each([
  ['an unknown key', `${own}colour: red\n`, 'has the unknown key "colour"'],
  ['an unknown key inside', own.replace('secondary:', 'secundary:'), '"attachment.secondary" must be an object'],
  [
    'a wrong value',
    own.replace('kind: main', 'kind: mian'),
    '"kind" must be "main" or "ipam" or "meta" or "meta-multiplexer" or "system"',
  ],
  ['another name', own.replace('name: own', 'name: other'), '"name" is "other", but its folder is "own"'],
  ['a name that is a path', own.replace('name: own', 'name: ../own'), '"name" must be a plain file name'],
  [
    'a pattern that is none',
    own.replace('stderrNoise: []', 'stderrNoise: ["("]'),
    '"stderrNoise[0]" is no regular expression',
  ],
  [
    'no YAML',
    'a: [',
    'Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 5',
  ],
  ['nothing', '', 'must be an object'],
  [
    'a billion laughs',
    `a: &a [1,1]\nb: &b [*a,*a]\n${'c'.repeat(1)}: [${'*b,'.repeat(200)}*b]\n`,
    'Excessive alias count indicates a resource exhaustion attack',
  ],
])('profileDir: %s is a fault that names file and key, and the others are there', async (_what, text, fault) => {
  const folder = profileDir({ own: text, good: stringify(profileOf('good')) });
  const catalogue = await openCatalogue(folder)();
  const told = typeof fault === 'string' ? `${folder}/own/profile.yaml: ${fault}; this profile is not used` : fault;
  expect(catalogue.faults).toEqual([told]);
  expect([catalogue.ofPlugin('good')?.name, catalogue.ofPlugin('flannel')?.name]).toEqual(['good', 'flannel']);
});

test('profileDir: a folder without a profile, and one that is not there, are faults', async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'empty'));
  expect((await openCatalogue(folder)()).faults).toEqual([
    `${folder}/empty/profile.yaml: there is no such file; this profile is not used`,
  ]);
  const catalogue = await openCatalogue('/nowhere/profiles')();
  expect(catalogue.faults).toEqual([expect.stringMatching(/^profileDir "\/nowhere\/profiles" cannot be read: ENOENT/)]);
  expect(catalogue.ofPlugin('flannel')?.name).toBe('flannel');
});

test('profileDir: a folder without end is read to a point, and told of in few words', async () => {
  const folder = scratchFolder();
  for (let index = 0; index < 300; index++) mkdirSync(join(folder, `p${String(index).padStart(3, '0')}`));
  const { faults } = await openCatalogue(folder)();
  expect(faults).toHaveLength(11);
  expect(faults.at(-1)).toBe('and 247 more');
});

test('profileDir: a pipe in the place of a profile is waited for by nobody', async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'own'));
  execFileSync('mkfifo', [join(folder, 'own/profile.yaml')]);
  expect((await openCatalogue(folder)()).faults).toEqual([
    `${folder}/own/profile.yaml: it is not a regular file; this profile is not used`,
  ]);
});
