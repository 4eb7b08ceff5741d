/** Runtime side, the cache: R41 … R46. What Braid's journal holds in its place, and how it is read. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { asOtherVersion } from '../harness/foreign-record.ts';
import { added, NETNS, noted, recorded, recordFile, shellPlugin, written } from './runtime-scene.ts';

beforeAll(prepareForms);

const LIST = { cniVersion: '1.0.0', name: 'a-b', plugins: [{ type: 'one', deep: { x: [1] } }, { type: 'two' }] };

describe.each(BRAID_FORMS)('the journal, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    for (const type of ['one', 'two']) node.plugin(type);
    node.conf('10-a.conflist', LIST);
  });
  afterEach(() => node.dispose());

  const del = (rest: object = {}) => node.call(form, { verb: 'DEL', ...rest });
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

  test('R41: one file for a container’s interface, readable by its owner alone, in a folder that is ours', async () => {
    await added(node, form, 'a-b');
    await added(node, form, 'a-b', { ifName: 'net-1' });
    await added(node, form, 'a-b', { containerId: 'c1-eth0' });
    const folder = join(node.stateDir, 'attachments');
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(files).toHaveLength(3);
    expect([mode(folder), ...files.map((name) => mode(join(folder, name)))]).toEqual(['700', '600', '600', '600']);
    expect(existsSync(join(node.stateDir, 'results'))).toBe(false);
    expect(await del()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(node.records().filter((name) => name.endsWith('.json'))).toHaveLength(2);
  });

  test('R41: a container id of any length fits into a file name', async () => {
    // The scripted plugin has file names of its own, which end at 255 bytes.
    for (const type of ['one', 'two'])
      shellPlugin(node, type, `cat >/dev/null; [ "$CNI_COMMAND" != ADD ] || echo '{}'`);
    const containerIds = ['x'.repeat(400), `${'x'.repeat(400)}y`];
    for (const containerId of containerIds) await added(node, form, 'a-b', { containerId });
    expect(node.records().filter((name) => name.endsWith('.json'))).toHaveLength(2);
    for (const containerId of containerIds) expect(await del({ containerId })).toMatchObject({ code: 0, stdout: '' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('R42: a record holds its kind, every plugin’s configuration, namespace, arguments, folders and result', async () => {
    const args = 'IgnoreUnknown=1;K8S_POD_NAME=web';
    await added(node, form, 'a-b', { args });
    const { kind, checksum, record } = recorded(node);
    expect(kind).toBe('attachment/v1');
    expect(checksum).toBe(
      `sha256:${createHash('sha256')
        .update(`${kind}\n${JSON.stringify(record)}`)
        .digest('hex')}`,
    );
    expect(record).toMatchObject({ containerId: 'c1', ifName: 'eth0', netns: NETNS, networkName: 'braid' });
    expect(record.searchPath).toEqual([node.binDir]);
    const named = { name: 'a-b', cniVersion: '1.0.0' };
    expect(record.attachments).toEqual([
      expect.objectContaining({
        network: 'a-b',
        ifName: 'eth0',
        cniVersion: '1.0.0',
        cniArgs: args,
        plugins: [
          { type: 'one', config: { type: 'one', deep: { x: [1] }, ...named } },
          { type: 'two', config: { type: 'two', ...named } },
        ],
      }),
    ]);
    expect(noted(node)).toContainEqual({
      index: 0,
      phase: 'added',
      result: { cniVersion: '1.0.0', interfaces: [{ name: 'eth0', sandbox: NETNS }] },
    });
  });

  test.each([
    ['a bare result', () => '{"cniVersion":"1.0.0","ips":[]}'],
    ['an empty object', () => '{}'],
    ['empty', () => ''],
    ['changed in one place', (text: string) => text.replace('"deep"', '"DEEP"')],
  ])(
    'R43: a record that is %s is never taken for a result: reported once, set aside, then gone',
    async (_how, change) => {
      const { json } = await added(node, form, 'a-b');
      const text = readFileSync(recordFile(node), 'utf8');
      writeFileSync(recordFile(node), change(text));
      const checked = await node.call(form, { verb: 'CHECK', config: { prevResult: json } });
      expect(checked).toMatchObject({ code: 1, json: { code: 103 } });
      const deleted = await del();
      expect(deleted).toMatchObject({ code: 1, json: { code: 103, msg: expect.stringContaining('is damaged') } });
      const aside = readdirSync(join(node.stateDir, 'quarantine'));
      expect(aside.map((name) => readFileSync(join(node.stateDir, 'quarantine', name), 'utf8'))).toEqual([
        change(text),
      ]);
      expect(await del()).toMatchObject({ code: 0, stdout: '' });
    },
  );

  test('R43: a record of another version of Braid is refused every time and stays for the one that can read it', async () => {
    const { json } = await added(node, form, 'a-b');
    const other = asOtherVersion(readFileSync(recordFile(node), 'utf8'));
    writeFileSync(recordFile(node), other);
    const config = { prevResult: json };
    for (const verb of ['CHECK', 'DEL', 'DEL']) {
      const answer = await node.call(form, { verb, config });
      expect(answer).toMatchObject({ code: 1, json: { code: 103, msg: expect.stringContaining('attachment/v9') } });
    }
    expect(readFileSync(recordFile(node), 'utf8')).toBe(other);
    expect(node.calls().map(({ verb }) => verb)).toEqual(['ADD', 'ADD']);
  });

  test('R43: no record is no error', async () => {
    expect(await del({ annotations: { cni: 'a-b' } })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(node.calls()).toEqual([]);
  });

  test('R44: CHECK and DEL have configuration, arguments and capabilities as ADD had them', async () => {
    const capabilities = { portMappings: true };
    node.conf('10-a.conflist', { ...LIST, plugins: [{ type: 'one', capabilities }] });
    const runtimeConfig = { 'io.kubernetes.cri.pod-annotations': { cni: 'a-b' }, portMappings: [{ HostPort: 1 }] };
    const { json } = await node.call(form, { verb: 'ADD', args: 'IgnoreUnknown=1;A=1', config: { runtimeConfig } });
    node.conf('10-a.conflist', { ...LIST, plugins: [{ type: 'two' }] });
    const later = { args: 'IgnoreUnknown=1;A=2', config: { prevResult: json, runtimeConfig: { portMappings: [] } } };
    expect(await node.call(form, { verb: 'CHECK', ...later })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await del(later)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const seen = node.calls().map(({ plugin, env, stdin }) => [plugin, env['CNI_ARGS'], stdin.runtimeConfig]);
    const asAdded = ['one', 'IgnoreUnknown=1;A=1', { portMappings: [{ HostPort: 1 }] }];
    expect(seen).toEqual([asAdded, asAdded, asAdded]);
  });

  test('R44: plugins are looked for where the call says, then where ADD found them', async () => {
    await added(node, form, 'a-b');
    expect(await del({ cniPath: join(node.dir, 'elsewhere') })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(node.story().slice(2)).toEqual(['DEL two eth0', 'DEL one eth0']);
    expect(node.calls()[2]?.env['CNI_PATH']).toBe(`${join(node.dir, 'elsewhere')}:${node.binDir}`);
  });

  const gc = (valid: unknown) =>
    node.call(form, { verb: 'GC', cniVersion: '1.1.0', config: { 'cni.dev/valid-attachments': valid } });

  test.each([
    ['cut short', (text: string) => text.slice(0, 100)],
    ['empty', () => ''],
    ['of another version', asOtherVersion],
  ])('R45: GC reports a record that is %s, and still deletes what is stale', async (_how, change) => {
    await added(node, form, 'a-b');
    writeFileSync(recordFile(node), change(readFileSync(recordFile(node), 'utf8')));
    await added(node, form, 'a-b', { containerId: 'c2' });
    const answer = await gc([]);
    expect(answer).toMatchObject({ code: 1, json: { code: 103 } });
    expect(node.story().slice(4, 6)).toEqual(['DEL two eth0', 'DEL one eth0']);
    expect(node.calls()[4]?.env['CNI_CONTAINERID']).toBe('c2');
    expect(node.made().filter((name) => name.includes('-c2-'))).toEqual([]);
  });

  test('R45: what lies beside the records and is none is left alone', async () => {
    await added(node, form, 'a-b');
    const folder = join(node.stateDir, 'attachments');
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    mkdirSync(join(folder, 'folder'));
    expect(await gc([])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(node.records()).toEqual(['folder', 'notes.txt']);
  });

  test('R46: a record appears by rename: while plugins run it is whole, and no temporary file is left', async () => {
    shellPlugin(node, 'one', `cat >/dev/null; ls ${node.stateDir}/attachments > "$here/listing"; echo '{}'`);
    await added(node, form, 'a-b');
    expect(
      written(node, 'listing')
        .split('\n')
        .filter((name) => /\.json$|\.tmp$/.test(name)),
    ).toEqual([expect.stringMatching(/^c1-[0-9a-f]{16}\.json$/)]);
    expect(node.records().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('R46: a writer that was killed before its rename leaves no attachment behind', async () => {
    await added(node, form, 'a-b');
    const file = recordFile(node);
    const text = readFileSync(file, 'utf8');
    expect(await del()).toMatchObject({ code: 0 });
    writeFileSync(`${file}.tmp`, text.slice(0, text.length / 2));
    expect(await del()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(node.records()).toEqual([]);
    await added(node, form, 'a-b');
    rmSync(node.confDir, { recursive: true });
    expect(await del()).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});
