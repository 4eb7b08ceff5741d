/** The catalogue's own files: each valid by itself, and all of them together without contradiction. */
import { describe, expect, test } from 'vitest';
import { folderNames, readProfile, readProfiles } from '../../scripts/catalogue-files.ts';
import { listFromJson } from '../../src/network/list-from-json.ts';
import { isJsonObject } from '../../src/schema/json.ts';

/** What stands at `plugins[0].ipam.subnet`. */
function valueAt(root: unknown, path: string): unknown {
  const keys = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  return keys.reduce<unknown>(
    (at, key) => (isJsonObject(at) || Array.isArray(at) ? (at as never)[key] : undefined),
    root,
  );
}

describe.each(folderNames())('delegates/%s', (name) => {
  test('is a valid profile under the name of its folder, each of its keys named once', () => {
    const profile = readProfile(name);
    const keys = profile.keys.map(({ key }) => key);
    expect(keys).toEqual([...new Set(keys)]);
  });

  test('its template is a valid list with every required key; its placeholders stand in it', () => {
    const { template, keys, binaries, kind } = readProfile(name);
    if (!template) return expect(['system', 'meta-multiplexer', 'ipam', 'meta', 'main']).toContain(kind);
    const list = listFromJson({ name, ...withoutNotes(template) }, { origin: name, isNodeFile: true });
    const own = list.plugins.find(({ type }) => type === binaries.plugin) ?? list.plugins[0];
    for (const { key } of keys.filter(({ isRequired }) => isRequired)) {
      expect(valueAt(own?.raw, key), `key "${key}"`).toBeDefined();
    }
    for (const { path } of template.placeholders) expect(valueAt(template, path), `placeholder ${path}`).toBeDefined();
  });

  test('what its attachment says is complete', () => {
    const { attachment } = readProfile(name);
    if (attachment.secondary.is !== 'possible') expect(attachment.secondary.why).toBeDefined();
    if (attachment.twice.is !== 'possible') expect(attachment.twice.why).toBeDefined();
    if (attachment.twice.is === 'with-own-folder') {
      expect([attachment.twice.key, attachment.twice.folder]).toEqual([expect.any(String), expect.any(String)]);
    }
  });
});

test('no two profiles have one name, alias or plugin', () => {
  expect(readProfiles().map(({ name }) => name)).toEqual(folderNames());
});

function withoutNotes({ cniVersion, plugins }: { cniVersion: string; plugins: readonly unknown[] }) {
  return { cniVersion, plugins };
}
