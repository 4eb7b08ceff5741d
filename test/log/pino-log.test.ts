import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { LogOptions } from '../../src/log/log.ts';
import { scratchFolder } from '../samples/scratch.ts';

const module = resolve(import.meta.dirname, '../../src/log/pino-log.ts');

/** What a process writes to stderr that logs one line of each level with these options; nothing may be on stdout. */
function stderrOf(options: Partial<LogOptions>): string[] {
  const program = `
    const { openLog } = await import(${JSON.stringify(module)});
    const log = openLog({ level: 'debug', bound: { who: 'braid' }, writeStderr: (line) => process.stderr.write(line), ...${JSON.stringify(options)} });
    for (const level of ['debug', 'warn']) log[level]({}, level);
    await log.close();`;
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  expect([run.status, run.stdout]).toEqual([0, '']);
  return messages(run.stderr);
}

function messages(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line).msg);
}

const BOTH = ['debug', 'warn'];

test('without a file lines go to stderr', () => {
  expect(stderrOf({ hasStderr: true })).toEqual(BOTH);
  expect(stderrOf({ hasStderr: true, level: 'warn' })).toEqual(['warn']);
});

test.each([
  [false, []],
  [true, BOTH],
])('with a file lines go there, with hasStderr %s to stderr %j', (hasStderr, onStderr) => {
  const file = join(scratchFolder(), 'log');
  expect(stderrOf({ file, hasStderr })).toEqual(onStderr);
  expect(messages(readFileSync(file, 'utf8'))).toEqual(BOTH);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('the level holds for both', () => {
  const file = join(scratchFolder(), 'log');
  expect(stderrOf({ file, hasStderr: true, level: 'warn' })).toEqual(['warn']);
  expect(messages(readFileSync(file, 'utf8'))).toEqual(['warn']);
});

test('nothing is written, and no file made, when the level is off', () => {
  const folder = scratchFolder();
  expect(stderrOf({ file: join(folder, 'none/log'), hasStderr: true, level: 'off' })).toEqual([]);
  expect(stderrOf({ hasStderr: false, level: 'off' })).toEqual([]);
});

test.each([true, false])('a file that cannot be opened is said on stderr, with hasStderr %s', (hasStderr) => {
  const file = join(scratchFolder(), 'log');
  mkdirSync(file);
  expect(stderrOf({ file, hasStderr })).toEqual(['cannot open the log file; logging to stderr', ...BOTH]);
});

test('a file that takes nothing any more fails no call, and is given back', () => {
  const file = join(scratchFolder(), 'log');
  const program = `
    process.on('SIGXFSZ', () => undefined);
    const { readdirSync, readlinkSync } = await import('node:fs');
    const { openLog } = await import(${JSON.stringify(module)});
    const log = openLog({ level: 'debug', file: ${JSON.stringify(file)}, bound: {} });
    const isOpen = () => readdirSync('/proc/self/fd').some((name) => {
      try { return readlinkSync('/proc/self/fd/' + name) === ${JSON.stringify(file)}; } catch { return false; }
    });
    for (let count = 0; count < 3; count += 1) log.warn({}, 'a line');
    await log.flush();
    process.stdout.write(String(isOpen()));
    await log.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.stdout.write(' ' + isOpen());`;
  const node = [process.execPath, '--input-type=module', '--eval', program];
  const run = spawnSync('sh', ['-c', 'ulimit -f 0; exec "$@"', 'sh', ...node], { encoding: 'utf8' });
  expect([run.stdout, run.stderr, run.status]).toEqual(['true false', '', 0]);
  expect(statSync(file).size).toBe(0);
});
