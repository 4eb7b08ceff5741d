/** `braid validate`: configurations, manifests and profiles looked at before they are deployed, by the plugin's own code. */
import { Option } from 'commander';
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import { errorText } from '../errors.ts';
import { diffOf, type MendedFile, mend, whyLeftAlone, writeMended } from '../validate/apply-fixes.ts';
import { jsonReport } from '../validate/reports/json.ts';
import { junitReport } from '../validate/reports/junit.ts';
import { prettyReport, summaryLine } from '../validate/reports/pretty.ts';
import { sarifReport } from '../validate/reports/sarif.ts';
import { statusOf, summaryOf } from '../validate/reports/summary.ts';
import { type ValidateOptions, type Validation, validate } from '../validate/validate.ts';
import { type BuildCommand, newCommand, onOneLine, runCommand } from './command.ts';
import { coloursFor } from './plain-table.ts';
import { pluginDirOption } from './plugin-dirs.ts';

const FORMATS = ['pretty', 'json', 'sarif', 'junit'] as const;

/** Fixing what one round shows can show more; this many rounds are enough for anything. */
const MOST_ROUNDS = 10;

interface GivenOptions {
  readonly format: (typeof FORMATS)[number];
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly notes?: boolean;
  readonly fix?: boolean;
  readonly dryRun?: boolean;
  readonly pluginDir?: readonly string[];
}

/** Builds `braid validate`. */
export const validateCommand: BuildCommand = (context) => {
  const command = newCommand('validate', {
    description:
      'Looks at network configurations (.conf, .conflist, .json), Kubernetes manifests (pods, workloads, NetworkAttachmentDefinitions, namespaces), profiles of plugins and fixtures. A folder of configurations counts as that of a node; pods are planned on it as an ADD would be. docs/validate.md has the rules.',
    examples: [
      ['braid validate /etc/cni/net.d manifests/', 'a node with the pods and definitions that are for it'],
      ['kubectl get pods -A -o json | braid validate /etc/cni/net.d -', 'the pods of a cluster'],
      ['braid validate --fix --dry-run net.d', 'what could be mended, as a diff'],
      ['braid validate --format sarif . > braid.sarif', 'for a code host'],
    ],
    exitStatus: '0 no errors, 1 errors (with --strict also warnings), 2 wrong usage, 130 interrupted',
  });
  return command
    .argument('<path...>', 'files and folders; "-" is stdin')
    .addOption(new Option('--format <name>', 'how findings are written').choices(FORMATS).default('pretty'))
    .addOption(new Option('--json', 'the same as --format json').conflicts('format'))
    .option('--strict', 'warnings fail as errors do')
    .option('--notes', 'show notes, too')
    .addOption(pluginDirOption('where plugins are', 'they count as installed'))
    .option('--fix', 'mend what has one right answer')
    .option('--dry-run', 'with --fix: write nothing, show the diff')
    .action((paths: string[], options: GivenOptions) => {
      const given: GivenOptions = options.json ? { ...options, format: 'json' } : options;
      if (given.dryRun && !given.fix) command.error('error: --dry-run needs --fix', { exitCode: 2 });
      if (given.dryRun && given.format !== 'pretty')
        command.error('error: --dry-run prints a diff, and no other format', { exitCode: 2 });
      if (given.fix && paths.includes('-'))
        command.error('error: --fix cannot write to standard input', { exitCode: 2 });
      return runCommand('validate', context, () => run(paths, given, context.environment));
    });
};

async function run(paths: readonly string[], given: GivenOptions, environment: Environment): Promise<number> {
  const options = { paths, pluginDirs: given.pluginDir ?? [], readStdin: environment.readStdin };
  const first = await validate(options);
  if (given.fix && given.dryRun) return showDiff(first, given);
  const { validation, fixed, failed } = given.fix ? await fixAll(first, options) : { ...UNTOUCHED, validation: first };
  if (given.format === 'pretty')
    writeStdout(fixed.map(({ file, what }) => `${onOneLine(`${file}: fixed: ${what}`)}\n`).join(''));
  writeStdout(reportOf(validation, given, { environment, fixed }));
  for (const text of failed) writeStderr(`braid validate: ${onOneLine(text)}\n`);
  return failed.length > 0 ? 1 : statusOf(summaryOf(validation), given.strict ?? false);
}

interface Fixed {
  /** What there is to say afterwards. */
  readonly validation: Validation;
  readonly fixed: readonly { readonly file: string; readonly what: string }[];
  /** Why files could not be mended, a line for each. */
  readonly failed: readonly string[];
}

const UNTOUCHED = { fixed: [], failed: [] };

/** Mends until nothing is left that can be. Writes files; one that cannot be written keeps no other from it. */
async function fixAll(first: Validation, options: ValidateOptions): Promise<Fixed> {
  const fixed: { file: string; what: string }[] = [];
  let validation = first;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const before = fixed.length;
    const failed = mend(validation.findings).flatMap((mended) => {
      const { file, fixes } = mended;
      try {
        writeMended(mended);
      } catch (cause) {
        return [unmended(file, errorText(cause))];
      }
      fixed.push(...fixes.map(({ what }) => ({ file, what })));
      return [];
    });
    if (fixed.length === before) return { validation, fixed, failed };
    validation = await validate(options);
  }
  return { validation, fixed, failed: [] };
}

function unmended(file: string, reason: string): string {
  return `cannot mend ${file}: ${reason}`;
}

function showDiff(validation: Validation, { strict = false, notes = false }: GivenOptions): number {
  const mended: MendedFile[] = [];
  for (const one of mend(validation.findings)) {
    const reason = whyLeftAlone(one.file);
    if (reason) writeStderr(`braid validate: ${onOneLine(unmended(one.file, reason))}\n`);
    else mended.push(one);
  }
  writeStdout(mended.map(diffOf).join(''));
  const summary = summaryOf(validation);
  writeStderr(`${summaryLine(summary, notes)}; ${mended.length === 0 ? 'none can be fixed' : 'nothing was written'}\n`);
  return statusOf(summary, strict);
}

interface Surroundings {
  readonly environment: Environment;
  readonly fixed: readonly { file: string; what: string }[];
}

function reportOf(validation: Validation, given: GivenOptions, { environment, fixed }: Surroundings): string {
  switch (given.format) {
    case 'json':
      return jsonReport(validation, given.fix ? fixed : undefined);
    case 'sarif':
      return sarifReport(validation);
    case 'junit':
      return junitReport(validation, given.strict ?? false);
    case 'pretty':
      return prettyReport(validation, {
        colours: coloursFor(environment),
        hasNotes: given.notes ?? false,
      });
  }
}
