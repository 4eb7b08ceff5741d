/**
 * `braid replay`: recorded requests once more, on a node made of their bundles, and what came out otherwise.
 *
 * An edge: bundles are read in `recording/` and run in `testing/`; here is what the person gets.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import picocolors from 'picocolors';
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { findBundles } from '../recording/find-bundles.ts';
import { readBundle } from '../recording/read-bundle.ts';
import type { Bundle } from '../schema/bundle.ts';
import type { Difference } from '../testing/judge-step.ts';
import { replayBundle } from '../testing/replay-bundle.ts';
import { makeScratchFolder } from '../testing/scratch-folder.ts';
import { BRAID_VERSION } from '../version.ts';
import { type BuildCommand, newCommand, runCommand } from './command.ts';
import { differenceLines } from './test-diff.ts';

const INTERRUPTED = 130;

/** Builds `braid replay`. */
export const replayCommand: BuildCommand = (context) =>
  newCommand('replay', {
    description:
      'Replays recorded requests: the same call, on a node made of the bundle, whose plugins and API server answer what they answered then. Says where calls of plugins, answer, journal or network status are not as recorded. Needs no root, no plugins, no cluster. docs/record.md tells how bundles come to be.',
    examples: [
      ['braid replay /var/lib/cni/braid/recordings', 'all bundles of a folder'],
      ['braid replay 0003-ADD-4f2a9c-eth0.json --json', 'one, for a program'],
    ],
    exitStatus: '0 all came out as recorded, 1 some did not, 2 wrong usage, 130 interrupted',
  })
    .argument('<path...>', 'bundles, and folders with bundles at any depth')
    .option('--json', 'print a document')
    .action((paths: string[], given: GivenOptions) =>
      runCommand('replay', context, () => replayAll(paths, given, context.environment)),
    );

interface GivenOptions {
  readonly json?: true;
}

/** What came of one bundle. */
interface Replayed {
  readonly file: string;
  readonly title: string;
  readonly braid: string;
  readonly callCount: number;
  readonly durationMs: number;
  /** Empty: all came out as recorded. */
  readonly differences: readonly Difference[];
}

async function replayAll(paths: readonly string[], { json }: GivenOptions, environment: Environment): Promise<number> {
  const files = findBundles(paths);
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
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(`got ${name}`)));
  const replayed = await inScratchFolder(environment, async (folder) => {
    const done: Replayed[] = [];
    for (const [index, [file, bundle]] of bundles.entries()) {
      if (stop.signal.aborted) break;
      done.push(await replayOne(file, bundle, { folder: join(folder, String(index)), signal: stop.signal }));
    }
    return done;
  });
  if (stop.signal.aborted) {
    writeStderr(`braid replay: interrupted; ${replayed.length} of ${files.length} were replayed\n`);
    return INTERRUPTED;
  }
  const isColour = process.stdout.isTTY === true && !environment.variables['NO_COLOR'];
  writeStdout(json ? jsonReport(replayed) : textReport(replayed, isColour));
  return replayed.every(({ differences }) => differences.length === 0) ? 0 : 1;
}

async function inScratchFolder<T>(environment: Environment, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeScratchFolder(environment.variables['TMPDIR'] || undefined);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function replayOne(
  file: string,
  bundle: Bundle,
  place: { folder: string; signal: AbortSignal },
): Promise<Replayed> {
  try {
    const { title, durationMs, failed } = await replayBundle(file, bundle, place);
    const differences = failed?.differences ?? [];
    return { file, title, braid: bundle.braid, callCount: bundle.delegates.length, durationMs, differences };
  } catch (cause) {
    throw new Error(`${file}: it could not be replayed: ${errorText(cause)}`);
  }
}

function textReport(replayed: readonly Replayed[], isColour: boolean): string {
  const { green, red, bold, dim } = picocolors.createColors(isColour);
  const paint = (line: string) => (line.startsWith('-') ? red(line) : line.startsWith('+') ? green(line) : dim(line));
  const blocks = replayed.map(({ file, title, braid, callCount, differences }) => {
    const by = braid === BRAID_VERSION ? '' : ` by Braid ${braid}`;
    const calls = callCount === 1 ? '1 call' : `${callCount} calls`;
    if (differences.length === 0) return `${green('✓')} ${title}${by} ${dim(`(${calls})`)}\n`;
    const lines = differences.flatMap(differenceLines).map((line) => `    ${paint(line)}\n`);
    return `${red('✗')} ${bold(`${title}${by}`)}\n  ${file}\n${lines.join('')}\n`;
  });
  const different = replayed.filter(({ differences }) => differences.length > 0).length;
  const same = replayed.length - different;
  const sums = [green(`${same} as recorded`), ...(different > 0 ? [red(`${different} otherwise`)] : [])];
  return `${blocks.join('')}${different > 0 ? dim('- recorded   + replayed\n') : ''}${sums.join(', ')}\n`;
}

/** The keys are documented in docs/record.md. */
function jsonReport(replayed: readonly Replayed[]): string {
  const different = replayed.filter(({ differences }) => differences.length > 0).length;
  const bundles = replayed.map(({ differences, durationMs, ...rest }) => ({
    ...rest,
    durationMs: Math.round(durationMs * 10) / 10,
    outcome: differences.length === 0 ? 'same' : 'different',
    differences,
  }));
  return `${JSON.stringify({ same: replayed.length - different, different, bundles }, undefined, 2)}\n`;
}
