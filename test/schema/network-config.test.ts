import { describe, expect, test } from 'vitest';
import { parseConfigList, parsePluginConfig, parseSingleConfig } from '../../src/schema/network-config.ts';
import { fault } from '../samples/failure.ts';

const bridge = { type: 'bridge', bridge: 'cni0' };

describe('parsePluginConfig', () => {
  test('R15: keys that only the plugin knows survive, only capabilities that are true count', () => {
    const json = { ...bridge, capabilities: { ips: true, mac: false }, ipam: { type: 'host-local', ranges: [[{}]] } };
    expect(parsePluginConfig(json)).toEqual({ type: 'bridge', capabilities: ['ips'], raw: json });
  });

  test.each([
    [null, 'a plugin must be a JSON object'],
    [['bridge'], 'a plugin must be a JSON object'],
    [{}, "missing 'type'"],
    [{ type: '' }, '"type" must not be empty'],
    [{ type: 1 }, '"type" must be a string'],
    [{ type: 'x'.repeat(256) }, '"type" is longer than any file name'],
    [{ ...bridge, capabilities: ['ips'] }, '"capabilities" must be an object'],
    [{ ...bridge, capabilities: { ips: 'yes' } }, '"capabilities.ips" must be a boolean'],
    [{ ...bridge, ipam: 'host-local' }, '"ipam" must be an object'],
    [{ ...bridge, dns: { nameservers: '1.1.1.1' } }, '"dns.nameservers" must be a list'],
    [{ ...bridge, dns: { search: [1] } }, '"dns.search[0]" must be a string'],
  ])('R7, R8: refuses %j: %s', (json, text) => {
    expect(fault(() => parsePluginConfig(json))).toBe(text);
  });
});

describe('parseConfigList', () => {
  test('a list is read with its flags off and no version', () => {
    expect(parseConfigList({ name: 'front', plugins: [bridge] })).toEqual({
      name: 'front',
      cniVersion: '',
      cniVersions: [],
      isCheckDisabled: false,
      isGcDisabled: false,
      isInlineOnly: false,
      plugins: [{ type: 'bridge', capabilities: [], raw: bridge }],
    });
  });

  test.each([
    [true, true],
    ['TRUE', true],
    ['true', true],
    [false, false],
    ['False', false],
  ])('R9: disableCheck, disableGC and loadOnlyInlinedPlugins take %o', (value, isOn) => {
    const flags = { disableCheck: value, disableGC: value, loadOnlyInlinedPlugins: value };
    expect(parseConfigList({ name: 'front', plugins: [bridge], ...flags })).toMatchObject({
      isCheckDisabled: isOn,
      isGcDisabled: isOn,
      isInlineOnly: isOn,
    });
  });

  test.each(['yes', '', 1, null, 'truely', 'xtrue'])('R9: disableCheck refuses %o', (value) => {
    const text = fault(() => parseConfigList({ name: 'front', plugins: [bridge], disableCheck: value }));
    expect(text).toBe('"disableCheck" must be true or false');
  });

  test.each([
    [[], 'not a JSON object'],
    [null, 'not a JSON object'],
    [{ plugins: [bridge] }, '"name" must be a string'],
    [{ name: 1, plugins: [bridge] }, '"name" must be a string'],
    [{ name: 'a', plugins: [] }, 'no plugins in list'],
    [{ name: 'a'.repeat(256), plugins: [bridge] }, '"name" has 256 characters, more than 255'],
    [{ name: 'a', plugins: null }, '"plugins" must be a list'],
    [{ name: 'a', plugins: [bridge, null] }, 'plugins[1]: a plugin must be a JSON object'],
    [{ name: 'a', plugins: [{}] }, "plugins[0]: missing 'type'"],
    [{ name: 'a', plugins: [bridge], cniVersion: 1 }, '"cniVersion" must be a string'],
    [{ name: 'a', plugins: [bridge], cniVersions: '1.0.0' }, '"cniVersions" must be a list'],
    [{ name: 'a', plugins: [bridge], cniVersions: [1] }, '"cniVersions[0]" must be a string'],
    [{ name: 'a', loadOnlyInlinedPlugins: true }, '"loadOnlyInlinedPlugins" is true, but there are no "plugins"'],
  ])('R7, R10, R13: refuses %j: %s', (json, text) => {
    expect(fault(() => parseConfigList(json))).toBe(text);
  });

  test.each(['', '../evil', 'a/b', '.hidden', 'a b', '__proto__/x'])(
    'R11: the name %o is refused before it is a path',
    (name) => {
      const text = fault(() => parseConfigList({ name, plugins: [bridge] }));
      expect(text).toContain(`"name" is ${JSON.stringify(name)}; it must begin with a letter or digit`);
    },
  );

  test('R10: a list without plugins may get them from its folder', () => {
    expect(parseConfigList({ name: 'a' }).plugins).toEqual([]);
  });
});

describe('parseSingleConfig', () => {
  test('R2: one plugin object becomes a list of one that takes nothing from a folder', () => {
    const json = { name: 'front', cniVersion: '0.4.0', ...bridge };
    expect(parseSingleConfig(json)).toMatchObject({
      name: 'front',
      cniVersion: '0.4.0',
      isInlineOnly: true,
      plugins: [{ type: 'bridge', raw: json }],
    });
  });

  test('R5: a list in such a file is refused', () => {
    expect(fault(() => parseSingleConfig({ name: 'front', plugins: [bridge] }))).toBe("missing 'type'");
  });

  test.each([
    [bridge, '"name" must be a string'],
    [{ name: '../x', ...bridge }, '"name" is "../x"'],
    [{ name: 'a', cniVersion: 4, ...bridge }, '"cniVersion" must be a string'],
  ])('R7: refuses %j: %s', (json, text) => {
    expect(fault(() => parseSingleConfig(json))).toContain(text);
  });
});
