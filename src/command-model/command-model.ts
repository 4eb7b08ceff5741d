/** What commands, options and arguments there are, taken from the program itself: for completion and the man page. Pure. */
import type { Argument, Command, Option } from 'commander';

/** An option as it is typed and what it takes. */
export interface OptionModel {
  /** `-h`, `--help`, in this order, as far as there are. */
  readonly flags: readonly string[];
  /** As the help shows it: `-h, --help`. */
  readonly title: string;
  readonly about: string;
  readonly takesValue: boolean;
  /** The values that it takes; empty: any. */
  readonly choices: readonly string[];
  /** A default worth showing. */
  readonly default: string | undefined;
}

/** An argument by its place. */
export interface ArgumentModel {
  readonly name: string;
  readonly about: string;
  readonly isVariadic: boolean;
  readonly isRequired: boolean;
  readonly choices: readonly string[];
}

/** A command with all below it. */
export interface CommandModel {
  readonly name: string;
  /** The words that lead to it, the program's own first. */
  readonly words: readonly string[];
  readonly usage: string;
  readonly summary: string;
  readonly about: string;
  readonly options: readonly OptionModel[];
  readonly arguments: readonly ArgumentModel[];
  readonly commands: readonly CommandModel[];
  /** What its help prints below the options: examples, exit statuses. */
  readonly epilogue: string;
}

/** The model of a program whose commands are all loaded. */
export function commandModel(command: Command, before: readonly string[] = []): CommandModel {
  const help = command.createHelp();
  const words = [...before, command.name()];
  const commands = help.visibleCommands(command).map((inner) => commandModel(inner, words));
  const names = commands.map(({ name }) => name);
  return {
    name: command.name(),
    words,
    usage: command.usage(),
    summary: command.summary() || help.subcommandDescription(command),
    about: command.description(),
    options: help.visibleOptions(command).map(optionModel),
    arguments: command.registeredArguments.map(argumentModel),
    commands: commands.map((inner) => (inner.name === 'help' ? withChoices(inner, names) : inner)),
    epilogue: epilogueOf(command),
  };
}

/** What commander's own command for help takes is the name of any other. */
function withChoices(help: CommandModel, choices: readonly string[]): CommandModel {
  return { ...help, arguments: help.arguments.map((argument) => ({ ...argument, choices })) };
}

function optionModel(option: Option): OptionModel {
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    title: option.flags,
    about: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
    default: defaultText(option),
  };
}

function defaultText({ defaultValue, defaultValueDescription }: Option): string | undefined {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  const isWorthIt = (typeof defaultValue === 'string' && defaultValue !== '') || typeof defaultValue === 'number';
  return isWorthIt ? String(defaultValue) : undefined;
}

function argumentModel(argument: Argument): ArgumentModel {
  return {
    name: argument.name(),
    about: argument.description,
    isVariadic: argument.variadic,
    isRequired: argument.required,
    choices: argument.argChoices ?? [],
  };
}

/** Commander keeps such texts for its listeners only, so the command prints its help into a text. */
function epilogueOf(command: Command): string {
  let printed = '';
  const output = command.configureOutput();
  command.configureOutput({ ...output, writeOut: (text) => (printed += text) });
  command.outputHelp();
  command.configureOutput(output);
  return printed.slice(command.helpInformation().length).trim();
}
