/** Recording and replaying as processes: what a runtime's calls leave behind, and what a person does with it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BundledCall } from '../../src/schema/bundle.ts';
import { BRAID_FORMS, type BraidCall, COMPILED, ON_NODE, prepareForms } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { AgentScene, hasLauncher } from './agent-scene.ts';
import { handScene } from './by-hand-scene.ts';
import { SelectScene } from './select-scene.ts';

beforeAll(prepareForms);

const scene = handScene();
const folder = () => join(scene.current.node.stateDir, 'recordings');
const names = () => (existsSync(folder()) ? readdirSync(folder()).toSorted() : []);
const bundle = (name: string) => JSON.parse(readFileSync(join(folder(), name), 'utf8'));
const braid = (...args: string[]) => scene.current.raw(ON_NODE, args);

/** A call of the runtime with the key `record`. */
function call(verb: string, record: object = {}, rest: Partial<BraidCall> = {}, form = COMPILED) {
  return scene.current.node.call(form, {
    verb,
    annotations: { cni: 'front,storage', 'example.com/other': 'private' },
    ...rest,
    config: { record, ...rest.config },
  });
}

describe.each(BRAID_FORMS)('with Braid $name', (form) => {
  test('as many requests as wanted are written down, readable by root alone, with no secret in them', async () => {
    scene.current.node.network('storage', ['macvlan'], { plugin: { addresses: ['10.2.0.2/24'], token: 'hush-1' } });
    const record = { requests: 2 };
    const rest = { config: { policy: { k8s_auth_token: 'hush-2' } }, env: { HTTP_PROXY: 'http://me:hush-3@proxy' } };
    expect((await call('ADD', record, rest, form)).code).toBe(0);
    expect((await call('DEL', record, rest, form)).code).toBe(0);
    expect((await call('ADD', record, rest, form)).code).toBe(0);
    // An agent answers before it writes.
    const written = () => (names().length === 2 && names().every((name) => name.endsWith('.json'))) || undefined;
    await pollUntil(written, { withinMs: 5000, what: 'two bundles' });
    expect(names()).toEqual(['0001-ADD-c1-eth0.json', '0002-DEL-c1-eth0.json']);
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    for (const name of names()) {
      expect(statSync(join(folder(), name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(folder(), name), 'utf8')).not.toMatch(/hush|private/);
    }
    expect(bundle('0001-ADD-c1-eth0.json')).toMatchObject({
      bundle: 1,
      request: { verb: 'ADD', otherVariables: form.agent ? [] : expect.arrayContaining(['HTTP_PROXY']) },
      pod: { namespace: 'shop', name: 'web', uid: 'u1', annotations: { cni: 'front,storage' } },
      delegates: [
        { variables: { CNI_COMMAND: 'ADD', CNI_IFNAME: 'eth0' }, end: { kind: 'exited', status: 0 } },
        { stdin: { token: '(hidden)' }, stdout: { ips: [{ address: '10.2.0.2/24' }] } },
      ],
      journal: { before: [], after: { 'c1/eth0': ['front eth0 added', 'storage eth1 added'] } },
      answer: { exitCode: 0, stdout: { ips: [{ interface: 0 }, { interface: 1 }] } },
    });
    const replayed = await braid('replay', folder());
    expect(replayed).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('2 as recorded') });
  });
});

test.skipIf(!hasLauncher().ok)('a burst of calls to an agent leaves a bundle and a trace of each', async () => {
  const agentScene = new AgentScene();
  await agentScene.startAgent();
  const [recordings, trace] = ['recordings', 'trace.jsonl'].map((name) => join(agentScene.node.dir, name));
  const config = { record: { folder: recordings }, trace: { file: trace } };
  const ids = Array.from({ length: 80 }, (_, index) => `c${index}`);
  const added = await Promise.all(ids.map((containerId) => agentScene.call('ADD', { containerId, config })));
  for (const answer of added) expect(answer).toMatchObject({ code: 0, stderr: '' });
  const bundles = () => readdirSync(recordings ?? '').filter((name) => name.endsWith('.json')).length;
  const traces = () => readFileSync(trace ?? '', 'utf8').split('\n').length - 1;
  const areThere = () => existsSync(recordings ?? '') && existsSync(trace ?? '') && bundles() + traces() === 160;
  await pollUntil(() => areThere() || undefined, { withinMs: 30_000, what: '80 bundles and traces' });
});

