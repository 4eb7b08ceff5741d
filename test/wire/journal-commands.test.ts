/** `braid attachments` and `braid gc` as a person runs them: reading touches nothing, and freeing wants to be told what to keep. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openStateDir } from '../../src/state/on-disk.ts';
import type { RecordedAttachment } from '../../src/state/state-store.ts';
import { COMPILED, requireBuild } from '../harness/braid-call.ts';
import { asOtherVersion } from '../harness/foreign-record.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { handScene } from './by-hand-scene.ts';

beforeAll(requireBuild);
const scene = handScene();

const GONE = '/run/netns/braid-test-gone';
const POD = 'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web';

function attachment(network: string, ifName: string, rest: Partial<RecordedAttachment> = {}): RecordedAttachment {
  const { binDir } = scene.current.node;
  const type = network === 'front' ? 'bridge' : 'macvlan';
  return attachmentOf(network, ifName, {
    cniArgs: POD,
    phase: 'added',
    plugins: [{ type, config: { type, name: network, cniVersion: '1.1.0', binDir } }],
    result: {
      cniVersion: '1.1.0',
      interfaces: [{ name: ifName, sandbox: scene.current.netns }],
      ips: [{ interface: 0, address: network === 'front' ? '10.1.0.2/24' : '10.2.0.2/24' }],
    },
    ...rest,
  });
}

/** Writes a record as an ADD does. */
async function recorded(containerId: string, netns = scene.current.netns, rest: Partial<RecordedAttachment> = {}) {
  const { node } = scene.current;
  const attachments = [attachment('front', 'eth0', rest), attachment('storage', 'san0')];
  await openStateDir(node.stateDir).write(recordOf(attachments, { containerId, netns, searchPath: [node.binDir] }));
}

const fileOf = (containerId: string) => {
  const name = scene.current.node.records().find((each) => each.startsWith(`${containerId}-`)) ?? '';
  return join(scene.current.node.stateDir, 'attachments', name);
};

/** Every file of the journal with its content. */
const journal = () =>
  readdirSync(scene.current.node.stateDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), 'utf8')]);

