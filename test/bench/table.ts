/** The report as text for people. */
import type { BenchReport, CountTable, Target, TimedTable } from './report.ts';

/** All of it. */
export function printReport({ surroundings, timed, counted, targets, leftOut, extent }: BenchReport): string {
  const { date, cpu, cores, kernel, stateFileSystem, node, bun } = surroundings;
  const parts = [
    `${date}, ${cpu}, ${cores} cores, Linux ${kernel}, state on ${stateFileSystem}, Node ${node}, Bun ${bun}`,
    ...(extent === 'smoke' ? ['It shows that the bench works, not how fast anything is.'] : []),
    ...timed.map(printTimes),
    ...counted.map(printCounts),
    printTargets(targets),
    ...leftOut.map((what) => `Left out: ${what}`),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Times in ms beside the floor's, ratios of medians and of 99th percentiles. */
function printTimes({ title, rows }: TimedTable): string {
  const head = ['', 'form', 'median', 'floor', 'ratio', 'p99', 'floor', 'ratio', 'cpu', 'MiB', 'runs'];
  const cells = rows.map((row) => [
    row.title,
    row.form,
    ms(row.medianMs),
    ms(row.floorMedianMs),
    row.ratio.toFixed(1),
    ms(row.p99Ms),
    ms(row.floorP99Ms),
    row.p99Ratio.toFixed(1),
    ms(row.cpuMs),
    row.maxRssMiB.toFixed(0),
    String(row.samples),
  ]);
  return `${title} (ms)\n${grid([head, ...cells], 2)}`;
}

function printCounts({ title, rows }: CountTable): string {
  const names = Object.keys(rows[0]?.counts ?? {});
  const cells = rows.map((row) => [row.title, row.form, ...names.map((name) => String(row.counts[name] ?? 0))]);
  return `${title}\n${grid([['', 'form', ...names], ...cells], 2)}`;
}

function printTargets(targets: readonly Target[]): string {
  const cells = targets.map(({ what, atMost, measured, isMet }) => [
    what,
    String(atMost),
    measured === undefined ? '-' : String(Number(measured.toFixed(2))),
    measured === undefined ? 'not measured' : isMet ? 'met' : 'NOT MET',
  ]);
  return `targets\n${grid([['', 'at most', 'measured', ''], ...cells], 1)}`;
}

function ms(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

/** The first `left` columns are words, the others numbers. */
function grid(rows: ReadonlyArray<readonly string[]>, left: number): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column < left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}
