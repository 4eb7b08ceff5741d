/**
 * Contenders measured in turn, so that whatever else the machine does meanwhile hits all of them alike.
 *
 * A round is one go of every contender; who begins changes from round to round. The first round only warms up.
 */
import type { BenchForm } from './forms.ts';
import type { Sample } from './stop-watch.ts';

/** A form of Braid, or the floor. */
export type Runner = BenchForm | 'floor';

/** Measures one go of a runner: samples by the title of their row. */
export type Part = (runner: Runner) => Promise<Readonly<Record<string, Sample>>>;

/** When to stop: after so many rounds or, past three of them, so many seconds. */
export interface Extent {
  readonly rounds: number;
  readonly seconds: number;
}

/** The samples of one row, by the runner's name. */
export type RowSamples = ReadonlyMap<string, readonly Sample[]>;

const FEWEST_ROUNDS = 3;

/** All parts, by all forms and the floor, in turn. The rows have the order of the parts. */
export async function sampleInTurn(
  forms: readonly BenchForm[],
  parts: readonly Part[],
  { rounds, seconds }: Extent,
): Promise<ReadonlyMap<string, RowSamples>> {
  const runners: readonly Runner[] = ['floor', ...forms];
  const rows = new Map<string, Map<string, Sample[]>>();
  for (const runner of runners) for (const part of parts) await part(runner);
  const endsAt = performance.now() + seconds * 1000;
  for (let round = 0; round < rounds; round += 1) {
    if (round >= FEWEST_ROUNDS && performance.now() > endsAt) break;
    const from = round % runners.length;
    for (const runner of [...runners.slice(from), ...runners.slice(0, from)]) {
      for (const part of parts) note(rows, nameOf(runner), await part(runner));
    }
  }
  return rows;
}

function nameOf(runner: Runner): string {
  return runner === 'floor' ? runner : runner.name;
}

function note(rows: Map<string, Map<string, Sample[]>>, name: string, samples: Readonly<Record<string, Sample>>): void {
  for (const [title, sample] of Object.entries(samples)) {
    const row = rows.get(title) ?? new Map<string, Sample[]>();
    rows.set(title, row.set(name, [...(row.get(name) ?? []), sample]));
  }
}
