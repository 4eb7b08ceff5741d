/** The bench runs and its report is complete. What it measures is not judged here: that is for a quiet machine and a person. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { AGENT_FORM, benchForms } from '../bench/forms.ts';
import { requireBuild } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';

const project = resolve(import.meta.dirname, '../..');
const program = join(project, 'test/bench/main.ts');
const TIMEOUT_MS = 300_000;

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
  extent: z.literal('smoke'),
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
  targets: z.array(
    z.strictObject({
      what: z.string(),
      atMost: number,
      measured: z.optional(number),
      isMet: z.optional(z.boolean()),
    }),
  ),
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
  run = startBench(['--smoke', '--json', json]);
  if (run.status === 0) report = reportSchema.parse(JSON.parse(readFileSync(json, 'utf8')));
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the shortest run of the bench', () => {
  test('ends well, with a report of the documented shape, all of its ratios finite', () => {
    // The schema has judged the report: zod takes no NaN and no infinity for a number.
    expect({ status: run.status, stderr: run.stderr }).toMatchObject({ status: 0 });
    expect(report.kind).toBe('bench/v1');
  });

  test('every form has a row of its own in every table that is for it, and every row is printed', () => {
    const all = benchForms();
    const main = all.filter(({ isOfVerbsOnly }) => !isOfVerbsOnly);
    const inTable: Readonly<Record<string, readonly string[]>> = {
      'plugins that answer at once': all.map(({ name }) => name),
      'memory that stays': all.filter(({ start }) => start).map(({ name }) => name),
      commands: all.filter(({ idle }) => idle).map(({ name }) => name),
      sizes: [''],
    };
    for (const { title, rows } of [...report.timed, ...report.counted]) {
      const forms = new Set(rows.map(({ form }) => form));
      const expected = inTable[title] ?? main.map(({ name }) => name);
      expect([title, [...forms].toSorted()]).toEqual([title, expected.toSorted()]);
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
      ['sizes', ''],
      ['real bridges', 'real bridges: '],
      ['fsyncs', 'fsyncs: '],
      ['memory that stays', 'memory that stays: '],
    ];
    for (const [table, leftOutAs] of needed) {
      const isLeftOut = leftOutAs !== '' && report.leftOut.some((reason) => reason.startsWith(leftOutAs));
      expect([table, titles.includes(table)]).toEqual([table, !isLeftOut]);
    }
  });

  test('every target is there, and judged when it was measured', () => {
    expect(report.targets.length).toBeGreaterThan(10);
    for (const { what, atMost, measured, isMet } of report.targets) {
      expect([what, isMet]).toEqual([what, measured === undefined ? undefined : measured <= atMost]);
      expect(run.stdout).toContain(what);
    }
  });

  test('a local verb makes no request to the API server; an ADD by itself one for the pod and one for each definition', () => {
    const table = report.counted.find(({ title }) => title.startsWith('requests'));
    const byItself = table?.rows.filter(({ form }) => form !== AGENT_FORM) ?? [];
    for (const { title, counts } of byItself) {
      const expected = title === 'ADD' ? 4 : title === 'STATUS' ? 1 : 0;
      expect([title, counts['GET']]).toEqual([title, expected]);
    }
  });
});

describe('the command line of the bench', () => {
  test('--help tells the options, and an unknown one is wrong usage', () => {
    const help = startBench(['--help']);
    expect({ status: help.status, stderr: help.stderr }).toEqual({ status: 0, stderr: '' });
    expect(help.stdout).toContain('--quick');
    const wrong = startBench(['--only', 'nonsense']);
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain('there is no such table');
  });

  test('an interrupt ends it, and nothing is left', async () => {
    const temporary = join(folder, 'interrupted');
    mkdirSync(temporary);
    const child = spawn(process.execPath, [program, '--quick', '--only', 'instant'], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'exit');
    await pollUntil(() => readdirSync(temporary).some((name) => name.startsWith('braid-wire-')) || undefined, {
      withinMs: 30_000,
      what: 'a scene of the bench',
    });
    const before = await pollUntil(() => programsIn(temporary), { withinMs: 30_000, what: 'programs of the bench' });
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect({ programs: programsIn(temporary), files: readdirSync(temporary) }).toEqual({
      programs: undefined,
      files: [],
    });
    expect(before).not.toEqual([]);
  });
});

/** The command lines of processes that name the folder; `undefined` when there are none. */
function programsIn(path: string): string[] | undefined {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const lines = pids.map((pid) => {
    const file = `/proc/${pid}/cmdline`;
    try {
      return readFileSync(file, 'utf8').replaceAll('\0', ' ');
    } catch {
      return ''; // It has ended since.
    }
  });
  const found = lines.filter((line) => line.includes(path));
  return found.length === 0 ? undefined : found;
}

function startBench(args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  return { status, stdout, stderr };
}
