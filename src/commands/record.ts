/**
 * `braid record`: switches recording on and off in the node's configuration, and shows what was recorded.
 *
 * An edge: the requests themselves are recorded by whoever serves them (`recording/open-recording.ts`).
 */
import { InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import type { Environment } from '../environment/environment.ts';
import { writeStdout } from '../environment/standard-streams.ts';
import { findBundles } from '../recording/find-bundles.ts';
import { readBundle } from '../recording/read-bundle.ts';
import { USUAL_FILE } from '../schema/installation.ts';
import { bundleAsFixture } from '../testing/replay-bundle.ts';
import { jsonText } from './by-hand/hand-report.ts';
import { absolutePath, type BuildCommand, newCommand, runCommand, wholeNumber } from './command.ts';
import { coloursFor } from './plain-table.ts';
import { bundleText, type ListedBundle, listJson, listText } from './recording/bundle-report.ts';
import { type OffOptions, type OnOptions, recordedFolders, switchOff, switchOn } from './recording/switch-recording.ts';

/** Builds `braid record` with its parts. */
export const recordCommand: BuildCommand = (context) =>
  newCommand('record', {
    description:
      'Records what this node does: switches it on and off, lists and shows bundles, makes tests of them. `braid replay` runs them again; docs/record.md has all of it.',
    examples: [
      ['braid record on --requests 20', 'from now on'],
      ['braid record list', 'what is there'],
      ['braid replay /var/lib/cni/braid/recordings', 'does it come out the same again?'],
    ],
  })
    .helpCommand(false)
    .addCommand(onCommand(context).summary('record the next requests'))
    .addCommand(offCommand(context).summary('record no more'))
    .addCommand(listCommand(context).summary('list bundles'))
    .addCommand(showCommand(context).summary('show one'))
    .addCommand(fixtureCommand(context).summary('print one as a fixture'));

const CONF = ['--conf <file>', "Braid's configuration", USUAL_FILE] as const;

const onCommand: BuildCommand = (context) =>
  newCommand('record on', {
    description:
      "Switches recording on: the next requests of this node's runtime are written down, each with all that Braid read, each plugin's input and output, and its answer, secrets hidden. Pods notice nothing. After the last one it is over.",
    examples: [
      ['braid record on', 'the next 100 requests'],
      ['braid record on --requests 20 --pod-label app=web', 'only those for pods with this label'],
    ],
  })
    .name('on')
    .option('--requests <n>', 'how many', wholeNumber(1, 10_000), 100)
    .option('--pod-label <key=value>', 'only for pods with this label (repeatable)', labels)
    .option('--folder <dir>', 'where to (default: a new folder in recordings of stateDir)', absolutePath)
    .option(...CONF)
    .option('--json', 'print one JSON document')
    .action((given: OnOptions) => runCommand('record on', context, () => switchOn(given)));

const offCommand: BuildCommand = (context) =>
  newCommand('record off', {
    description: 'Switches recording off. What was recorded stays.',
    examples: [['braid record off', 'in the usual file']],
  })
    .name('off')
    .option(...CONF)
    .option('--json', 'print one JSON document')
    .action((given: OffOptions) => runCommand('record off', context, () => switchOff(given)));

const listCommand: BuildCommand = (context) =>
  newCommand('record list', {
    description: 'Lists what was recorded.',
    examples: [
      ['braid record list', 'in the folders of the configuration'],
      ['braid record list bundles --json', 'elsewhere, for a program'],
    ],
  })
    .name('list')
    .argument(
      '[path...]',
      'bundles, and folders with bundles (default: recordings of stateDir, and the folder that is set)',
    )
    .option(...CONF)
    .option('--json', 'print one JSON document')
    .action((paths: string[], given: ListOptions) =>
      runCommand('record list', context, () => showList(paths, given, context.environment)),
    );

const showCommand: BuildCommand = (context) =>
  newCommand('record show', {
    description: 'Shows one bundle: what was asked, which plugins ran, how long each took, how it ended.',
    examples: [['braid record show 0003-ADD-4f2a9c-eth0.json', 'for a person']],
  })
    .name('show')
    .argument('<bundle>', 'a bundle')
    .option('--json', 'print the bundle itself')
    .action((file: string, { json }: { json?: true }) =>
      runCommand('record show', context, async () => {
        const bundle = await readBundle(file);
        writeStdout(json ? jsonText(bundle) : bundleText(bundle, coloursFor(context.environment)));
        return 0;
      }),
    );

const fixtureCommand: BuildCommand = (context) =>
  newCommand('record fixture', {
    description:
      'Prints a bundle as a fixture, a test that `braid test` runs: the same request must come to the same calls and the same answer.',
    examples: [['braid record fixture 0003-ADD-4f2a9c-eth0.json > tests/web.yaml', 'and then: braid test tests']],
  })
    .name('fixture')
    .argument('<bundle>', 'a bundle')
    .option('--json', 'in JSON, which `braid test` reads as well')
    .action((file: string, { json }: { json?: true }) =>
      runCommand('record fixture', context, async () => {
        const { fixture } = bundleAsFixture(file, await readBundle(file));
        writeStdout(json ? jsonText(fixture) : stringify(fixture, { lineWidth: 0, aliasDuplicateObjects: false }));
        return 0;
      }),
    );

interface ListOptions {
  readonly conf: string;
  readonly json?: true;
}

function labels(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, key, value] = /^([^=\s]+)=([^=\s]*)$/.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('It must be key=value.');
  return { ...before, [key]: value };
}

async function showList(paths: readonly string[], given: ListOptions, environment: Environment): Promise<number> {
  const files = await findBundles(paths.length > 0 ? paths : await recordedFolders(given.conf));
  const bundles: ListedBundle[] = [];
  for (const file of files) bundles.push({ file, bundle: await readBundle(file) });
  writeStdout(given.json ? jsonText(listJson(bundles)) : listText(bundles, coloursFor(environment)));
  return 0;
}
