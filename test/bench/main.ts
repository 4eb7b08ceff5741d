/**
 * What Braid costs: `npm run bench -- --help`; docs/bench.md tells how to read what it prints.
 *
 * Every number stands beside a floor that was measured in the same run, in turn with it: the same delegates, run back to back
 * by a static program. A slow or busy machine makes both slow; their ratio is what to look at.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireBuild } from '../harness/braid-call.ts';
import { EXTENTS } from './extent.ts';
import { type Findings, MEASUREMENTS, type MeasurementName, type Measuring } from './measurements.ts';
import { buildNativeTools } from './native-tools.ts';
import { type BenchOptions, HELP, readOptions } from './options.ts';
import type { BenchReport } from './report.ts';
import { StopWatch } from './stop-watch.ts';
import { readSurroundings } from './surroundings.ts';
import { printReport } from './table.ts';
import { judgeTargets } from './targets.ts';

const WRONG_USAGE = 2;
const INTERRUPTED = 130;

process.exitCode = await main(stopSignal());

async function main(stop: AbortSignal): Promise<number> {
  let options: BenchOptions | 'help';
  try {
    options = readOptions();
  } catch (cause) {
    process.stderr.write(`bench: ${cause instanceof Error ? cause.message : cause}\nTry npm run bench -- --help.\n`);
    return WRONG_USAGE;
  }
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  try {
    requireBuild();
    const report = await bench(options, stop);
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
    process.stdout.write(printReport(report));
    return 0;
  } catch (cause) {
    if (stop.aborted) return INTERRUPTED;
    process.stderr.write(`bench: ${cause instanceof Error ? cause.stack : cause}\n`);
    return 1;
  }
}

async function bench({ extent, only, forms }: BenchOptions, stop: AbortSignal): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'braid-bench-'));
  const findings: Findings = { timed: [], counted: [], leftOut: [] };
  try {
    const tools = buildNativeTools(folder);
    const watch = new StopWatch(tools.stopWatch, { stop });
    try {
      const base = { tools, watch, forms, stop };
      for (const name of only) await measure(name, { base, extents: EXTENTS[extent], findings });
    } finally {
      await watch.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { kind: 'bench/v1', extent, surroundings: readSurroundings(), targets: judgeTargets(findings), ...findings };
}

async function measure(name: MeasurementName, measuring: Measuring): Promise<void> {
  const startedAt = performance.now();
  await MEASUREMENTS[name](measuring);
  process.stderr.write(`measured: ${name}, ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
}

/** The first signal lets what is under way end and clears away; a second one ends us at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stop.abort(new Error(`interrupted by ${signal}`)));
  }
  return stop.signal;
}
