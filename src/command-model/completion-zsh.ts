/** Completion for zsh: a function for each command, which `_arguments` reads. Pure. */
import type { ArgumentModel, CommandModel, OptionModel } from './command-model.ts';
import { flattened, quoted } from './completion-bash.ts';

/** The script; as a file `_braid` in a folder of fpath, or read by `source`. */
export function zshCompletion(program: CommandModel): string {
  return `#compdef ${program.name}
# zsh completion for ${program.name}; braid completion zsh made it
${flattened(program).map(functionOf).join('\n')}
if [[ $funcstack[1] == _${program.name} ]]; then
  _${program.name} "$@"
else
  compdef _${program.name} ${program.name}
fi
`;
}

function functionOf(command: CommandModel): string {
  const { commands, options, arguments: places } = command;
  const flags = options.flatMap(optionSpecs);
  if (commands.length === 0) return body(command, ['_arguments -s', ...flags, ...places.map(placeSpec)]);
  const names = commands.map(({ name, summary }) => quoted(`${escaped(name)}:${summary}`)).join(' ');
  const cases = commands.map((inner) => `    ${quoted(inner.name)}) ${nameOf(inner)} ;;`).join('\n');
  return `${nameOf(command)}() {
  local curcontext=$curcontext state line
  local -a names=(${names})
  _arguments -C ${[...flags, "'1: :->command'", "'*:: :->rest'"].join(' ')}
  case $state in
  command) _describe -t commands command names ;;
  rest)
    case $line[1] in
${cases}
    esac ;;
  esac
}`;
}

function body(command: CommandModel, words: readonly string[]): string {
  return `${nameOf(command)}() {\n  ${words.join(' \\\n    ')}\n}`;
}

function nameOf({ words }: CommandModel): string {
  return `_${words.join('_').replaceAll('-', '_')}`;
}

function optionSpecs({ flags, about, takesValue, choices, title }: OptionModel): string[] {
  const value = takesValue ? `:${escaped(valueName(title))}:${actionOf(choices)}` : '';
  return flags.map((flag) => quoted(`*${flag}[${bracketed(about)}]${value}`));
}

function placeSpec({ name, isVariadic, isRequired, choices }: ArgumentModel, index: number): string {
  const place = isVariadic ? '*' : `${index + 1}${isRequired ? '' : ':'}`;
  return quoted(`${place}:${escaped(name)}:${actionOf(choices)}`);
}

function actionOf(choices: readonly string[]): string {
  return choices.length > 0 ? `(${choices.join(' ')})` : '_files';
}

function valueName(title: string): string {
  return /[<[]([^>\]]+)[>\]]/.exec(title)?.[1] ?? 'value';
}

function escaped(text: string): string {
  return text.replaceAll(/[\\:]/g, '\\$&');
}

function bracketed(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, '\\$&').replaceAll('\n', ' ');
}
