/** Completion for fish: a line for each command, option and argument. Pure. */
import type { CommandModel } from './command-model.ts';
import { flattened } from './completion-bash.ts';

/** The script. */
export function fishCompletion(program: CommandModel): string {
  return [
    `# fish completion for ${program.name}; braid completion fish made it`,
    `complete -c ${program.name} -f`,
    ...flattened(program).flatMap((command) => linesOf(command, program.name)),
    '',
  ].join('\n');
}

function linesOf(command: CommandModel, program: string): string[] {
  const { commands, options, arguments: places } = command;
  const add = (...words: string[]) =>
    ['complete', '-c', program, '-n', quoted(conditionOf(command)), ...words].join(' ');
  const choices = places.flatMap((place) => place.choices);
  return [
    ...commands.map(({ name, summary }) => add('-a', quoted(name), '-d', quoted(summary))),
    ...options.map(({ flags, about, takesValue, choices: values }) => {
      const value = values.length > 0 ? ['-x', '-a', quoted(values.join(' '))] : ['-r', '-F'];
      return add(...flags.map(flagOf), ...(takesValue ? value : []), '-d', quoted(about));
    }),
    ...(choices.length > 0 ? [add('-a', quoted(choices.join(' ')))] : []),
    ...(places.some((place) => place.choices.length === 0) ? [add('-F')] : []),
  ];
}

/** At a command: its words were typed, and none of those below it. */
function conditionOf({ words, commands }: CommandModel): string {
  const typed = words.slice(1).map((word) => `__fish_seen_subcommand_from ${word}`);
  const below = commands.map(({ name }) => name);
  const none = below.length > 0 ? [`not __fish_seen_subcommand_from ${below.join(' ')}`] : [];
  return [...typed, ...none].join('; and ') || 'true';
}

function flagOf(flag: string): string {
  return flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
