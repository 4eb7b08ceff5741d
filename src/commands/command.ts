/**
 * What all commands of the command line share: how one is built, how it ends, what a wrong usage looks like.
 *
 * A command is a module of its own, loaded when it is the one that was asked for. It gives back a `Command` of commander whose
 * action calls `context.end` with the exit status: 0 success, 1 failure or findings, 2 wrong usage, 130 interrupted.
 */
import { statSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import { errorText } from '../errors.ts';

/** What a command is built with. */
export interface CommandContext {
  readonly environment: Environment;
  /** Sets the exit status; without it, 0. */
  end(status: number): void;
  /** The program with all its commands, for who tells of them. */
  wholeProgram(): Promise<Command>;
}

/** Builds a command. */
export type BuildCommand = (context: CommandContext) => Command;

/** What a command says of itself in its help, beside its options. */
export interface CommandHelp {
  /** Sentences below the usage. */
  readonly description: string;
  /** Whole command lines, with a word on what each does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** What its exit statuses mean, when that is more than success, failure and wrong usage. */
  readonly exitStatus?: string;
}

/** The exit status after SIGINT, as a shell has it. */
export const INTERRUPTED = 130;

const EXIT_STATUS = '0 success, 1 failure, 2 wrong usage, 130 interrupted';

/** A command that writes and ends as all of ours do; its options and action are added by its module. */
export function newCommand(name: string, { description, examples, exitStatus = EXIT_STATUS }: CommandHelp): Command {
  const lines = examples.map(([line, what]) => `  ${line}\n      ${what}`);
  return withOurManners(new Command(name), `braid ${name}`)
    .description(description)
    .helpOption('-h, --help', 'print this')
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}\n\nExit status: ${exitStatus}.`);
}

/** Errors on stderr under the command's whole name, with the way to its help; never an exit of commander's own. */
export function withOurManners(command: Command, title: string): Command {
  return command
    .exitOverride()
    .showHelpAfterError(`Try ${title} --help.`)
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => void writeStdout(text),
      writeErr: writeStderr,
      outputError: (text, write) => write(text.replace(/^error: /, `${title}: `)),
    });
}

/** Runs the work of a command: what it throws becomes one line on stderr and status 1. */
export async function runCommand(
  name: string,
  context: Omit<CommandContext, 'wholeProgram'>,
  work: () => Promise<number>,
): Promise<void> {
  try {
    context.end(await work());
  } catch (cause) {
    writeStderr(`braid ${name}: ${onOneLine(errorText(cause))}\n`);
    context.end(1);
  }
}

/** Messages of servers and of libraries have line ends where they like; a fault is one line. */
export function onOneLine(text: string): string {
  return text.trim().replace(/\s*[\r\n]+\s*/g, ' ');
}

/** For options: a text that is not empty. */
export function givenText(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}

/** For options that may be given several times. */
export function collected(text: string, before: readonly string[] = []): string[] {
  return [...before, givenText(text)];
}

/** For options: an absolute path. */
export function absolutePath(text: string): string {
  if (text.startsWith('/')) return text;
  throw new InvalidArgumentError('It must be an absolute path.');
}

/** For options: a folder that is there. */
export function existingFolder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw new InvalidArgumentError('There is no such folder.');
}

/** For options: a whole number. */
export function wholeNumber(least: number, most = 100_000): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
