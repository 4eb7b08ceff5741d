/** What is wrong with a fixture is told with its place and what could be meant; what is right keeps its places. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findFixtures } from '../../src/testing/find-fixtures.ts';
import { type FixtureReading, readFixture } from '../../src/testing/read-fixture.ts';
import { failure } from '../samples/failure.ts';
import { scratchFolder } from '../samples/scratch.ts';

const HEAD = 'version: 1\ntitle: a test\n';
const STEPS = 'steps:\n  - verb: ADD\n';

function fileOf(content: string | Buffer): string {
  const file = join(scratchFolder(), 'x.yaml');
  writeFileSync(file, content);
  return file;
}

/** The faults of a fixture as `LINE:COLUMN MESSAGE`. */
function faults(reading: FixtureReading): string[] {
  if (reading.kind === 'read') return [];
  return reading.faults.map(({ line, column, message }) => (line ? `${line}:${column} ${message}` : message));
}

const faultsOf = async (content: string | Buffer) => faults(await readFixture(fileOf(content)));

describe('a fixture that is wrong', () => {
  test.each([
    ['an unknown key at the top', `${HEAD}stepz: []\n${STEPS}`, ['3:1 unknown key "stepz"; did you mean "steps"?']],
    [
      'one that is like no other',
      `${HEAD}xyzzyx: 1\n${STEPS}`,
      [expect.stringContaining('3:1 unknown key "xyzzyx"; known here: version, title,')],
    ],
    [
      'an unknown key in a step',
      `${HEAD}${STEPS}    expct: {}\n`,
      ['5:5 "steps[0]": unknown key "expct"; did you mean "expect"?'],
    ],
    [
      'in an expectation',
      `${HEAD}${STEPS}    expect: { jurnal: {} }\n`,
      ['5:15 "steps[0].expect": unknown key "jurnal"; did you mean "journal"?'],
    ],
    [
      'in an expected call',
      `${HEAD}${STEPS}    expect: { calls: [{ call: ADD x, stdn: {} }] }\n`,
      ['5:38 "steps[0].expect.calls[0]": unknown key "stdn"; did you mean "stdin"?'],
    ],
    [
      'in an answer, and in one of several',
      `${HEAD}delegates:\n  a: { ADD: { eror: {} } }\n  b: { ADD: [{}, { hung: true }] }\n${STEPS}`,
      [
        '4:15 "delegates.a.ADD": unknown key "eror"; did you mean "error"?',
        '5:20 "delegates.b.ADD[1]": unknown key "hung"; did you mean "hang"?',
      ],
    ],
    [
      'a word in the place of answers',
      `${HEAD}delegates: { a: reel }\n${STEPS}`,
      ['3:14 "delegates.a" must be answers by verb, or "real"'],
    ],
    [
      'links that there cannot be',
      `${HEAD}node: { links: { "a b": [], eth1: [10.1.0.1] } }\n${STEPS}`,
      [
        '3:18 "node.links.a b" must be a name that a link can have',
        '3:36 "node.links.eth1[0]" must be an address with its prefix length',
      ],
    ],
    [
      'a verb that there is not',
      `${HEAD}steps:\n  - verb: ADDD\n`,
      [expect.stringMatching(/^4:5 "steps\[0\].verb" must be "ADD" or/)],
    ],
    [
      'a call that is none',
      `${HEAD}${STEPS}    expect: { calls: [bridge] }\n`,
      [expect.stringMatching(/^5:23 "steps\[0\].expect.calls\[0\]" must be VERB PLUGIN/)],
    ],
    [
      'a pattern that is none',
      `${HEAD}${STEPS}    expect: { error: '(' }\n`,
      ['5:15 "steps[0].expect.error" is no regular expression'],
    ],
    [
      'a path that leaves the node',
      `${HEAD}node: { exist: [/a/../b] }\n${STEPS}`,
      ['3:17 "node.exist[0]" must be an absolute path without ".."'],
    ],
    [
      'two endings of one call',
      `${HEAD}delegates: { a: { ADD: { exit: 1, hang: true } } }\n${STEPS}`,
      ['3:19 "delegates.a.ADD" can have one of exit, signal, hang, notStarted, overflow'],
    ],
    [
      'answers of a plugin that there is not',
      `${HEAD}delegates: { brigde: {} }\n${STEPS}`,
      ['3:14 "delegates": nothing else in this fixture names the plugin "brigde"'],
    ],
    [
      'answers of a plugin that is only a part of another name',
      `${HEAD}delegates: { bridg: {} }\n${STEPS}    args: { A: bridge, B: my-bridg }\n`,
      ['3:14 "delegates": nothing else in this fixture names the plugin "bridg"'],
    ],
    [
      'answers for a network that there is not',
      `${HEAD}delegates: { frnt/bridge: {} }\n${STEPS}    args: { A: bridge, B: front }\n`,
      ['3:14 "delegates": nothing else in this fixture names the network "frnt"'],
    ],
    [
      'answers of the helper by a verb',
      `${HEAD}delegates: { braid-netns: { ADD: {} } }\n${STEPS}`,
      ['3:14 "delegates": braid-netns has no verbs and no network: its answers stand under the key "RUN"'],
    ],
    [
      'answers of a plugin without a verb',
      `${HEAD}delegates: { bridge: { RUN: {} } }\n${STEPS}`,
      ['3:14 "delegates": "RUN" is for braid-netns alone'],
    ],
    [
      'a list for another verb than GC',
      `${HEAD}${STEPS}    valid: [c1/eth0]\n`,
      ['4:5 "steps[0]" has "valid", which only goes with GC'],
    ],
    [
      'a configuration beside a text',
      `${HEAD}${STEPS}    stdin: ''\n    configuration: {}\n`,
      [expect.stringMatching(/^4:5 "steps\[0\]" has "stdin", beside which/)],
    ],
    [
      'a result beside an error',
      `${HEAD}${STEPS}    expect: { error: x, result: {} }\n`,
      ['5:5 "steps[0].expect" can have one of result, error'],
    ],
    [
      '"exactly" of nothing',
      `${HEAD}${STEPS}    expect: { exactly: true, calls: [{ call: ADD a, exactly: true }] }\n`,
      [
        '5:5 "steps[0].expect" has "exactly", which needs "result"',
        '5:38 "steps[0].expect.calls[0]" has "exactly", which needs "env" or "stdin"',
      ],
    ],
    [
      'a fault that is none, and two in one',
      `${HEAD}api: [{ path: '*' }, { path: '*', status: 500, reset: true }]\n${STEPS}`,
      ['3:7 "api[0]" has no fault: "status", "latencyMs" or "reset"', '3:22 "api[1]" can have one of status, reset'],
    ],
    ['a key that is missing', STEPS, ['1:1 needs the key "version"', '1:1 needs the key "title"']],
    ['no step', `${HEAD}steps: []\n`, ['3:1 "steps" must not be empty']],
    [
      'a manifest that is none',
      `${HEAD}cluster:\n  - kind: Pod\n    apiVersion: v1\n${STEPS}`,
      ['4:5 "cluster[0]": needs the key "metadata"'],
    ],
    ['another version', `version: 2\ntitle: a\n${STEPS}`, ['1:1 "version" must be 1']],
    ['no YAML', 'version: [1\ntitle: ', [expect.stringMatching(/^\d+:\d+ it is no YAML: /)]],
    ['nothing', '', ['it is no fixture: it has no keys']],
    ['a list', '[1]', ['it is no fixture: it has no keys']],
    ['what is not UTF-8', Buffer.from([0x76, 0xff, 0xfe, 0x00]), ['it is not UTF-8 text']],
    [
      'aliases without end',
      `a: &a [${'x,'.repeat(20)}]\nb: &b [${'*a,'.repeat(20)}]\nc: &c [${'*b,'.repeat(20)}]\n`,
      [expect.stringContaining('alias')],
    ],
    [
      'an alias of what is nowhere',
      `${HEAD}node: &a {}\ndelegates: *a\nrequest: *b\n${STEPS}`,
      ['5:10 there is no anchor "&b" before this alias'],
    ],
    ['two documents', `${HEAD}${STEPS}---\n${HEAD}`, ['5:1 a second document begins here; a fixture is one']],
    [
      'an alias of itself',
      `${HEAD}node: &n { files: { /a: *n } }\n${STEPS}`,
      ['an alias in it stands for what it is in'],
    ],
    ['nesting without end', `a: ${'['.repeat(100_000)}`, [expect.stringMatching(/it is nested too deeply$/)]],
    ['too much', Buffer.alloc(3 * 1024 * 1024, 'a'), [expect.stringContaining('more than')]],
  ])('%s', async (_what, content, expected) => {
    expect(await faultsOf(content)).toEqual(expected);
  });

  test('one that is not there', async () => {
    expect(faults(await readFixture('/nowhere/x.yaml'))).toEqual([expect.stringContaining('no such file')]);
  });
});