describe('attachments', () => {
  test('of a folder that is not there are none, and none is made', async () => {
    const folder = join(scene.current.node.dir, 'elsewhere');
    const { code, stdout } = await scene.current.raw(COMPILED, ['attachments', '--state-dir', folder]);
    expect([code, stdout]).toEqual([0, `There is no folder ${folder}: nothing was attached with it yet.\n`]);
    expect((await scene.current.raw(COMPILED, ['attachments', 'list', '--state-dir', folder, '--json'])).json).toEqual({
      stateDir: folder,
      isThere: false,
      records: [],
      unusable: [],
      quarantine: [],
    });
    expect(await scene.current.raw(COMPILED, ['attachments', 'web1', '--state-dir', folder])).toMatchObject({
      code: 1,
      stderr: `braid attachments list: there is no record of web1 (code 3)\n  there is no folder ${folder}: nothing was attached with it yet\n`,
    });
    expect(existsSync(folder)).toBe(false);
  });

  test('are listed with pod, networks, addresses, phase and namespace, and nothing changes', async () => {
    await recorded('c1');
    await recorded('c2', GONE, { phase: 'adding' });
    const before = journal();
    const { code, stdout, stderr } = await scene.current.run('attachments');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/ c1 +shop\/web +eth0 +front +10\.1\.0\.2\/24 +added +\d s +\S+\/netns\n/);
    expect(stdout).toMatch(/\n +san0 +storage +10\.2\.0\.2\/24 +added\n/);
    expect(stdout).toMatch(/ c2 .* adding .* \/run\/netns\/braid-test-gone \(gone\)\n/);
    const { json } = await scene.current.run('attachments', '--json');
    expect(json.records[1]).toMatchObject({
      containerId: 'c2',
      pod: 'shop/web',
      isNetnsThere: false,
      attachments: [
        { network: 'front', interface: 'eth0', addresses: ['10.1.0.2/24'], phase: 'adding', isPrimary: true },
        { network: 'storage', interface: 'san0', phase: 'added', isPrimary: false },
      ],
    });
    expect(journal()).toEqual(before);
  });

  test('can be looked at while a call and a garbage collection hold their locks', async () => {
    await recorded('c1');
    const state = openStateDir(scene.current.node.stateDir);
    const never = new AbortController().signal;
    await state.withLock('c1', never, async () => {
      expect((await scene.current.run('attachments', '--json')).json.records).toHaveLength(1);
      expect((await scene.current.run('gc', '--dry-run', '--json')).json.braid.records).toHaveLength(1);
    });
    await state.withExclusiveLock(never, async () => {
      expect((await scene.current.run('attachments')).code).toBe(0);
    });
  });

  test('that are damaged, of another version or set aside are told beside the others', async () => {
    for (const id of ['c1', 'c2', 'c3', 'c4']) await recorded(id);
    await openStateDir(scene.current.node.stateDir).quarantine({ containerId: 'c1', ifName: 'eth0' });
    writeFileSync(fileOf('c2'), 'torn');
    writeFileSync(fileOf('c3'), asOtherVersion(readFileSync(fileOf('c3'), 'utf8')));
    const { code, stdout } = await scene.current.run('attachments');
    expect(code).toBe(0);
    expect(stdout).toMatch(/ c4 +shop\/web/);
    expect(stdout).toMatch(/ {2}damaged: \S+\/c2-\w+\.json: it does not begin as a record does\n/);
    expect(stdout).toMatch(/ {2}of another version of Braid: \S+\/c3-\w+\.json: /);
    expect(stdout).toMatch(/ {2}set aside \S+Z, as it was damaged: \S+\/quarantine\/\S+-c1-\w+\.json\n/);
    const named = await scene.current.run('attachments', 'show', 'c2');
    expect([named.code, named.stderr]).toEqual([
      1,
      `braid attachments show: there is no readable record of c2 (code 3)\n  2 records cannot be read: ${fileOf('c2')}, ${fileOf('c3')}; braid attachments lists all that there is\n`,
    ]);
    const dry = await scene.current.run('gc', '--dry-run', '--json');
    const verdicts = dry.json.braid.records.map(({ verdict }: { verdict: string }) => verdict);
    expect(verdicts.toSorted()).toEqual(['keep', 'unusable', 'unusable']);
  });

  test('of a pod, a container or both are listed alone, and what is typed elsewhere is told of', async () => {
    const other = { cniArgs: 'K8S_POD_NAMESPACE=shop;K8S_POD_NAME=api' };
    await recorded('c1');
    await recorded('c2', scene.current.netns, other);
    await recorded('c3', scene.current.netns, other);
    const ids = (json: { records: { containerId: string }[] }) => json.records.map(({ containerId }) => containerId);
    expect(ids((await scene.current.run('attachments', 'shop/api', '--json')).json)).toEqual(['c2', 'c3']);
    expect(ids((await scene.current.run('attachments', 'list', 'web', 'c3:eth0', '--json')).json)).toEqual([
      'c3',
      'c1',
    ]);
    expect((await scene.current.run('attachments', 'shop/web')).stdout).toMatch(/^.*\n {2}c1 .*\n +san0 .*\n$/);
    expect(await scene.current.run('attachments', 'shop/wep')).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'braid attachments list: there is no record of shop/wep (code 3)\n  did you mean "shop/web"? braid attachments lists all that there is\n',
    });
    const del = await scene.current.run('del', 'shop/web');
    expect([del.code, del.stderr]).toEqual([2, expect.stringContaining('braid attachments POD tells the id.')]);
    expect(scene.current.node.records()).toHaveLength(3);
  });

  test('show prints one whole, with each configuration, and no secret', async () => {
    const config = { apiToken: 't0p', server: 'https://admin:pa55@fabric.example/', kubeconfig: '/etc/k', mtu: 9000 };
    await recorded('c1', scene.current.netns, {
      plugins: [{ type: 'bridge', config: { type: 'bridge', ...config } }],
      cniArgs: `${POD};PASSWORD=s3cret`,
    });
    const { code, stdout } = await scene.current.run('attachments', 'show', 'shop/web');
    expect(code).toBe(0);
    const shown = ['"apiToken": "(hidden)"', 'https://admin:(hidden)@fabric', '"/etc/k"', '9000', 'PASSWORD=(hidden)'];
    for (const part of shown) expect(stdout).toContain(part);
    const json = await scene.current.run('attachments', 'show', 'c1', '--json');
    expect(json.json.attachments[0].plugins[0]).toMatchObject({ type: 'bridge', config: { mtu: 9000 } });
    for (const secret of ['t0p', 'pa55', 's3cret']) expect(stdout + json.stdout).not.toContain(secret);
    expect(await scene.current.run('attachments', 'show', 'c9')).toMatchObject({
      code: 1,
      stderr:
        'braid attachments show: there is no record of c9 (code 3)\n  braid attachments lists all that there is\n',
    });
    expect(await scene.current.run('attachments', 'show')).toMatchObject({
      code: 2,
      stderr: "braid attachments show: missing required argument 'name'\nTry braid attachments show --help.\n",
    });
    for (const args of [[''], ['c1', ':eth0'], ['show', ':eth0']]) {
      const { code: status, stdout: none, stderr } = await scene.current.run('attachments', ...args);
      expect([status, none]).toEqual([2, '']);
      expect(stderr).toContain("is invalid for argument 'name'. It must name a pod or a container.\n");
    }
  });
});

