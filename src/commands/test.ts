/**
 * `braid test`: runs fixtures and says where what was seen is not what was expected.
 *
 * An edge: the fixtures are found, run and judged in `testing/`; here is what the person gets.
 */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import { CniError, ErrorCode } from '../errors.ts';
import { USUAL_PLUGIN_DIRS } from '../schema/installation.ts';
import { findFixtures } from '../testing/find-fixtures.ts';
import { examineMachine } from '../testing/real-machine.ts';
import { runFixtures } from '../testing/run-fixtures.ts';
import { type BuildCommand, INTERRUPTED, newCommand, runCommand, wholeNumber } from './command.ts';
import { coloursFor } from './plain-table.ts';
import { pluginDirOption } from './plugin-dirs.ts';
import { openProgress } from './test/progress.ts';
import { FORMATS, reportText, type TestFormat } from './test/reports.ts';
import { watchForChange } from './test/watch.ts';

/** Fixtures that wait for a delay or a deadline leave the processor to others. */
const JOBS_PER_PROCESSOR = 4;

/** Builds `braid test`. */
export const testCommand: BuildCommand = (context) =>
  newCommand('test', {
    description:
      'Runs fixtures: calls of the runtime against a node of files, scripted plugins and a scripted API server, through the code that serves a real call. Needs no cluster, and without --real no plugins and no root. docs/fixtures.md has the format.',
    examples: [
      ['braid test fixtures/tutorial', 'the tutorial: fixtures that read in order'],
      ['braid test my-networks --filter rollback', 'those with this word in title or file name'],
      ['braid test my-networks --watch', 'again whenever a file changes'],
      ['braid test my-networks --format junit > report.xml', 'for CI'],
      [
        'braid test my-networks --real',
        'with the plugins of this machine, in namespaces made for each fixture, as root',
      ],
    ],
    exitStatus: '0 all passed that were not skipped, 1 some did not or none was run, 2 wrong usage, 130 interrupted',
  })
    .argument('<path...>', 'fixture files, and folders with fixtures at any depth')
    .option('--filter <text>', 'only those with this in their title or file name')
    .addOption(new Option('--format <name>', 'how the outcome is written').choices(FORMATS).default('pretty'))
    .addOption(new Option('--json', 'the same as --format json').conflicts('format'))
    .option('--jobs <n>', 'fixtures run at once', wholeNumber(1, 256), availableParallelism() * JOBS_PER_PROCESSOR)
    .option('--real', 'run the plugins of this machine in fresh namespaces, where no failure is scripted; needs root')
    .addOption(
      pluginDirOption('where plugins are; implies --real', USUAL_PLUGIN_DIRS.join(' and ')).implies({ real: true }),
    )
    .option('--watch', 'run them again whenever a file changes, until ^C')
    .option('-v, --verbose', 'list those that passed, too')
    .action((paths: string[], given: GivenOptions) =>
      runCommand('test', context, () => test(paths, given, context.environment)),
    );

interface GivenOptions {
  readonly filter?: string;
  readonly format: TestFormat;
  readonly json?: boolean;
  readonly jobs: number;
  readonly real?: boolean;
  readonly pluginDir?: readonly string[];
  readonly watch?: boolean;
  readonly verbose?: boolean;
}

/** Answers the exit status. */
async function test(paths: readonly string[], given: GivenOptions, environment: Environment): Promise<number> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => stop.abort(new Error(`got ${name}`)));
  if (!given.watch) return runOnce(paths, given, { environment, signal: stop.signal });
  while (!stop.signal.aborted) {
    const change = watchForChange(paths, stop.signal);
    await runCommand('test', { environment, end: () => undefined }, () =>
      runOnce(paths, given, { environment, signal: stop.signal }),
    );
    if (!stop.signal.aborted) writeStderr('Waiting for a change; ^C ends.\n');
    await change;
  }
  return INTERRUPTED;
}

interface Surroundings {
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

async function runOnce(
  paths: readonly string[],
  { filter, format, json, jobs, verbose, real, pluginDir }: GivenOptions,
  { environment, signal }: Surroundings,
): Promise<number> {
  const started = performance.now();
  const files = findFixtures(paths);
  const machine = real ? examineMachine(environment, pluginDir) : undefined;
  const progress = openProgress();
  const { TMPDIR } = environment.variables;
  const tmpDir = TMPDIR ? resolve(TMPDIR) : undefined;
  const runner = { jobs, filter, signal, tmpDir, real: machine, onDone: progress.show };
  const outcomes = await runFixtures(files, runner).finally(progress.close);
  if (signal.aborted) {
    writeStderr(`braid test: interrupted; ${outcomes.length} of ${files.length} were run\n`);
    return INTERRUPTED;
  }
  if (outcomes.length === 0) throw nothingToRun(paths, filter, files.length);
  const run = { outcomes, durationMs: performance.now() - started };
  writeStdout(
    reportText(json ? 'json' : format, run, { colours: coloursFor(environment), isVerbose: verbose ?? false }),
  );
  const isWell = outcomes.every(({ kind }) => kind === 'passed' || kind === 'skipped');
  return isWell && outcomes.some(({ kind }) => kind === 'passed') ? 0 : 1;
}

/** A test run without tests proves nothing, and must not look as if it did. */
function nothingToRun(paths: readonly string[], filter: string | undefined, count: number): CniError {
  if (count === 0) {
    return new CniError(
      ErrorCode.io,
      `there is no fixture in ${paths.join(', ')}`,
      'fixtures are YAML files: see docs/fixtures.md',
    );
  }
  const what = count === 1 ? 'the one fixture' : `any of the ${count} fixtures`;
  return new CniError(ErrorCode.io, `"${filter}" is not in title or file name of ${what}`);
}
