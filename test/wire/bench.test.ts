/** The bench runs and its report is complete. What it measures is not judged here: that is for a quiet machine and a person. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { BRAID_FORMS, requireBuild } from '../harness/braid-call.ts';

const project = resolve(import.meta.dirname, '../..');
const TIMEOUT_MS = 120_000;

const number = z.number().nonnegative();
const positive = z.number().positive();
const timedRow = z.strictObject({
  title: z.string(),
  form: z.string(),
  samples: z.int().positive(),
  medianMs: positive,
  p99Ms: positive,
  cpuMs: positive,
  maxRssMiB: number,
  floorMedianMs: positive,
  floorP99Ms: positive,
  ratio: positive,
  p99Ratio: positive,
});
const countRow = z.strictObject({ title: z.string(), form: z.string(), counts: z.record(z.string(), z.int()) });
const reportSchema = z.strictObject({
  kind: z.literal('bench/v1'),
  isQuick: z.literal(true),
  surroundings: z.strictObject({
    date: z.iso.date(),
    cpu: z.string(),
    cores: z.int().positive(),
    kernel: z.string(),
    stateFileSystem: z.string(),
    node: z.string(),
    bun: z.string(),
  }),
  timed: z.array(z.strictObject({ title: z.string(), rows: z.array(timedRow).min(1) })),
  counted: z.array(z.strictObject({ title: z.string(), rows: z.array(countRow).min(1) })),
  leftOut: z.array(z.string()),
});
type Report = z.infer<typeof reportSchema>;

let folder: string;
let run: { status: number | null; stdout: string; stderr: string };
let report: Report;

beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'braid-bench-test-'));
  const json = join(folder, 'report.json');
  const program = [join(project, 'test/bench/main.ts'), '--quick', '--json', json];
  run = spawnSync(process.execPath, program, { encoding: 'utf8', timeout: TIMEOUT_MS });
  if (run.status === 0) report = reportSchema.parse(JSON.parse(readFileSync(json, 'utf8')));
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a quick run of the bench', () => {
  test('ends well, with a report of the documented shape, all of its ratios finite', () => {
    // The schema has judged the report: zod takes no NaN and no infinity for a number.
    expect({ status: run.status, stderr: run.stderr }).toMatchObject({ status: 0 });
    expect(report.kind).toBe('bench/v1');
  });

  test('every form has a row of its own in every table, and every row is printed', () => {
    for (const { title, rows } of [...report.timed, ...report.counted]) {
      const forms = new Set(rows.map(({ form }) => form));
      expect([title, [...forms].toSorted()]).toEqual([title, BRAID_FORMS.map(({ name }) => name).toSorted()]);
      for (const row of rows) expect(run.stdout).toContain(row.title);
    }
  });

  test('what could not be measured is said, and the rest is there', () => {
    const titles = [...report.timed, ...report.counted].map(({ title }) => title);
    const needed: ReadonlyArray<readonly [table: string, leftOutAs: string]> = [
      ['plugins that answer at once', ''],
      ['pods at once', ''],
      ['an API server over TLS', ''],
      ['definitions on the API server', ''],
      ['configuration files', ''],
      ['pods in the journal', ''],
      ['requests to the API server, 3 networks, all definitions', ''],
      ['real bridges', 'real bridges: '],
      ['fsyncs', 'fsyncs: '],
    ];
    for (const [table, leftOutAs] of needed) {
      const isLeftOut = leftOutAs !== '' && report.leftOut.some((reason) => reason.startsWith(leftOutAs));
      expect([table, titles.includes(table)]).toEqual([table, !isLeftOut]);
    }
  });

  test('a local verb makes no request to the API server, an ADD one for the pod and one for each definition', () => {
    const table = report.counted.find(({ title }) => title.startsWith('requests'));
    for (const { title, counts } of table?.rows ?? []) {
      const expected = title === 'ADD' ? 4 : title === 'STATUS' ? 1 : 0;
      expect([title, counts['GET']]).toEqual([title, expected]);
    }
  });
});
