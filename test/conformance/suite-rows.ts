/** The rows of the conformance suite: its tests, each with the requirements that its title names, run or only listed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import * as z from 'zod/mini';

const project = resolve(import.meta.dirname, '../..');
const SUITE = ['--project', 'conformance'];

/** One test. `title` is without the identifiers; `state` is `listed` when nothing was run. */
export interface Row {
  readonly ids: readonly string[];
  readonly title: string;
  /** Path below the project's folder. */
  readonly file: string;
  readonly state: 'passed' | 'failed' | 'skipped' | 'listed';
  /** Of a failed row: its whole name, with the form of Braid, and the first line of what went wrong. */
  readonly failure?: string;
}

/** What a run of the suite gave: its rows, what went wrong outside of any row, and the runner's own words. */
export interface SuiteRun {
  readonly rows: readonly Row[];
  readonly faults: readonly string[];
  readonly report: string;
}

const listShape = z.array(z.object({ name: z.string(), file: z.string() }));
const resultShape = z.object({
  title: z.string(),
  fullName: z.string(),
  status: z.string(),
  failureMessages: z.optional(z.array(z.string())),
});
const reportShape = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.optional(z.string()),
      assertionResults: z.array(resultShape),
    }),
  ),
});

/** Runs the suite against the built Braid. Throws: Error when the runner gave no report. */
export function runSuite(): SuiteRun {
  const folder = mkdtempSync(join(tmpdir(), 'braid-conformance-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const { status, output } = vitest(['run', ...SUITE, ...reporters]);
    const { testResults } = reportShape.parse(readReport(file, output));
    const rows = testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map((result) => ({
        ...rowOf(result.title, name, stateOf(result.status)),
        ...failureOf(result),
      })),
    );
    const broken = testResults.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0);
    const faults = broken.map(({ name, message }) => `${pathOf(name)} cannot be run: ${message ?? 'no reason given'}`);
    const isUnexplained = status !== 0 && faults.length === 0 && !rows.some(({ state }) => state === 'failed');
    return { rows, faults: isUnexplained ? ['the run failed outside of any row'] : faults, report: output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The rows without running them, in the order of files and lines. Throws: Error when they cannot be listed. */
export function listRows(): Row[] {
  const { status, stdout, output } = vitest(['list', ...SUITE, '--json']);
  if (status !== 0) throw new Error(`the rows cannot be listed:\n${output}`);
  return listShape
    .parse(JSON.parse(stdout))
    .map(({ name, file }) => rowOf(innermost(name), file, 'listed'))
    .toSorted((left, right) => (left.file < right.file ? -1 : Number(left.file > right.file)));
}

const LEADING_IDS = /^((?:[PRM]\d+ )*[PRM]\d+): (.*)$/s;

function rowOf(fullTitle: string, file: string, state: Row['state']): Row {
  const [, ids = '', title = fullTitle] = LEADING_IDS.exec(fullTitle) ?? [];
  return { ids: ids.split(' ').filter((id) => id !== ''), title, file: pathOf(file), state };
}

/** A listed name has the titles of all levels; the innermost one begins with identifiers. */
function innermost(name: string): string {
  const levels = name.split(' > ');
  const at = levels.findLastIndex((level) => LEADING_IDS.test(level));
  return levels.slice(at).join(' > ');
}

function stateOf(status: string): Row['state'] {
  return status === 'passed' || status === 'failed' ? status : 'skipped';
}

function failureOf(result: z.infer<typeof resultShape>): Pick<Row, 'failure'> {
  if (result.status !== 'failed') return {};
  const [message = ''] = (result.failureMessages?.[0] ?? '').split('\n');
  return { failure: `${result.fullName}: ${message}` };
}

function pathOf(file: string): string {
  return relative(project, file);
}

function readReport(file: string, output: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(`the suite gave no report:\n${output}`);
  }
}

function vitest(args: readonly string[]): { status: number | null; stdout: string; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(project, 'node_modules/vitest/vitest.mjs'), ...args],
    { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 },
  );
  return { status, stdout, output: `${stdout}${stderr}` };
}
