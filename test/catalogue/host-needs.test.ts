import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type HostFacts, helpersOf, lacksOf } from '../../src/catalogue/host-needs.ts';
import { kernelModule, loadableModules } from '../../src/catalogue/kernel-modules.ts';
import { NODE_HOST } from '../../src/catalogue/node-host.ts';
import { WHOLE_HOST } from '../../src/catalogue/whole-host.ts';
import { hostWith, profileOf } from '../samples/catalogue.ts';
import { scratchFolder } from '../samples/scratch.ts';

const needs = {
  files: [{ path: '/run/a/subnet.env', kind: 'file', key: 'ipam.subnetFile', isFatal: true, hint: 'is a running?' }],
  kernelModules: [{ name: 'macvlan', why: 'it makes the link' }],
};
const profile = profileOf('a', { needs });

test('a file is looked for where the configuration says, else where the profile does', async () => {
  const missing = async (config: Record<string, unknown>, isTrusted = true) =>
    (await lacksOf(profile, { config, isTrusted }, hostWith())).map(({ what }) => what);
  expect(await missing({})).toEqual(['/run/a/subnet.env is missing']);
  expect(await missing({ ipam: { subnetFile: '/b' } })).toEqual(['/b is missing']);
  for (const config of [{ ipam: { subnetFile: '' } }, { ipam: { subnetFile: 1 } }, { ipam: null }]) {
    expect(await missing(config)).toEqual(['/run/a/subnet.env is missing']);
  }
  expect(await lacksOf(profile, { config: {}, isTrusted: true }, hostWith('/run/a/subnet.env'))).toEqual([]);
});

test('a path in a configuration that anybody may have written is not looked at', async () => {
  const asked: string[] = [];
  const host: HostFacts = {
    ...WHOLE_HOST,
    file: async (path) => {
      asked.push(path);
      return 'absent';
    },
  };
  expect(await lacksOf(profile, { config: { ipam: { subnetFile: '/etc/shadow' } }, isTrusted: false }, host)).toEqual(
    [],
  );
  expect(asked).toEqual([]);
  await lacksOf(profile, { config: {}, isTrusted: false }, host);
  expect(asked).toEqual(['/run/a/subnet.env']);
});

test('what nobody can tell is a lack that is not certain', async () => {
  const host: HostFacts = { ...WHOLE_HOST, file: async () => 'unknown' };
  expect(await lacksOf(profile, { config: {}, isTrusted: true }, host)).toMatchObject([
    { isCertain: false, isFatal: true },
  ]);
});

test('a kernel module is missing when it is certain that there is none', async () => {
  const missing = (answer: 'there' | 'absent' | 'unknown') =>
    lacksOf(profile, { config: {}, isTrusted: true }, { ...WHOLE_HOST, kernelModule: () => answer });
  expect([await missing('there'), await missing('unknown')]).toEqual([[], []]);
  expect(await missing('absent')).toEqual([
    {
      what: 'the kernel has no module "macvlan", and none to load',
      hint: 'it makes the link',
      path: undefined,
      isCertain: true,
      isFatal: false,
    },
  ]);
});

test('a helper has the name that the configuration gives it', () => {
  const helpers = [{ name: 'bridge', why: 'it makes the link', unless: 'delegate.type', isFatal: true }];
  const names = (config: Record<string, unknown>) =>
    helpersOf(profileOf('a', { binaries: { plugin: 'a', helpers } }), config).map(({ name }) => name);
  expect([names({}), names({ delegate: { type: 'macvlan' } }), names({ delegate: 'macvlan' })]).toEqual([
    ['bridge'],
    ['macvlan'],
    ['bridge'],
  ]);
});

function indexes(files: Readonly<Record<string, string>>): string {
  const folder = scratchFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('what can be loaded stands in two indexes, of which both must be there to be certain', () => {
  const builtin = 'kernel/net/bridge/bridge.ko\nkernel/net/8021q/8021q.ko\n';
  const dep = 'kernel/drivers/net/macvlan.ko.xz:\nkernel/net/sched/sch-tbf.ko: kernel/lib/other.ko\n';
  const folder = indexes({ 'modules.builtin': builtin, 'modules.dep': dep });
  expect(loadableModules(folder)).toEqual(new Set(['bridge', '8021q', 'macvlan', 'sch_tbf']));
  expect(loadableModules(indexes({ 'modules.builtin': builtin }))).toBeUndefined();
  expect(loadableModules(indexes({ 'modules.builtin': '', 'modules.dep': '' }))).toBeUndefined();
  const odd = indexes({ 'modules.dep': dep });
  mkdirSync(join(odd, 'modules.builtin'));
  expect(loadableModules(odd)).toBeUndefined();
});

test('a module that is installed later is seen', () => {
  const folder = indexes({ 'modules.builtin': 'kernel/a.ko\n', 'modules.dep': 'kernel/b.ko:\n' });
  expect(loadableModules(folder)).toEqual(new Set(['a', 'b']));
  writeFileSync(join(folder, 'modules.dep'), 'kernel/b.ko:\nkernel/c.ko:\n');
  utimesSync(join(folder, 'modules.dep'), 1, 1);
  expect(loadableModules(folder)).toEqual(new Set(['a', 'b', 'c']));
});

test('the running kernel is asked without a complaint', () => {
  expect(['absent', 'unknown']).toContain(kernelModule('no_such_module'));
});

describe('the node', () => {
  test('has files or has not; what it may not be asked is unknown', async () => {
    expect(await NODE_HOST.file('/etc/hostname')).toBe('there');
    expect(await NODE_HOST.file('/nowhere/at/all')).toBe('absent');
    expect(await NODE_HOST.file('/etc/hostname/below')).toBe('absent');
    expect(await NODE_HOST.file(`/${'x'.repeat(300)}`)).toBe('unknown');
  });

  test('tells a namespace from what was left at its path', () => {
    const folder = indexes({ left: '' });
    expect(NODE_HOST.namespace('/proc/self/ns/net')).toBe('there');
    expect(NODE_HOST.namespace(join(folder, 'left'))).toBe('left-over');
    for (const other of ['/dev/null', folder]) expect(NODE_HOST.namespace(other)).toBe('there');
    expect(NODE_HOST.namespace(join(folder, 'none'))).toBe('absent');
  });
});
