/** `braid doctor`: what is wrong with this node, why it hurts, and how to mend it. An edge. */
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { parseHealthAddress } from '../agent/health-server.ts';
import { CHECKS } from '../doctor/checks.ts';
import { openNode } from '../doctor/open-node.ts';
import { isUnwell, jsonReport, readableReport } from '../doctor/report.ts';
import { runChecks } from '../doctor/run-checks.ts';
import type { Environment } from '../environment/environment.ts';
import { writeStdout } from '../environment/standard-streams.ts';
import { errorText } from '../errors.ts';
import { USUAL_CONF_DIR, USUAL_LISTEN, USUAL_SOCKET } from '../schema/installation.ts';
import { nearestName } from '../schema/nearest-name.ts';
import { absolutePath, type BuildCommand, givenText, newCommand, runCommand, wholeNumber } from './command.ts';
import { coloursFor } from './plain-table.ts';
import { pluginDirOption, USUALLY, usualPluginDirs } from './plugin-dirs.ts';

const NAMES = CHECKS.map(({ name }) => name);
const LIMIT_MS = 5000;

/** Builds `braid doctor`. */
export const doctorCommand: BuildCommand = (context) =>
  newCommand('doctor', {
    description: `Looks at this node as the calls of its runtime do, and changes nothing. Checks, all at once: ${NAMES.join(', ')}. docs/doctor.md says what each looks at. Run it as root to see all.`,
    examples: [
      ['braid doctor', 'look at everything'],
      ['braid doctor --only plugins,journal', 'look at two parts'],
      ['braid doctor --json | jq .summary', 'for a program'],
    ],
    exitStatus: '0 nothing found, or notes only; 1 errors or warnings found; 2 wrong usage; 130 interrupted',
  })
    .option(
      '--conf <file>',
      "Braid's configuration (default: the first file of --conf-dir that has the plugin braid)",
      somePath,
    )
    .option(
      '--conf-dir <dir>',
      `where runtimes look for networks (default: the folder of --conf, else ${USUAL_CONF_DIR})`,
      somePath,
    )
    .addOption(pluginDirOption('where plugins are', USUALLY))
    .option('--state-dir <dir>', "Braid's state folder (default: as the configuration says)", absolutePath)
    .option('--socket <path>', 'where the agent listens for launchers', absolutePath, USUAL_SOCKET)
    .option('--listen <address>', 'where the agent tells of its health', healthAddress, USUAL_LISTEN)
    .option('--only <check,...>', 'run these checks only', checkNames)
    .option('--timeout <ms>', 'how long a check may take; one that hangs is a finding', wholeNumber(1), LIMIT_MS)
    .option('--json', 'print one JSON document')
    .action((given: GivenOptions) => runCommand('doctor', context, () => doctor(given, context.environment)));

interface GivenOptions {
  readonly conf?: string;
  readonly confDir?: string;
  readonly pluginDir?: readonly string[];
  readonly stateDir?: string;
  readonly socket: string;
  readonly listen: string;
  readonly only?: readonly string[];
  readonly timeout: number;
  readonly json?: true;
}

function somePath(text: string): string {
  return resolve(givenText(text));
}

function healthAddress(text: string): string {
  try {
    parseHealthAddress(text);
    return text;
  } catch (cause) {
    throw new InvalidArgumentError(errorText(cause));
  }
}

function checkNames(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names.filter((given) => !NAMES.includes(given))) {
    const nearest = nearestName(name, NAMES);
    throw new InvalidArgumentError(
      `There is no check "${name}".${nearest === undefined ? '' : ` Did you mean "${nearest}"?`} The checks are ${NAMES.join(', ')}.`,
    );
  }
  return [...before, ...names];
}

async function doctor(given: GivenOptions, environment: Environment): Promise<number> {
  const { conf, only, json, stateDir, socket, listen } = given;
  const places = {
    conf,
    runtimeDir: given.confDir ?? (conf === undefined ? USUAL_CONF_DIR : dirname(conf)),
    cniPath: given.pluginDir ?? usualPluginDirs(environment).map((folder) => resolve(folder)),
    stateDir,
    agentSocket: socket,
    agentListen: listen,
  };
  const stop = new AbortController();
  const { node, close } = openNode(places, environment, stop.signal);
  const checks = only ? CHECKS.filter(({ name }) => only.includes(name)) : CHECKS;
  const examination = await runChecks(checks, node, { signal: stop.signal, limitMs: given.timeout });
  close();
  writeStdout(json ? jsonReport(examination) : readableReport(examination, coloursFor(environment)));
  if (examination.isAnyLate) endAtOnce();
  return isUnwell(examination) ? 1 : 0;
}

/**
 * With status 1. Node would wait at its end for the thread that waits for a disk; another program in this process' place does
 * not.
 */
function endAtOnce(): void {
  if (process.versions['bun'] === undefined) process.execve?.(process.execPath, ['node', '-e', 'process.exit(1)'], {});
}
