/** What a run of the bench found, as it is written to JSON. Times in ms, memory in MiB. */
import type { ExtentName } from './extent.ts';
import type { RowSamples } from './sampler.ts';
import { median, quantile } from './statistics.ts';

/** One form in one row, beside the floor of the same row. With fewer than 100 samples p99 is the slowest of them. */
export interface TimedRow {
  readonly title: string;
  readonly form: string;
  readonly samples: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly cpuMs: number;
  readonly maxRssMiB: number;
  readonly floorMedianMs: number;
  readonly floorP99Ms: number;
  /** Of the medians, and of the 99th percentiles. */
  readonly ratio: number;
  readonly p99Ratio: number;
}

/** Rows that belong together. */
export interface TimedTable {
  readonly title: string;
  readonly rows: readonly TimedRow[];
}

/** How often something was done by one call. */
export interface CountRow {
  readonly title: string;
  readonly form: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** Counts that belong together. */
export interface CountTable {
  readonly title: string;
  readonly rows: readonly CountRow[];
}

/** The machine and the versions: numbers of two machines are not to be compared. */
export interface Surroundings {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly stateFileSystem: string;
  readonly node: string;
  readonly bun: string;
}

/** One thing that is to be reached: a ratio or a number. */
export interface Target {
  readonly what: string;
  readonly atMost: number;
  /** Absent: not measured in this run. */
  readonly measured?: number;
  readonly isMet?: boolean;
}

/** A whole run. */
export interface BenchReport {
  readonly kind: 'bench/v1';
  readonly extent: ExtentName;
  readonly surroundings: Surroundings;
  readonly timed: readonly TimedTable[];
  readonly counted: readonly CountTable[];
  readonly targets: readonly Target[];
  /** What could not be measured here, and why. */
  readonly leftOut: readonly string[];
}

/** The samples of all rows as numbers, floors beside forms. */
export function timedTable(title: string, rows: ReadonlyMap<string, RowSamples>): TimedTable {
  return { title, rows: [...rows].flatMap(([row, samples]) => timedRows(row, samples)) };
}

function timedRows(title: string, samples: RowSamples): TimedRow[] {
  const wall = (name: string) => (samples.get(name) ?? []).map(({ wallMs }) => wallMs);
  const floor = wall('floor');
  const floorMedianMs = median(floor);
  const floorP99Ms = quantile(floor, 0.99);
  const forms = [...samples].filter(([name]) => name !== 'floor');
  return forms.map(([form, own]) => {
    const medianMs = median(wall(form));
    const p99Ms = quantile(wall(form), 0.99);
    return {
      title,
      form,
      samples: own.length,
      medianMs,
      p99Ms,
      cpuMs: median(own.map(({ cpuMs }) => cpuMs)),
      maxRssMiB: Math.max(...own.map(({ maxRssMiB }) => maxRssMiB)),
      floorMedianMs,
      floorP99Ms,
      ratio: medianMs / floorMedianMs,
      p99Ratio: p99Ms / floorP99Ms,
    };
  });
}
