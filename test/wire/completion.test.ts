/** `braid completion` and `braid schema` as processes: what they print, and that shells take it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { COMPILED, ON_NODE, requireBuild } from '../harness/braid-call.ts';

beforeAll(requireBuild);

const project = resolve(import.meta.dirname, '../..');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'braid-completion-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], { form = ON_NODE } = {}) {
  const [program = '', ...first] = form.command;
  const { status, stdout, stderr } = spawnSync(program, [...first, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('braid completion', () => {
  test('for bash completes commands, options, choices and files', () => {
    const { stdout } = run(['completion', 'bash'], { form: COMPILED });
    const script = `${stdout}
      try() { COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _braid; echo "\${COMPREPLY[*]}"; }
      try braid va; try braid validate --str; try braid validate --format s; try braid help sche; try braid completion z
      try braid validate --plugin-dir conf; try braid validate fixtu`;
    const answer = spawnSync('bash', ['-c', script], { cwd: project, encoding: 'utf8' });
    expect(answer.stdout.trim().split('\n')).toEqual([
      'validate',
      '--strict',
      'sarif',
      'schema',
      'zsh',
      'config',
      'fixtures',
    ]);
    expect(answer.stderr).toBe('');
  });

  test('as a document has every command with its options', () => {
    const { status, stdout } = run(['completion', '--json']);
    const { commands } = JSON.parse(stdout);
    const explain = commands.find(({ name }: { name: string }) => name === 'explain');
    expect([status, explain.options.map(({ title }: { title: string }) => title)]).toEqual([
      0,
      expect.arrayContaining(['--bundle <file>', '--json']),
    ]);
    expect(run(['completion']).status).toBe(2);
    expect(run(['completion', 'bash', '--json']).status).toBe(2);
  });

  test('for zsh and fish is a script that they take', () => {
    for (const shell of ['zsh', 'fish']) {
      const { stdout, status } = run(['completion', shell]);
      expect([status, stdout]).toEqual([0, expect.stringContaining('validate')]);
      const path = join(folder, `script.${shell}`);
      writeFileSync(path, stdout);
      // Only where the shell is installed; the texts themselves are looked at in test/command-model.
      const checked = spawnSync(shell, ['-n', path], { encoding: 'utf8' });
      if (checked.error === undefined) expect([checked.status, checked.stderr]).toEqual([0, '']);
    }
  });
});

test('braid schema lists the schemas and prints one', () => {
  const list = run(['schema']).stdout;
  expect(list).toMatch(/^network-list +CNI network configuration list: \*\.conflist$/m);
  expect(readFileSync(join(project, 'docs/validate.md'), 'utf8')).toContain(`$ braid schema\n${list}\`\`\`\n`);
  const schema = JSON.parse(run(['schema', 'network-list'], { form: COMPILED }).stdout);
  expect(schema).toMatchObject({ $id: 'urn:braid:schema:network-list', required: ['name'] });
});

test.each([
  [['schema', 'nothing'], 'Allowed choices are network-list'],
  [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
])('%j is wrong usage', (args, message) => {
  const { status, stdout, stderr } = run(args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/^braid (schema|completion): /);
});
