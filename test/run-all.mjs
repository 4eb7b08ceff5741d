/**
 * `npm test`: set-up, every check and every suite, and one closing line `N passed, N failed`.
 *
 * As root on Debian everything must run, real networks and containerd included, and a suite that cannot is a failure;
 * elsewhere the end says what was left out and why.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const isFull = process.getuid?.() === 0 && existsSync('/etc/debian_version');
const env = {
  ...process.env,
  PATH: `${join(project, 'node_modules/.bin')}:${process.env.PATH}:/usr/sbin:/sbin`,
  ...(isFull ? { BRAID_REQUIRE_REAL: '1' } : {}),
};

/** What failed, said again at the end: whoever reads only the tail of a long log shall know. */
const failures = [];
if (!(await succeeds('Set-up', process.execPath, ['test/set-up.mjs', '--system']))) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}
// Fuzzing takes as long as all of the checks, and one processor of two.
const fuzz = succeedsQuietly('Fuzz', 'node', ['test/fuzz/run.ts', '--cases', '5000']);
const checks = [];
for (const [title, command, args] of [
  ['Format and lint', 'biome', ['ci', '.']],
  ['Types', 'tsc', ['--noEmit']],
  ['Dead code', 'knip', []],
  ['Catalogue', 'node', ['scripts/catalogue.ts', '--check']],
  ['JSON Schemas', 'node', ['scripts/json-schemas.ts', '--check']],
  ['Man page', 'node', ['scripts/man-page.ts', '--check']],
  ['Third-party notices', 'node', ['scripts/third-party.ts', '--check']],
  ['Conformance document', 'node', ['test/conformance/matrix.ts', '--document', '--check']],
]) {
  checks.push(await succeeds(title, command, args));
}
checks.push(await fuzz);

const tests = await runTests();
// Each has one line of result, so it counts as one.
checks.push(await succeeds('Conformance matrix', 'node', ['test/conformance/matrix.ts']));
if (!existsSync(join(project, 'dist/cni/braid')))
  tests.leftOut.push('the form with an agent: musl-gcc is not installed');
for (const title of tests.leftOut) console.log(`Left out: ${title}`);
for (const failure of failures) console.log(`Failed: ${failure}`);
const passed = tests.passed + checks.filter(Boolean).length;
const failed = tests.failed + checks.filter((isGood) => !isGood).length;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function succeeds(title, command, args) {
  console.log(`== ${title}`);
  return judge(title, spawn(command, args, { cwd: project, env, stdio: 'inherit' }));
}

/** The same beside others: what it says is shown when it has ended. */
async function succeedsQuietly(title, command, args) {
  const child = spawn(command, args, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
  const isGood = await judge(title, child);
  console.log(`== ${title}\n${Buffer.concat(said).toString().trimEnd()}`);
  return isGood;
}

/** True when the child ends with status 0. */
async function judge(title, child) {
  const status = await new Promise((ended) => {
    child.once('error', ended);
    child.once('close', ended);
  });
  if (status !== 0) failures.push(title);
  return status === 0;
}

/** vitest prints its own report; the counts come from its JSON, so that a run which dies counts as a failure. */
async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'braid-report-'));
  const file = join(folder, 'report.json');
  try {
    const isGood = await succeeds('Tests', 'vitest', [
      'run',
      // The conformance suite has its own run below, which shows the matrix.
      ...['unit', 'wire', 'real'].flatMap((project) => ['--project', project]),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ]);
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const results = report.testResults.flatMap((suite) => suite.assertionResults);
    const leftOut = results
      .filter(({ status }) => status === 'skipped' || status === 'pending')
      .map(({ fullName }) => fullName);
    for (const { status, fullName, failureMessages } of results) {
      if (status === 'failed') failures.push(`${fullName}: ${failureMessages.join(' ').slice(0, 600)}`);
    }
    const failed = report.numFailedTests + (isGood || report.numFailedTests > 0 ? 0 : 1);
    return { passed: report.numPassedTests, failed, leftOut };
  } catch (cause) {
    console.error(`the tests gave no report: ${cause.message}`);
    return { passed: 0, failed: 1, leftOut: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