describe('gc', () => {
  test('--dry-run says what is recorded for namespaces that are gone, and touches nothing', async () => {
    await recorded('c1');
    await recorded('c2', GONE);
    const before = journal();
    const { code, stdout, stderr } = await scene.current.run('gc', '--dry-run');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/ would be freed +c2 +shop\/web +eth0 +front +10\.1\.0\.2\/24 +its namespace \S+ is gone\n/);
    expect(stdout).toMatch(/ is kept +c1 .* its namespace is there\n/);
    expect(stdout).toMatch(/\n {2}network "front" \(bridge\): 1 valid\n/);
    expect(stdout).toContain('note: no valid attachments were named');
    expect([journal(), scene.current.node.story()]).toEqual([before, []]);
  });

  test('--dry-run with a set says the same that GC does then', async () => {
    await recorded('c1');
    await recorded('c2', GONE);
    const set = ['--valid', 'c2:eth0', '--json'];
    const dry = (await scene.current.run('gc', '--dry-run', ...set)).json.braid;
    expect(dry.records).toMatchObject([
      { containerId: 'c1', verdict: 'free', why: 'not among the valid ones; its namespace is still there' },
      { containerId: 'c2', verdict: 'keep', why: 'valid, though its namespace is gone' },
    ]);
    const { code, json } = await scene.current.run('gc', ...set);
    expect(code).toBe(0);
    expect(json.braid).toMatchObject({ isDryRun: false, records: dry.records, collections: dry.collections, left: [] });
    expect(scene.current.node.records()).toEqual([expect.stringMatching(/^c2-/)]);
    expect(scene.current.node.story()).toEqual(['DEL macvlan san0', 'DEL bridge eth0', 'GC bridge ', 'GC macvlan ']);
  });

  test('takes what is valid from standard input, and tells what could not be freed', async () => {
    await recorded('c1');
    await recorded('c2');
    scene.current.node.plugin('macvlan', { DEL: { exit: 1, stdout: { code: 120, msg: 'stuck' } } });
    const args = ['gc', '--conf', scene.current.conf, '--valid-from-file', '-'];
    const { code, stdout, stderr } = await scene.current.raw(COMPILED, args, '# kept\nc1:eth0\n');
    expect(code).toBe(1);
    expect(stdout).toMatch(/\n0 of 1 stale records freed after [\d.]+ ms\.\n$/);
    expect(stderr).toBe('braid gc: container c2: network "storage" (san0), plugin "macvlan" DEL: stuck (code 120)\n');
  });

  test('--gone frees what --dry-run shows, leaves all else alone, and tries all whatever fails', async () => {
    await recorded('c1');
    await recorded('c2', GONE);
    await recorded('c3', GONE);
    // How a namespace looks where its mount is not seen.
    await recorded('c4', scene.current.file('unseen', ''));
    // Without a namespace a DEL that fails is tried once more.
    const stuck = { exit: 1, stdout: { code: 120, msg: 'stuck' } };
    scene.current.node.plugin('macvlan', { DEL: [stuck, stuck, {}] });
    const dry = await scene.current.run('gc', '--gone', '--dry-run');
    expect(dry.stdout).toMatch(/ would be freed +c2 [\s\S]* would be freed +c3 [\s\S]* is kept +c1 /);
    expect(dry.stdout).not.toContain('collect');
    const first = await scene.current.run('gc', '--gone', '--json');
    expect(first.code).toBe(1);
    expect(first.json).toMatchObject({
      code: 120,
      msg: 'container c2: network "storage" (san0), plugin "macvlan" DEL: stuck',
      braid: { verb: 'GC', isDryRun: false, collections: [], left: [{ containerId: 'c2' }] },
    });
    const second = await scene.current.run('gc', '--gone');
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toMatch(
      / to be freed +c2 .*\n[\s\S]* is kept +c1 [\s\S]*\n1 of 1 stale records freed after [\d.]+ ms\.\n$/,
    );
    expect(scene.current.node.records()).toEqual([expect.stringMatching(/^c1-/), expect.stringMatching(/^c4-/)]);
    expect(scene.current.node.story().filter((call) => call.startsWith('GC'))).toEqual([]);
    expect(await scene.current.run('gc', '--gone', '--valid', 'c1:eth0')).toMatchObject({ code: 2, stdout: '' });
  });

  test('shows ids as attachments does, and del takes them so', async () => {
    const id = '4f2a9c'.repeat(10);
    await recorded(id, GONE);
    const { stdout } = await scene.current.run('gc', '--dry-run');
    expect(stdout).toContain(' would be freed  4f2a9c4f2a9c4  shop/web ');
    const del = await scene.current.run('del', '--container-id', '4f2a9c4f2a9c4');
    expect(del).toMatchObject({ code: 0, stdout: expect.stringContaining(`Container ${id} has given up 2 networks`) });
    expect(scene.current.node.records()).toEqual([]);
  });

  test('without a set is refused, saying why', async () => {
    await recorded('c1');
    const { code, stdout, stderr } = await scene.current.run('gc');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('which attachments are valid? Everything else would be freed');
    expect(scene.current.node.records()).toHaveLength(1);
  });
});
