/** `braid test` as a person runs it: outcome, reports, wrong usage, ^C, and that nothing stays behind. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { BRAID_FORMS, requireBuild } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { collect, type RunResult, runToEnd } from '../harness/run-child.ts';
import { scratchFolder } from '../samples/scratch.ts';

beforeAll(requireBuild);

const tutorial = resolve(import.meta.dirname, '../../fixtures/tutorial');
const real = resolve(import.meta.dirname, '../../fixtures/real');
const commandOf = (name: string) => BRAID_FORMS.find((form) => form.name === name)?.command ?? [];
const ON_NODE = commandOf('on Node');

/** Starts it with a temporary folder of its own. */
function start(
  args: readonly string[],
  { tmp = scratchFolder(), command = ON_NODE } = {},
): ChildProcessWithoutNullStreams {
  const [file = '', ...rest] = command;
  return spawn(file, [...rest, 'test', ...args], { env: { PATH: process.env['PATH'] ?? '', TMPDIR: tmp } });
}

async function braid(args: readonly string[], command = ON_NODE): Promise<RunResult> {
  const tmp = scratchFolder();
  // A person may name it from where he is.
  const child = start(args, { tmp: relative(process.cwd(), tmp), command });
  const result = await runToEnd(child, { timeoutMs: 30_000, kill: () => void child.kill('SIGKILL') });
  expect(readdirSync(tmp)).toEqual([]);
  return result;
}

const seen = (what: string, isSo: () => boolean) =>
  pollUntil(() => (isSo() ? true : undefined), { withinMs: 20_000, what });

const step = (rest: string) => `version: 1\ntitle: a step\nsteps:\n  - { verb: VERSION, ${rest} }\n`;
const GOOD = step('expect: { result: { cniVersion: 1.1.0 } }');
const BAD = step('expect: { result: { cniVersion: 9.0.0 } }');

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = scratchFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('the tutorial passes', async () => {
  const { code, stdout, stderr } = await braid([tutorial, '--json'], commandOf('compiled'));
  expect([code, stderr]).toEqual([0, '']);
  const { passed, failed, broken } = JSON.parse(stdout);
  expect({ failed, broken }).toEqual({ failed: 0, broken: 0 });
  expect(passed).toBeGreaterThanOrEqual(40);
});

test('what fails or is broken is shown with its place, and the status is 1', async () => {
  const folder = folderOf({ 'good.yaml': GOOD, 'bad.yaml': BAD, 'broken.yaml': `${GOOD}stpes: []\n` });
  const { code, stdout, stderr } = await braid([folder]);
  expect([code, stderr]).toEqual([1, '']);
  expect(stdout).toBe(`✗ a step
  ${folder}/bad.yaml:4 step 1, VERSION:
     result:
    -  cniVersion: 9.0.0
    +  cniVersion: 1.1.0

✗ ${folder}/broken.yaml
  this is no fixture that can be run:
    ${folder}/broken.yaml:5:1: unknown key "stpes"; did you mean "steps"?

- expected   + seen
${stdout.split('\n').at(-2)}
`);
  expect(stdout).toMatch(/\n1 passed, 1 failed, 1 broken in \d+\.\d s\n$/);
});

test('--filter chooses, -v lists, --format prints for machines', async () => {
  const folder = folderOf({ 'good.yaml': GOOD, 'bad.yaml': BAD });
  const [verbose, tap, junit] = await Promise.all([
    braid([folder, '--filter', 'GOOD', '-v']),
    braid([folder, '--format', 'tap']),
    braid([folder, '--format', 'junit', '--jobs', '1']),
  ]);
  expect(verbose.stdout).toMatch(/^✓ a step \(1 step\)\n1 passed in/);
  expect([tap.code, tap.stdout.split('\n').slice(0, 3)]).toEqual([1, ['TAP version 14', '1..2', 'not ok 1 - a step']]);
  expect([junit.code, junit.stdout]).toEqual([
    1,
    expect.stringContaining('<testsuites name="braid test" tests="2" failures="1" errors="0"'),
  ]);
});

