/** `braid validate` as a process: output, exit status, and what happens to wrong usage and to pipes. */
import { spawnSync } from 'node:child_process';
import { linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ON_NODE, requireBuild, STANDALONE_FORMS } from '../harness/braid-call.ts';
import { braid, network, pod } from '../validate/given-files.ts';

beforeAll(requireBuild);

const project = resolve(import.meta.dirname, '../..');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'braid-validate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], { form = ON_NODE, cwd = folder, input = '' } = {}) {
  const [program = '', ...first] = form.command;
  const { status, stdout, stderr } = spawnSync(program, [...first, ...args], {
    cwd,
    input,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  return { status, stdout, stderr };
}

function file(name: string, content: unknown): void {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
}

describe.each(STANDALONE_FORMS)('braid validate $name', (form) => {
  test('says what is wrong like a compiler, and ends with 1', () => {
    file('front.conflist', network('front'));
    const answer = run(['validate', 'front.conflist', '-'], { form, input: pod({ cni: 'frnt' }) });
    expect(answer).toEqual({
      status: 1,
      stderr: '',
      stdout:
        '-:8:10 error network-absent pod shop/web: annotation "cni": there is no network "frnt" in .\n' +
        '    hint: did you mean "front"? networks there: front\n\n2 files: 1 error\n',
    });
  });
});

describe('braid validate', () => {
  test('has nothing to say against the files of this project but what is true of them', () => {
    const { status, stdout } = run(['validate', 'config/net.d', 'delegates', 'fixtures/demo', '--json'], {
      cwd: project,
    });
    const { findings } = JSON.parse(stdout);
    const graves = findings.filter(({ severity }: { severity: string }) => severity !== 'note');
    // Calico and Canal give their network the same name, for no node has both.
    expect([status, graves.map(({ rule, file: at }: { rule: string; file: string }) => [rule, at])]).toEqual([
      0,
      [['name-twice', 'config/net.d/10-canal.conflist']],
    ]);
  });

  test('counts warnings with --strict only', () => {
    file('0.conflist', braid({ frobnicate: 1 }));
    file('a.conflist', network('front'));
    expect(run(['validate', '.']).status).toBe(0);
    expect(run(['validate', '.', '--strict']).status).toBe(1);
  });

  test('shows with --dry-run what --fix then does', () => {
    file('a.conflist', '{"cniVersion": "1.0.0", "name": "a", "plugins": [{"type": "bridge"}],}\n');
    const shown = run(['validate', '--fix', '--dry-run', '.']);
    expect(shown.stdout).toContain(
      '\n-{"cniVersion": "1.0.0", "name": "a", "plugins": [{"type": "bridge"}],}\n+{"cniVersion"',
    );
    expect([shown.status, shown.stderr]).toEqual([1, '1 file: 1 error; nothing was written\n']);
    const fixed = run(['validate', '--fix', '.']);
    expect(fixed).toEqual({
      status: 0,
      stderr: '',
      stdout: 'a.conflist: fixed: take the comma after the last member away\n1 file: nothing to say against them\n',
    });
    expect(JSON.parse(readFileSync(join(folder, 'a.conflist'), 'utf8')).name).toBe('a');
  });

  test('mends the other files where one cannot be written, and says which', () => {
    const broken = '{"cniVersion": "1.0.0", "name": "a", "plugins": [{"type": "bridge"}],}\n';
    // Beside a file with the longest name that there can be, no other one can be written.
    const longest = `${'l'.repeat(246)}.conflist`;
    file(longest, broken);
    file('z.conflist', broken.replace('"a"', '"z"'));
    const { status, stdout, stderr } = run(['validate', '--fix', '.']);
    expect(status).toBe(1);
    expect(stdout).toContain('z.conflist: fixed: take the comma after the last member away\n');
    expect(stderr).toMatch(new RegExp(`^braid validate: cannot mend ${longest}: ENAMETOOLONG[^\\n]*\\n$`));
  });

  test('leaves a file with two names alone, and says so with --dry-run, too', () => {
    file('a.conflist', '{"cniVersion": "1.0.0", "name": "a", "plugins": [{"type": "bridge"}],}\n');
    linkSync(join(folder, 'a.conflist'), join(folder, 'other.txt'));
    const stderr =
      'braid validate: cannot mend a.conflist: it is one file under 2 names (hard links), and mending would make two of it: mend it by hand\n';
    expect(run(['validate', '--fix', '--dry-run', 'a.conflist'])).toEqual({
      status: 1,
      stdout: '',
      stderr: `${stderr}1 file: 1 error; none can be fixed\n`,
    });
    expect(run(['validate', '--fix', 'a.conflist'])).toMatchObject({ status: 1, stderr });
    expect(readFileSync(join(folder, 'other.txt'), 'utf8')).toContain('],}');
  });

  test.each([
    [['validate', '--dry-run', '.'], '--dry-run needs --fix'],
    [['validate', '--fix', '--dry-run', '--json', '.'], '--dry-run prints a diff, and no other format'],
    [['validate', '--json', '--format', 'sarif', '.'], "'--json' cannot be used with option '--format"],
    [['validate', '--plugin-dir', '/nowhere', '.'], 'There is no such folder.'],
    [['validate', '--fix', '-'], '--fix cannot write to standard input'],
  ])('%j is wrong usage', (args, message) => {
    const { status, stdout, stderr } = run(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^braid validate: /);
  });

  test('ends quietly where nobody reads on', () => {
    const [program = '', script = ''] = ON_NODE.command;
    const line = `"${program}" "${script}" validate --notes config | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: project, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n').at(-1)).toBe('0');
  });
});
