/** Completion scripts and the man page of a program made for it, with everything that commands can have. */
import { spawnSync } from 'node:child_process';
import { Argument, Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { commandModel } from '../../src/command-model/command-model.ts';
import { bashCompletion } from '../../src/command-model/completion-bash.ts';
import { fishCompletion } from '../../src/command-model/completion-fish.ts';
import { zshCompletion } from '../../src/command-model/completion-zsh.ts';
import { manPage } from '../../src/command-model/man-page.ts';

function program(): Command {
  const list = new Command('list')
    .summary("what's there: all")
    .description('Lists.')
    .option('-a, --all', 'all of [them]');
  const store = new Command('store').summary('the store').description('Keeps things.').addCommand(list);
  const paint = new Command('paint')
    .summary('paint it')
    .description('Paints.\n\n.Not a request')
    .addArgument(new Argument('<colour>', 'which').choices(['red', 'green']))
    .argument('[files...]', 'what')
    .addOption(new Option('-b, --brush <name>', 'by which').choices(['fine', 'broad']).default('fine'))
    .option('--from <file>', "it's a file")
    .addHelpText('after', '\nExamples:\n  tool paint red\n      .red all over\n\nExit status: 0 painted.');
  return new Command('tool').description('tool 1: does things\n\nMore of it.').addCommand(store).addCommand(paint);
}

const model = commandModel(program());

test('the model has commands below commands, choices, and what stands below the options', () => {
  expect(model.commands.map(({ name }) => name)).toEqual(['store', 'paint', 'help']);
  expect(model.commands[0]?.commands[0]?.words).toEqual(['tool', 'store', 'list']);
  expect(model.commands[1]?.epilogue).toMatch(/^Examples:\n {2}tool paint red/);
  expect(model.commands[2]?.arguments[0]?.choices).toEqual(['store', 'paint', 'help']);
});

describe('bash completes', () => {
  const script = bashCompletion(model);

  test.each([
    ['tool s', 'store'],
    ['tool store ', 'list help -h --help'],
    ['tool store list --a', '--all'],
    ['tool paint gree', 'green'],
    ['tool paint --brush f', 'fine'],
    ['tool paint -b ', 'fine broad'],
    ['tool help p', 'paint'],
  ])('%j with %j', (typed, wanted) => {
    const words = typed.split(' ').map((word) => `'${word}'`);
    const call = `${script}\nCOMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _tool; echo "\${COMPREPLY[*]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', call], { encoding: 'utf8', cwd: '/' });
    expect([stdout.trim(), stderr]).toEqual([wanted, '']);
  });
});

test('zsh gets a function for each command, with what would end its words escaped', () => {
  const script = zshCompletion(model);
  expect(script).toContain("local -a names=('store:the store' 'paint:paint it'");
  expect(script).toContain("'*--all[all of \\[them\\]]'");
  expect(script).toContain("'*--from[it'\\''s a file]:file:_files'");
  expect(script).toContain("'1:colour:(red green)'");
  expect(script).toContain('_tool_store_list() {');
});

test('fish gets a condition for each command', () => {
  const script = fishCompletion(model);
  expect(script).toContain(
    "complete -c tool -n 'not __fish_seen_subcommand_from store paint help' -a 'paint' -d 'paint it'",
  );
  expect(script).toContain(
    "complete -c tool -n '__fish_seen_subcommand_from paint' -s b -l brush -x -a 'fine broad' -d 'by which'",
  );
  expect(script).toContain("-l from -r -F -d 'it\\'s a file'");
});

test('the man page has every command, and no text of it is taken for a request', () => {
  const page = manPage(model, '1.0.0');
  expect(page).toContain('.SS tool paint [options] <colour> [files...]\n');
  expect(page).toContain('.B \\-b, \\-\\-brush <name>\nby which (one of fine, broad; default: fine)\n');
  expect(page).toContain('.nf\n  tool paint red\n      .red all over\n.fi\n');
  expect(page.split('\n').filter((line) => /^[.'](?!TH|SH|SS|TP|PP|B |I |nf|fi)/.test(line))).toEqual([]);
  const { error, status, stderr } = spawnSync('mandoc', ['-Tlint', '-Wwarning'], { input: page, encoding: 'utf8' });
  // Of the date it has none: the page is made anew with every change.
  if (error === undefined)
    expect([status, stderr.split('\n').filter((line) => !/missing date|^$/.test(line))]).toEqual([2, []]);
});