test('a plugin may be named anywhere: in a text, at the end of a sentence, in a file behind a link', async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'node/etc'), { recursive: true });
  writeFileSync(join(folder, 'shared'), 'first\nmacvlan\n');
  symlinkSync('../../shared', join(folder, 'node/etc/file'));
  const file = join(folder, 'fixture.yaml');
  writeFileSync(file, `${HEAD}delegates: { front/bridge: {}, macvlan: {} }\n${STEPS}    stdin: "front\\nbridge."\n`);
  expect(await readFixture(file)).toMatchObject({ nodeFiles: new Map([['/etc/file', 'first\nmacvlan\n']]) });
});

test('steps and objects have their lines', async () => {
  const cluster = 'cluster:\n  - { apiVersion: v1, kind: Pod, metadata: { name: web } }\n';
  const reading = await readFixture(fileOf(`${HEAD}${cluster}${STEPS}  - verb: DEL\n`));
  expect(reading).toMatchObject({ kind: 'read', stepLines: [6, 7], objects: [{ name: 'web', place: { line: 4 } }] });
});

describe('fixtures at paths', () => {
  function tree(): string {
    const folder = scratchFolder();
    for (const name of ['a', 'b/node', '.git']) mkdirSync(join(folder, name), { recursive: true });
    for (const name of ['2.yaml', '1.yml', 'a/3.yaml', 'b/fixture.yaml', 'b/other.yaml', '.git/4.yaml', 'notes.txt'])
      writeFileSync(join(folder, name), HEAD + STEPS);
    writeFileSync(join(folder, 'pod.yaml'), '# a pod\napiVersion: v1\nkind: Pod\n');
    return folder;
  }

  test('are files, files below folders, and folders that are one; manifests beside them are not', () => {
    const folder = tree();
    const found = findFixtures([folder, join(folder, '2.yaml')]).map((file) => file.replace(`${folder}/`, ''));
    expect(found).toEqual(['1.yml', '2.yaml', 'a/3.yaml', 'b/fixture.yaml']);
  });

  test('are found behind links, each folder once, and one that leads nowhere is an error', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, '..data'));
    writeFileSync(join(folder, '..data', '1.yaml'), HEAD);
    symlinkSync('..data/1.yaml', join(folder, '1.yaml'));
    symlinkSync('.', join(folder, 'itself'));
    symlinkSync('nowhere', join(folder, 'README'));
    expect(findFixtures([folder])).toEqual([join(folder, '1.yaml')]);
    symlinkSync('nowhere', join(folder, '2.yaml'));
    expect((await failure(() => findFixtures([folder]))).message).toContain('2.yaml');
  });

  test('are those with the version of a manifest, too, as long as they are none', () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, '1.yaml'), `apiVersion: 1\ntitle: a test\n${STEPS}`);
    writeFileSync(join(folder, '2.yaml'), 'apiVersion: v1\nkind: Pod\n');
    expect(findFixtures([folder])).toEqual([join(folder, '1.yaml')]);
  });

  test('that are not there are an error', async () => {
    expect(await failure(() => findFixtures(['/nowhere']))).toMatchObject({
      code: 5,
      message: expect.stringContaining('/nowhere'),
    });
  });
});
