/** Completion for bash, 3.2 and later; it needs nothing of the package bash-completion. Pure. */
import type { CommandModel, OptionModel } from './command-model.ts';

/** The script. */
export function bashCompletion(program: CommandModel): string {
  const all = flattened(program);
  return `# bash completion for ${program.name}; braid completion bash made it
_${program.name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local path=${program.name} words='' files='' word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case "$path $word" in
${all
  .filter(({ words }) => words.length > 1)
  .map(({ words }) => `      ${quoted(words.join(' '))}) path=${quoted(words.join(' '))} ;;`)
  .join('\n')}
    esac
  done
  case "$path $previous" in
${all.flatMap(valueCases).join('\n')}
  esac
  case "$path" in
${all.map(pathCase).join('\n')}
  esac
  COMPREPLY=()
  while IFS='' read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$current")
  if [[ -n $files && $current != -* ]]; then
    while IFS='' read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _${program.name} ${program.name}
`;
}

/** A command and all below it. */
export function flattened(command: CommandModel): CommandModel[] {
  return [command, ...command.commands.flatMap(flattened)];
}

/** After an option that takes a value: its choices, else files. */
function valueCases({ words, options }: CommandModel): string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map((option) => {
      const patterns = option.flags.map((flag) => quoted(`${words.join(' ')} ${flag}`)).join(' | ');
      return `    ${patterns}) ${valueReply(option)}; return ;;`;
    });
}

function valueReply({ choices }: OptionModel): string {
  const how = choices.length > 0 ? `-W ${quoted(choices.join(' '))}` : '-f';
  return `COMPREPLY=(); while IFS='' read -r word; do COMPREPLY+=("$word"); done < <(compgen ${how} -- "$current")`;
}

function pathCase({ words, commands, options, arguments: places }: CommandModel): string {
  const names = commands.map(({ name }) => name);
  const choices = places.flatMap((place) => place.choices);
  const flags = options.flatMap((option) => option.flags);
  const files = places.some((place) => place.choices.length === 0) ? ' files=1' : '';
  return `    ${quoted(words.join(' '))}) words=${quoted([...names, ...choices, ...flags].join(' '))}${files} ;;`;
}

/** A word for the shell, whatever stands in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
