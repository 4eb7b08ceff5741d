/** Braid as a command: what a person gets who calls it without CNI_COMMAND. One module of `commands/` for each verb. */
import { Command, CommanderError } from 'commander';
import { isColoured } from './commands/colour.ts';
import { type BuildCommand, type CommandContext, withOurManners } from './commands/command.ts';
import { printableStream } from './commands/printable.ts';
import type { Environment } from './environment/environment.ts';
import { prepareOutput, stdoutFault, writeStderr } from './environment/standard-streams.ts';
import { CNI_VERSIONS } from './schema/cni-version.ts';
import { BRAID_VERSION, nodeFault } from './version.ts';

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Loads the one command that is asked for. */
  readonly load: () => Promise<BuildCommand>;
}

const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'explain',
    summary: 'show what would run for a pod, and why',
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  {
    name: 'demo',
    summary: 'attach an example pod to its networks, show what happens, and take it back',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
  {
    name: 'test',
    summary: 'run fixtures: what a node would do with your networks, without plugins, cluster or root',
    load: async () => (await import('./commands/test.ts')).testCommand,
  },
  {
    name: 'validate',
    summary: 'look at configurations, manifests and profiles before they are deployed',
    load: async () => (await import('./commands/validate.ts')).validateCommand,
  },
  {
    name: 'record',
    summary: 'record what this node does, and make tests of it',
    load: async () => (await import('./commands/record.ts')).recordCommand,
  },
  {
    name: 'replay',
    summary: 'run recorded requests again, and say what comes out otherwise',
    load: async () => (await import('./commands/replay.ts')).replayCommand,
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of a file that Braid reads',
    load: async () => (await import('./commands/schema.ts')).schemaCommand,
  },
  {
    name: 'completion',
    summary: 'print the completion script of a shell',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
  {
    name: 'agent',
    summary: "serve the calls of this node's launchers",
    load: async () => (await import('./commands/agent.ts')).agentCommand,
  },
  {
    name: 'add',
    summary: "attach a network namespace by hand, as a runtime's ADD does",
    load: async () => (await import('./commands/add.ts')).addCommand,
  },
  {
    name: 'del',
    summary: 'take the attachments of a container away again',
    load: async () => (await import('./commands/del.ts')).delCommand,
  },
  {
    name: 'check',
    summary: 'ask whether what a container got is still there',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  {
    name: 'gc',
    summary: 'free what nobody has any more, or say what that would be',
    load: async () => (await import('./commands/gc.ts')).gcCommand,
  },
  {
    name: 'status',
    summary: 'tell whether this node could attach a pod now',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    name: 'attachments',
    summary: 'show what the journal of this node holds',
    load: async () => (await import('./commands/attachments.ts')).attachmentsCommand,
  },
  {
    name: 'trace',
    summary: 'show what traced calls waited for, as a waterfall',
    load: async () => (await import('./commands/trace.ts')).traceCommand,
  },
  {
    name: 'version',
    summary: 'print the version',
    load: async () => (await import('./commands/version.ts')).versionCommand,
  },
  {
    name: 'doctor',
    summary: 'say what is wrong with this node, why it hurts, and how to mend it',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
];

const DESCRIPTION = `braid ${BRAID_VERSION}: one pod, several networks, one result

A container runtime calls braid as a CNI plugin: with CNI_COMMAND set and a network configuration on stdin. Called by hand it knows the commands below.`;

/**
 * Runs a command; answers the exit status. Without any argument it tells what it is, as the CNI specification asks.
 *
 * What is printed cannot do anything to a terminal, and what could not be printed is no success.
 */
export async function runCli(environment: Environment): Promise<number> {
  prepareOutput({
    stdout: printableStream(isColoured(process.stdout, environment)),
    stderr: printableStream(isColoured(process.stderr, environment)),
  });
  const oldNode = nodeFault(process.versions.node);
  if (oldNode !== undefined) {
    writeStderr(`braid: ${oldNode}\n`);
    return 1;
  }
  const status = await runCommandLine(environment);
  const fault = stdoutFault();
  if (fault === undefined) return status;
  writeStderr(`braid: cannot write to standard output: ${fault}\n`);
  return status === 0 ? 1 : status;
}

async function runCommandLine(environment: Environment): Promise<number> {
  const { argv } = environment;
  const [first, second] = argv;
  if (first === undefined) return about();
  const wanted = first === 'help' ? second : first;
  let status = 0;
  const end = (given: number) => {
    status = given;
  };
  const context = { environment, end, wholeProgram: () => wholeProgram(environment) };
  const program = await programWith(context, (name) => name === wanted);
  try {
    await program.parseAsync(first === 'help' ? helpArguments(wanted) : argv, { from: 'user' });
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    return cause.exitCode === 0 ? 0 : 2;
  }
  return status;
}

/** The program with all its commands loaded; none of them is run. */
export function wholeProgram(environment: Environment): Promise<Command> {
  const context = { environment, end: () => undefined, wholeProgram: () => wholeProgram(environment) };
  return programWith(context, () => true);
}

async function programWith(context: CommandContext, isLoaded: (name: string) => boolean): Promise<Command> {
  const program = newProgram();
  for (const { name, summary, load } of COMMANDS) {
    const command = isLoaded(name) ? (await load())(context) : new Command(name);
    program.addCommand(command.summary(summary));
  }
  return program;
}

/** `braid help X` is `braid X --help`, and an error where there is no X. */
function helpArguments(wanted: string | undefined): string[] {
  if (wanted === undefined) return ['--help'];
  return COMMANDS.some(({ name }) => name === wanted) ? [wanted, '--help'] : [wanted];
}

const VERSION_LINE = `braid ${BRAID_VERSION}`;

function newProgram(): Command {
  return withOurManners(new Command('braid'), 'braid')
    .usage('<command> [options]')
    .description(DESCRIPTION)
    .version(VERSION_LINE, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand('help [command]', 'print what a command does')
    .addHelpText('after', '\nExit status: 0 success, 1 failure, 2 wrong usage, 130 interrupted.');
}

function about(): number {
  writeStderr(
    `braid ${BRAID_VERSION}: a CNI meta-plugin; try braid --help\nCNI protocol versions supported: ${CNI_VERSIONS.join(', ')}\n`,
  );
  return 0;
}
