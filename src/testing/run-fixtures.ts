/**
 * Many fixtures, several at a time, each in a folder of its own below one that is gone in the end.
 *
 * In: files. Out: what each came to, in the order of the files; fewer when told to stop. Touches disk.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../errors.ts';
import type { FixtureFault } from './fixture-source.ts';
import { readFixture } from './read-fixture.ts';
import { type FixtureRun, type RunManner, runFixture } from './run-fixture.ts';
import { makeScratchFolder } from './scratch-folder.ts';

/** What one file came to. `broken`: the fixture itself is wrong; `skipped`: it cannot be run in this way, or here. */
export type FixtureOutcome =
  | { readonly kind: 'passed' | 'failed' | 'skipped'; readonly run: FixtureRun }
  | { readonly kind: 'broken'; readonly file: string; readonly faults: readonly FixtureFault[] };

/** How to run them. */
export interface FixtureRunner extends RunManner {
  /** At once, at the most. */
  readonly jobs: number;
  /** Those whose title or file has this, in any case of letters. */
  readonly filter: string | undefined;
  readonly signal: AbortSignal;
  /** Where nodes are put; without it, in memory where the machine has such a folder. */
  readonly tmpDir: string | undefined;
  /** Called when one more is done, with how many there are. */
  readonly onDone: (done: number, count: number) => void;
}

/** Runs them; who is filtered out has no outcome. */
export async function runFixtures(files: readonly string[], runner: FixtureRunner): Promise<FixtureOutcome[]> {
  const folder = makeScratchFolder(runner.tmpDir);
  const outcomes: (FixtureOutcome | undefined)[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < files.length && !runner.signal.aborted) {
      const index = next;
      next += 1;
      outcomes[index] = await outcomeOf(files[index] ?? '', join(folder, String(index)), runner);
      done += 1;
      runner.onDone(done, files.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: runner.jobs }, work));
    return outcomes.filter((outcome) => outcome !== undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function outcomeOf(file: string, folder: string, runner: FixtureRunner): Promise<FixtureOutcome | undefined> {
  const reading = await readFixture(file);
  const title = reading.kind === 'read' ? reading.fixture.title : '';
  if (!isWanted(`${file}\n${title}`, runner.filter)) return undefined;
  if (reading.kind === 'broken') return { kind: 'broken', file, faults: reading.faults };
  try {
    const run = await runFixture(reading, folder, runner.signal, runner);
    if (runner.signal.aborted) return undefined;
    if (run.skipped !== undefined) return { kind: 'skipped', run };
    return { kind: run.failed ? 'failed' : 'passed', run };
  } catch (cause) {
    return { kind: 'broken', file, faults: [{ file, message: `it could not be run: ${errorText(cause)}` }] };
  }
}

function isWanted(text: string, filter: string | undefined): boolean {
  return filter === undefined || text.toLowerCase().includes(filter.toLowerCase());
}
