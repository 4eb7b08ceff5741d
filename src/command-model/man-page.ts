/** The man page in roff, in the macros that every `man` has. Pure. */
import type { CommandModel, OptionModel } from './command-model.ts';
import { flattened } from './completion-bash.ts';

const WIDTH = 78;

/** The page. `version`: as the footer shows it. */
export function manPage(program: CommandModel, version: string): string {
  const { name, about } = program;
  const [first = '', ...paragraphs] = about.split('\n\n');
  const summary = first.replace(/^[^:]*: /, '');
  const commands = flattened(program).slice(1);
  return `${[
    `.TH ${name.toUpperCase()} 1 "" "${name} ${version}" "User Commands"`,
    '.SH NAME',
    `${name} \\- ${escaped(summary)}`,
    '.SH SYNOPSIS',
    ...synopsis(program),
    '.SH DESCRIPTION',
    ...paragraphs.flatMap((text, index) => [...(index > 0 ? ['.PP'] : []), prose(text)]),
    '.SH OPTIONS',
    ...program.options.flatMap(optionLines),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    ...ending(program),
    '.SH SEE ALSO',
    'The documents in the folder docs of the project.',
  ].join('\n')}\n`;
}

function synopsis({ words, usage }: CommandModel): string[] {
  return [`.B ${escaped(words.join(' '))}`, prose(usage)];
}

function commandLines(command: CommandModel): string[] {
  const { words, usage, about, summary, options, arguments: places } = command;
  return [
    `.SS ${escaped(`${words.join(' ')} ${usage}`)}`,
    prose(about || summary),
    ...places
      .filter(({ about: text }) => text !== '')
      .flatMap(({ name, about: text }) => ['.TP', `.I ${escaped(name)}`, prose(text)]),
    ...options.flatMap(optionLines),
    ...epilogueLines(command.epilogue),
  ];
}

function optionLines({ title, about, choices, default: usual }: OptionModel): string[] {
  const facts = [
    choices.length > 0 ? `one of ${choices.join(', ')}` : '',
    usual === undefined ? '' : `default: ${usual}`,
  ];
  const told = facts.filter((fact) => fact !== '').join('; ');
  return ['.TP', `.B ${escaped(title)}`, prose(told === '' ? about : `${about} (${told})`)];
}

function ending({ epilogue }: CommandModel): string[] {
  return epilogue === '' ? [] : ['.SH EXIT STATUS', prose(epilogue.replace(/^Exit status: /, ''))];
}

/** Examples stay as they are laid out; what follows them is a paragraph. */
function epilogueLines(epilogue: string): string[] {
  const blocks = epilogue.split('\n\n').filter((block) => block !== '');
  return blocks.flatMap((block) => {
    const [title = '', ...rows] = block.split('\n');
    if (rows.length === 0) return ['.PP', prose(block)];
    return ['.PP', prose(title), '.PP', '.nf', ...rows.map(line), '.fi'];
  });
}

/** A line of text is no request, whatever it begins with. */
function line(text: string): string {
  const safe = escaped(text);
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

/** Text that is filled by `man`, in lines that a person can read in the source, too. */
function prose(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || escaped(`${last} ${word}`).length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map(line).join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('’', "'");
}