test('STATUS is left out unless it is asked for, and a verb that is not named is', async () => {
  await call('STATUS', {}, { cniVersion: '1.1.0' });
  await call('DEL', { verbs: ['STATUS'] });
  expect(names()).toEqual([]);
  await call('STATUS', { verbs: ['STATUS'] }, { cniVersion: '1.1.0' });
  expect(names()).toEqual(['0001-STATUS-c1-eth0.json']);
});

test('what fails is recorded with its rollback, and comes out the same again', async () => {
  scene.current.node.plugin('macvlan', { ADD: { exit: 1, stdout: { code: 11, msg: 'busy', details: 'wait' } } });
  expect((await call('ADD')).code).toBe(1);
  const show = await braid('record', 'show', join(folder(), '0001-ADD-c1-eth0.json'));
  expect(show.stdout).toMatch(/\nfailed with code 11 after \S+ ms: network "storage" .*: busy\n {2}wait\n$/);
  expect(bundle('0001-ADD-c1-eth0.json').delegates.map((each: BundledCall) => each.variables['CNI_COMMAND'])).toEqual([
    'ADD',
    'ADD',
    'DEL',
    'DEL',
  ]);
  expect((await braid('replay', folder())).stdout).toContain('1 as recorded');
});

test('a request whose answer nobody reads any more is written down like any other', async () => {
  const { node } = scene.current;
  const { env, stdin } = node.request({ verb: 'ADD', annotations: { cni: 'front' }, config: { record: {} } });
  const [file = '', ...args] = COMPILED.command;
  const child = spawn(file, args, { env });
  child.stdout.destroy();
  const ended = once(child, 'close');
  child.stdin.end(stdin);
  expect((await ended)[0]).toBe(1);
  expect(bundle('0001-ADD-c1-eth0.json')).toMatchObject({ delegates: [{}], answer: { exitCode: 0 } });
});

test('a folder that cannot be written costs a warning, and no pod', async () => {
  const place = join(scene.current.node.dir, 'a-file');
  writeFileSync(place, '');
  const added = await call('ADD', { folder: place });
  expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining('the request is not recorded: ') });
});

test('an error that quotes a secret is recorded without it, and comes out the same again', async () => {
  scene.current.node.plugin('macvlan', { ADD: { exit: 0, stdout: 'password=hush and no JSON' } });
  expect((await call('ADD')).json).toMatchObject({ code: 6, msg: expect.stringContaining('password=hush') });
  expect(readFileSync(join(folder(), '0001-ADD-c1-eth0.json'), 'utf8')).not.toContain('hush');
  expect((await braid('replay', folder())).stdout).toContain('1 as recorded');
});

test('a wrong key is refused by its name', async () => {
  const refused = await call('ADD', { request: 2 });
  expect(refused.json).toMatchObject({
    code: 7,
    msg: expect.stringContaining('"record" has the unknown key "request"'),
  });
});

describe('for pods with a label', () => {
  let cluster: SelectScene;
  beforeEach(async () => {
    cluster = await SelectScene.open(COMPILED);
  });
  afterEach(() => cluster.close());

  test('what was added under it is followed to its end, others are not written down', async () => {
    const config = { record: { podLabels: { app: 'web' }, folder: folder() } };
    cluster.pod({});
    await cluster.call('ADD', { config, containerId: 'other' });
    await cluster.call('DEL', { config, containerId: 'other' });
    expect(names()).toEqual([]);
    cluster.api.putObject('/api/v1/namespaces/shop/pods/web', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'shop', name: 'web', uid: 'u1', labels: { app: 'web', tier: 'front' } },
    });
    // The runtime hands over the annotations, and no labels.
    await cluster.call('ADD', { config, annotations: { color: 'red' } });
    await cluster.call('DEL', { config });
    expect(names()).toEqual(['0001-ADD-c1-eth0.json', '0002-DEL-c1-eth0.json']);
  });

  test('the runtime does not wait long for an API server that does not tell it', async () => {
    const config = { record: { podLabels: { app: 'web' }, folder: folder() }, statusWriteBack: 'off' };
    cluster.api.faults.hang = 9;
    const started = performance.now();
    const added = await cluster.call('ADD', { config, annotations: { color: 'red' } });
    expect(performance.now() - started).toBeLessThan(4000);
    expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining('no answer within 1000 ms') });
  });
});

