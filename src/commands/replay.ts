/**
 * `braid replay`: recorded requests once more, on a node made of their bundles, and what came out otherwise.
 *
 * An edge: bundles are read in `recording/` and run in `testing/`; here is what the person gets.
 */
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { findBundles } from '../recording/find-bundles.ts';
import { readBundle } from '../recording/read-bundle.ts';
import type { Bundle } from '../schema/bundle.ts';
import { USUAL_PLUGIN_DIRS } from '../schema/installation.ts';
import type { Difference } from '../testing/judge-step.ts';
import { examineMachine } from '../testing/real-machine.ts';
import { type ReplayPlace, replayBundle } from '../testing/replay-bundle.ts';
import { makeScratchFolder } from '../testing/scratch-folder.ts';
import { BRAID_VERSION } from '../version.ts';
import { type BuildCommand, INTERRUPTED, newCommand, runCommand } from './command.ts';
import { type Colours, coloursFor } from './plain-table.ts';
import { pluginDirOption } from './plugin-dirs.ts';
import { plainText } from './printable.ts';
import { differenceLines } from './test/diff.ts';

/** Builds `braid replay`. */
export const replayCommand: BuildCommand = (context) =>
  newCommand('replay', {
    description:
      'Replays recorded requests: the same call, on a node made of the bundle, whose plugins and API server answer what they answered then. Says where calls of plugins, answer, journal or network status are not as recorded. Without --real it needs no root, no plugins, no cluster. docs/record.md tells how bundles come to be.',
    examples: [
      ['braid replay /var/lib/cni/braid/recordings', 'all bundles of a folder'],
      ['braid replay 0003-ADD-4f2a9c-eth0.json --json', 'one, for a program'],
      ['braid replay 0003-ADD-4f2a9c-eth0.json --real', 'against the plugins of this machine'],
    ],
    exitStatus: '0 all came out as recorded, 1 some did not, 2 wrong usage, 130 interrupted',
  })
    .argument('<path...>', 'bundles, and folders with bundles at any depth')
    .option(
      '--real',
      'run the plugins of this machine in fresh namespaces, where none failed when it was recorded; needs root',
    )
    .addOption(
      pluginDirOption('where plugins are; implies --real', USUAL_PLUGIN_DIRS.join(' and ')).implies({ real: true }),
    )
    .option('--json', 'print one JSON document')
    .action((paths: string[], given: GivenOptions) =>
      runCommand('replay', context, () => replayAll(paths, given, context.environment)),
    );

interface GivenOptions {
  readonly real?: boolean;
  readonly pluginDir?: readonly string[];
  readonly json?: true;
}

/** What came of one bundle. */
interface Replayed {
  readonly file: string;
  readonly title: string;
  readonly braid: string;
  readonly callCount: number;
  readonly durationMs: number;
  /** Empty: all came out as recorded, unless it was skipped. */
  readonly differences: readonly Difference[];
  /** Why it could not be replayed here. */
  readonly skipped?: string;
}

async function replayAll(paths: readonly string[], given: GivenOptions, environment: Environment): Promise<number> {
  const files = await findBundles(paths);
  if (files.length === 0) {
    throw new CniError(
      ErrorCode.io,
      `there is no bundle in ${paths.join(', ')}`,
      'the key "record" of the configuration makes them: see docs/record.md',
    );
  }
  // All of them, before the first is run: a file that is none is a mistake in the call.
  const bundles: [string, Bundle][] = [];
  for (const file of files) bundles.push([file, await readBundle(file)]);
  const real = given.real ? examineMachine(environment, given.pluginDir) : undefined;
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => stop.abort(new Error(`got ${name}`)));
  const replayed = await inScratchFolder(environment, async (folder) => {
    const done: Replayed[] = [];
    for (const [index, [file, bundle]] of bundles.entries()) {
      if (stop.signal.aborted) break;
      done.push(await replayOne(file, bundle, { folder: join(folder, String(index)), signal: stop.signal, real }));
    }
    return done;
  });
  if (stop.signal.aborted) {
    writeStderr(`braid replay: interrupted; ${replayed.length} of ${files.length} were replayed\n`);
    return INTERRUPTED;
  }
  writeStdout(given.json ? jsonReport(replayed) : textReport(replayed, coloursFor(environment)));
  return replayed.every((each) => outcomeOf(each) === 'same') ? 0 : 1;
}

async function inScratchFolder<T>(environment: Environment, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeScratchFolder(environment.variables['TMPDIR'] || undefined);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function replayOne(file: string, bundle: Bundle, place: ReplayPlace): Promise<Replayed> {
  try {
    const { title, durationMs, failed, skipped } = await replayBundle(file, bundle, place);
    const differences = failed?.differences ?? [];
    const common = { file, title, braid: bundle.braid, callCount: bundle.delegates.length, durationMs, differences };
    return skipped === undefined ? common : { ...common, skipped };
  } catch (cause) {
    // Of a bundle that nobody can put on a disk the others know nothing.
    const common = { file, title: basename(file), braid: bundle.braid, callCount: bundle.delegates.length };
    return { ...common, durationMs: 0, differences: [], skipped: errorText(cause) };
  }
}

type Outcome = 'same' | 'different' | 'skipped';

function outcomeOf({ differences, skipped }: Replayed): Outcome {
  if (skipped !== undefined) return 'skipped';
  return differences.length === 0 ? 'same' : 'different';
}

function count(replayed: readonly Replayed[], outcome: Outcome): number {
  return replayed.filter((each) => outcomeOf(each) === outcome).length;
}

function textReport(replayed: readonly Replayed[], { green, red, yellow, bold, dim }: Colours): string {
  const paint = (line: string) => (line.startsWith('-') ? red(line) : line.startsWith('+') ? green(line) : dim(line));
  const blocks = replayed.map((each) => {
    const { callCount, differences } = each;
    const [file, title, braid] = [plainText(each.file), plainText(each.title), plainText(each.braid)];
    const skipped = each.skipped && plainText(each.skipped);
    const by = braid === BRAID_VERSION ? '' : ` by Braid ${braid}`;
    const calls = callCount === 1 ? '1 call' : `${callCount} calls`;
    if (skipped !== undefined) return `${yellow('-')} ${title}${by}\n  not replayed: ${skipped}\n`;
    if (differences.length === 0) return `${green('✓')} ${title}${by} ${dim(`(${calls})`)}\n`;
    const lines = differences.flatMap(differenceLines).map((line) => `    ${paint(plainText(line))}\n`);
    return `${red('✗')} ${bold(`${title}${by}`)}\n  ${file}\n${lines.join('')}\n`;
  });
  const [different, skipped] = [count(replayed, 'different'), count(replayed, 'skipped')];
  const sums = [
    green(`${count(replayed, 'same')} as recorded`),
    ...(different > 0 ? [red(`${different} otherwise`)] : []),
    ...(skipped > 0 ? [yellow(`${skipped} not replayed`)] : []),
  ];
  return `${blocks.join('')}${different > 0 ? dim('- recorded   + replayed\n') : ''}${sums.join(', ')}\n`;
}

/** The keys are documented in docs/record.md. */
function jsonReport(replayed: readonly Replayed[]): string {
  const [same, different, skipped] = (['same', 'different', 'skipped'] as const).map((each) => count(replayed, each));
  const bundles = replayed.map((each) => ({
    ...each,
    durationMs: Math.round(each.durationMs * 10) / 10,
    outcome: outcomeOf(each),
  }));
  return `${JSON.stringify({ same, different, skipped, bundles }, undefined, 2)}\n`;
}