test('fixtures of real plugins are skipped without --real, and alone they are no success', async () => {
  const folder = folderOf({ 'good.yaml': GOOD });
  const [alone, tap, both] = await Promise.all([
    braid([real]),
    braid([real, '--format', 'tap', '--filter', '01-']),
    braid([real, folder, '--json']),
  ]);
  expect([alone.code, alone.stderr]).toEqual([1, '']);
  expect(alone.stdout).toContain('  skipped: it takes real plugins (bridge, macvlan), which --real runs\n');
  expect(alone.stdout).toMatch(/\n0 passed, 8 skipped in \d+\.\d s\n$/);
  expect([tap.code, tap.stdout]).toEqual([1, expect.stringMatching(/\nok 1 - real: .* # SKIP it takes real plugins/)]);
  expect(both.code).toBe(0);
  expect(JSON.parse(both.stdout)).toMatchObject({ passed: 1, failed: 0, broken: 0, skipped: 8 });
});

test('--real says in one line what it lacks', async () => {
  const folder = folderOf({ 'good.yaml': GOOD });
  const nobody = spawn(ON_NODE[0] ?? '', [...ON_NODE.slice(1), 'test', folder, '--real'], { env: { PATH: '' } });
  const { code, stdout, stderr } = await runToEnd(nobody, { timeoutMs: 30_000, kill: () => void nobody.kill() });
  const lacks = process.getuid?.() === 0 ? /not in PATH: sh, unshare, mount, / : /it takes root; /;
  expect([code, stdout, stderr.match(/\n/g)?.length]).toEqual([1, '', 1]);
  expect(stderr).toMatch(/^braid test: --real: /);
  expect(stderr).toMatch(lacks);
});

test('nothing to run is a failure, wrong usage is told', async () => {
  const folder = folderOf({ 'good.yaml': GOOD });
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  const [none, absent, filtered, noPath, wrong, both] = await Promise.all([
    braid([empty]),
    braid([join(folder, 'nowhere.yaml')]),
    braid([folder, '--filter', 'zzz']),
    braid([]),
    braid([folder, '--format', 'html']),
    braid([folder, '--json', '--format', 'tap']),
  ]);
  expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/^braid test: there is no fixture in /)]);
  expect([absent.code, absent.stderr]).toEqual([
    1,
    expect.stringMatching(/^braid test: cannot read .*nowhere\.yaml: there is no such file or folder\n/),
  ]);
  expect([filtered.code, filtered.stderr]).toEqual([
    1,
    'braid test: "zzz" is not in title or file name of the one fixture\n',
  ]);
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('cannot be used with')]);
  expect([noPath.code, noPath.stderr]).toEqual([2, expect.stringContaining("missing required argument 'path'")]);
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringContaining('Allowed choices are pretty, tap, junit, json'),
  ]);
});

const HANGS = `version: 1
title: it hangs
node: { files: { /etc/cni/net.d/1.conflist: { cniVersion: 1.0.0, name: front, plugins: [{ type: bridge }] } } }
delegates: { bridge: { ADD: { hang: true } } }
steps: [{ verb: ADD, annotations: { cni: front } }]
`;

test.each(['SIGINT', 'SIGHUP'] as const)('%s ends it at once with 130 and leaves no file', async (signal) => {
  const tmp = scratchFolder();
  const child = start([folderOf({ 'a.yaml': GOOD, 'b.yaml': HANGS })], { tmp });
  const ended = runToEnd(child, { timeoutMs: 20_000, kill: () => void child.kill('SIGKILL') });
  await seen('the record of an ADD', () => readdirSync(tmp, { recursive: true }).join().includes('attachments/c1'));
  child.kill(signal);
  expect(await ended).toMatchObject({ code: 130, stdout: '', stderr: 'braid test: interrupted; 1 of 2 were run\n' });
  expect(readdirSync(tmp)).toEqual([]);
});

test('--watch runs them again when a file has changed', async () => {
  const folder = folderOf({ 'a.yaml': BAD });
  const child = start([folder, '--watch']);
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const ended = new Promise((resolve) => child.once('close', resolve));
  await seen('the end of the first run', () => stderr().includes('Waiting for a change'));
  expect(stdout()).toContain('0 passed, 1 failed');
  writeFileSync(join(folder, 'a.yaml'), GOOD);
  await seen('another run', () => stdout().includes('\n1 passed'));
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(existsSync(folder)).toBe(true);
});

test('a reader that goes away early ends it quietly', async () => {
  const child = start([folderOf({ 'a.yaml': GOOD }), '--verbose']);
  child.stdout.destroy();
  const stderr = collect(child.stderr);
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect([code, stderr()]).toEqual([0, '']);
});

test('a report that finds no room on its disk is no success, and what it says does nothing to a terminal', async () => {
  const file = join(folderOf({ 'a.yaml': GOOD.replace('a step', '"\\e[2J"') }), 'a.yaml');
  const shell = spawn(
    'sh',
    ['-c', '"$@" --verbose >/dev/full && exit 9; "$@" --verbose', 'sh', ...ON_NODE, 'test', file],
    {
      env: { PATH: process.env['PATH'] ?? '' },
    },
  );
  const { code, stdout, stderr } = await runToEnd(shell, { timeoutMs: 30_000, kill: () => void shell.kill('SIGKILL') });
  expect(stderr).toMatch(/^braid: cannot write to standard output: ENOSPC: [^\n]*\n$/);
  expect([code, stdout]).toEqual([0, expect.stringContaining('✓ \\u001b[2J (1 step)')]);
});