test('the command switches it on and off in the file of the node, and nothing else there', async () => {
  const { conf } = scene.current;
  const before = readFileSync(conf, 'utf8');
  chmodSync(conf, 0o600);
  if (process.getuid?.() === 0) chownSync(conf, 1234, 1234);
  const { uid } = statSync(conf);
  const on = await braid('record', 'on', '--requests', '5', '--conf', conf);
  expect([on.code, on.stderr]).toEqual([0, '']);
  const { record } = JSON.parse(readFileSync(conf, 'utf8')).plugins[0];
  expect(record).toEqual({ requests: 5, folder: expect.stringContaining(`${folder()}/20`) });
  expect(on.stdout).toContain(`the next 5 requests will be written to ${record.folder}`);
  expect([statSync(conf).mode & 0o777, statSync(conf).uid]).toEqual([0o600, uid]);
  const off = await braid('record', 'off', '--conf', conf);
  expect(off.stdout).toBe(`Recording is off in ${conf}. What was recorded stays in ${record.folder}.\n`);
  expect(JSON.parse(readFileSync(conf, 'utf8'))).toEqual(JSON.parse(before));
  expect((await braid('record', 'off', '--conf', conf)).stdout).toBe(`Recording is not on in ${conf}.\n`);
  const document = JSON.parse((await braid('record', 'on', '--folder', '/a', '--conf', conf, '--json')).stdout);
  expect(document).toEqual({ file: conf, record: { requests: 100, folder: '/a' } });
  const blind = await braid('record', 'on', '--pod-label', 'app=web', '--conf', conf);
  expect([blind.code, blind.stderr]).toEqual([1, expect.stringContaining('names no kubeconfig')]);
});

test('a file that has a key twice stays as it is, for the change would count for nothing', async () => {
  const text = '{"cniVersion":"1.0.0","name":"x","plugins":[{"type":"bridge"}],"plugins":[{"type":"braid"}]}';
  const conf = scene.current.file('twice.conflist', text);
  const on = await braid('record', 'on', '--conf', conf);
  expect(on).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('has a key twice') });
  expect(readFileSync(conf, 'utf8')).toBe(text);
});

