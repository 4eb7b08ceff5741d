/**
 * What Braid costs: `npm run bench -- [--quick] [--json FILE] [--only TABLES] [--form NAME=COMMAND]`.
 *
 * Every number stands beside a floor that was measured in the same run, in turn with it: the same delegates, run back to back
 * by a static program. A slow or busy machine makes both slow; their ratio is what to look at.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireBuild } from '../harness/braid-call.ts';
import { QUICK } from './extent.ts';
import { type Findings, MEASUREMENTS, type MeasurementName, type Measuring } from './measurements.ts';
import { buildNativeTools } from './native-tools.ts';
import { type BenchOptions, readOptions } from './options.ts';
import type { BenchReport } from './report.ts';
import { StopWatch } from './stop-watch.ts';
import { readSurroundings } from './surroundings.ts';
import { printReport } from './table.ts';

const options = readOptions();
requireBuild();
const report = await bench(options);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
process.stdout.write(printReport(report));

async function bench({ extents, only, forms }: BenchOptions): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'braid-bench-'));
  const findings: Findings = { timed: [], counted: [], leftOut: [] };
  try {
    const tools = buildNativeTools(folder);
    const watch = new StopWatch(tools.stopWatch);
    for (const name of only) await measure(name, { base: { tools, watch, forms }, extents, findings });
    await watch.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { kind: 'bench/v1', isQuick: extents === QUICK, surroundings: readSurroundings(), ...findings };
}

async function measure(name: MeasurementName, measuring: Measuring): Promise<void> {
  const startedAt = performance.now();
  await MEASUREMENTS[name](measuring);
  process.stderr.write(`measured: ${name}, ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
}
