/**
 * `npm test`: set-up, every check and every suite, and one closing line `N passed, N failed`.
 *
 * As root on Debian everything must run, real networks and containerd included, and a suite that cannot is a failure;
 * elsewhere the end says what was left out and why.
 */
import { spawnSync } from 'node:child_process';
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

if (!succeeds('Set-up', process.execPath, ['test/set-up.mjs', '--system'])) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}
/** What failed, said again at the end: whoever reads only the tail of a long log shall know. */
const failures = [];
const checks = [
  ['Format and lint', 'biome', ['ci', '.']],
  ['Types', 'tsc', ['--noEmit']],
  ['Dead code', 'knip', []],
  ['Catalogue', 'node', ['scripts/catalogue.ts', '--check']],
  ['JSON Schemas', 'node', ['scripts/json-schemas.ts', '--check']],
  ['Man page', 'node', ['scripts/man-page.ts', '--check']],
  ['Conformance document', 'node', ['test/conformance/matrix.ts', '--document', '--check']],
].map(([title, command, args]) => succeeds(title, command, args));

const tests = runTests();
// Each has one line of result, so it counts as one.
checks.push(succeeds('Conformance matrix', 'node', ['test/conformance/matrix.ts']));
checks.push(succeeds('Fuzz', 'node', ['test/fuzz/run.ts', '--cases', '5000']));
if (!existsSync(join(project, 'dist/cni/braid')))
  tests.leftOut.push('the form with an agent: musl-gcc is not installed');
for (const title of tests.leftOut) console.log(`Left out: ${title}`);
for (const failure of failures) console.log(`Failed: ${failure}`);
const passed = tests.passed + checks.filter(Boolean).length;
const failed = tests.failed + checks.filter((isGood) => !isGood).length;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function succeeds(title, command, args) {
  console.log(`== ${title}`);
  const isGood = spawnSync(command, args, { cwd: project, env, stdio: 'inherit' }).status === 0;
  if (!isGood) failures.push(title);
  return isGood;
}

/** vitest prints its own report; the counts come from its JSON, so that a run which dies counts as a failure. */
function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'braid-report-'));
  const file = join(folder, 'report.json');
  try {
    const isGood = succeeds('Tests', 'vitest', [
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