describe('a recorded ADD', () => {
  const file = () => join(folder(), '0001-ADD-c1-eth0.json');
  beforeEach(async () => void (await call('ADD')));

  test('is listed and shown', async () => {
    const { conf } = scene.current;
    const list = await braid('record', 'list', '--conf', conf);
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(/^\S+\/recordings\n.*\n.* ADD +shop\/web +2 .* ms +ok +0001-ADD-c1-eth0\.json\n$/);
    const document = JSON.parse((await braid('record', 'list', folder(), '--json')).stdout);
    expect(document.bundles).toMatchObject([{ file: file(), verb: 'ADD', pod: 'shop/web', calls: 2, exitCode: 0 }]);
    const show = await braid('record', 'show', file());
    expect(JSON.parse((await braid('record', 'show', file(), '--json')).stdout)).toMatchObject({ bundle: 1 });
    expect(show.stdout).toMatch(/^ADD of shop\/web, 20/);
    expect(show.stdout).toMatch(/ADD +storage +eth1 +macvlan +\S+ ms +ok/);
    expect(show.stdout).toMatch(/succeeded after \S+ ms\n$/);
  });

  test('becomes a fixture that passes, and fails once Braid is to do something else', async () => {
    const { stdout, code } = await braid('record', 'fixture', file());
    expect(code).toBe(0);
    const fixture = scene.current.file('made.yaml', stdout);
    expect(await braid('test', fixture)).toMatchObject({ code: 0, stdout: expect.stringContaining('1 passed') });
    writeFileSync(fixture, stdout.replaceAll('ADD macvlan eth1', 'ADD macvlan eth7'));
    expect(await braid('test', fixture)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('ADD macvlan eth7'),
    });
  });

  test('is explained where it was not recorded, with its own node', async () => {
    const { node } = scene.current;
    for (const name of readdirSync(node.confDir)) writeFileSync(join(node.confDir, name), '');
    const explained = await braid('explain', '--bundle', file());
    expect(explained).toMatchObject({ code: 0, stderr: '' });
    expect(explained.stdout).toMatch(/shop\/web\n.*\n├─ eth0 {2}front {2}primary\n/);
    expect(explained.stdout).toContain(`from    ${node.confDir}/10-storage.conflist`);
    const [{ attachments }] = JSON.parse((await braid('explain', '--bundle', file(), '--json')).stdout).pods;
    expect(attachments[1].plugins[0]).toMatchObject({
      type: 'macvlan',
      env: { CNI_CONTAINERID: 'c1', CNI_IFNAME: 'eth1' },
    });
    await call('DEL');
    const ofDel = await braid('explain', '--bundle', join(folder(), '0002-DEL-c1-eth0.json'));
    expect([ofDel.code, ofDel.stderr]).toEqual([1, expect.stringContaining('is of a DEL, which plans nothing')]);
    expect((await braid('explain', '--bundle', file(), 'web')).code).toBe(2);
  });

  test('that says what a terminal would obey is shown without it', async () => {
    const odd = bundle('0001-ADD-c1-eth0.json');
    odd.pod.name = 'web\u001b]0;title\u0007\nnext';
    odd.log = ['warn \u001b[2J'];
    odd.request.variables.CNI_PATH = '/a\\b:/\u001bc';
    writeFileSync(file(), JSON.stringify(odd));
    const shown = [
      ['record', 'list', file()],
      ['record', 'show', file()],
      ['replay', file()],
      ['explain', '--bundle', file()],
    ];
    for (const args of shown) {
      const { stdout } = await braid(...args);
      expect(stdout).toContain('web\ufffd]0;title\ufffd');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    }
  });

  test('that cannot be put on a disk is not replayed, and the next one is', async () => {
    const odd = bundle('0001-ADD-c1-eth0.json');
    odd.node.files = { '/a': '', '/a/b': '' };
    writeFileSync(join(folder(), '0000-odd.json'), JSON.stringify(odd));
    const { code, stdout } = await braid('replay', join(folder(), '0000-odd.json'), file());
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/not replayed: EEXIST[\s\S]*1 as recorded, 1 not replayed\n$/),
    ]);
  });

  test('that comes out otherwise is shown side by side', async () => {
    const changed = bundle('0001-ADD-c1-eth0.json');
    changed.answer.stdout.ips[0].address = '10.1.0.99/24';
    writeFileSync(file(), JSON.stringify(changed));
    const { code, stdout } = await braid('replay', file());
    expect(code).toBe(1);
    expect(stdout).toMatch(/- +address: 10\.1\.0\.99\/24\n +\+ +address: 10\.1\.0\.2\/24/);
    expect(stdout).toContain('- recorded   + replayed\n0 as recorded, 1 otherwise\n');
    const report = JSON.parse((await braid('replay', file(), '--json')).stdout);
    expect(report).toMatchObject({ same: 0, different: 1, bundles: [{ outcome: 'different', callCount: 2 }] });
  });

  test.each([
    [
      'of another version',
      (text: string) => text.replace('"bundle": 1', '"bundle": 2'),
      'it is a bundle of version 2 of Braid 0.1.0; this Braid reads version 1',
    ],
    [
      'that is damaged',
      (text: string) => text.replace('"delegates"', '"delegate"'),
      'it is damaged: "delegates" must be a list',
    ],
    [
      'without the answer it tells of',
      (text: string) => JSON.stringify({ ...JSON.parse(text), answer: { exitCode: 0, stdout: null } }),
      'it is damaged: its ADD succeeded, and "answer.stdout" has no result',
    ],
    ['that is cut off', (text: string) => text.slice(0, 200), 'it is not valid JSON: '],
    ['that is no bundle', () => '{"cniVersion":"1.0.0"}', 'it is no bundle'],
  ])('a bundle %s is named in one line', async (_what, change, message) => {
    writeFileSync(file(), change(readFileSync(file(), 'utf8')));
    const { code, stdout, stderr } = await braid('replay', file());
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`braid replay: ${file()}: ${message}`);
    expect(stderr.split('\n')).toHaveLength(2);
  });
});

test('a folder without bundles, and one that is not there', async () => {
  const empty = join(scene.current.node.dir, 'empty');
  mkdirSync(empty);
  expect(await braid('replay', empty)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`there is no bundle in ${empty}`),
  });
  expect(await braid('replay', `${empty}/x`)).toMatchObject({
    code: 1,
    stderr: `braid replay: cannot read ${empty}/x: there is no such file or folder\n`,
  });
  expect((await braid('record', 'list', empty)).stdout).toBe('Nothing is recorded.\n');
});

test('recordings that cannot be looked at are not taken for none', async () => {
  const { current } = scene;
  mkdirSync(current.node.stateDir, { recursive: true });
  symlinkSync('recordings', folder());
  const { code, stdout, stderr } = await braid('record', 'list', '--conf', current.conf);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(`cannot read ${folder()}: `);
});
