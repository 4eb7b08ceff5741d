import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { processEnvironment } from '../../src/environment/environment.ts';
import { scratchFolder } from '../samples/scratch.ts';

const MODULE = new URL('../../src/environment/environment.ts', import.meta.url).href;
const PROGRAM = `import { processEnvironment } from ${JSON.stringify(MODULE)};
try { const text = processEnvironment().readStdin(); console.log(text.length + ':' + text.slice(0, 20)); }
catch (cause) { console.log('threw ' + (cause.code ?? cause.message)); }`;
const ARGS = ['--input-type=module', '-e', PROGRAM];

describe('readStdin', () => {
  test('P12: stdin is read to its end, also where it is longer than a pipe holds', () => {
    const { stdout } = spawnSync(process.execPath, ARGS, { input: 'é'.repeat(300_000), encoding: 'utf8' });
    expect(stdout).toBe(`300000:${'é'.repeat(20)}\n`);
  });

  test('P12: a writer that pauses is waited for', async () => {
    const child = spawn(process.execPath, ARGS, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write('{"a":');
    setTimeout(() => child.stdin.end('1}'), 300);
    let stdout = '';
    for await (const chunk of child.stdout) stdout += chunk;
    expect(stdout).toBe('7:{"a":1}\n');
  });

  test('what has no end is left before it fills the memory', () => {
    const endless = openSync('/dev/zero', 'r');
    const { stdout } = spawnSync(process.execPath, ARGS, { stdio: [endless, 'pipe', 'inherit'], encoding: 'utf8' });
    closeSync(endless);
    expect(stdout).toBe('threw standard input has more than 67108864 bytes\n');
  });

  test('P12: what cannot be read is the caller’s to report', () => {
    const folder = openSync(scratchFolder(), 'r');
    const { stdout } = spawnSync(process.execPath, ARGS, { stdio: [folder, 'pipe', 'inherit'], encoding: 'utf8' });
    closeSync(folder);
    expect(stdout).toBe('threw EISDIR\n');
  });
});

describe('isOwnNetns', () => {
  const { isOwnNetns } = processEnvironment();

  test.each(['/proc/self/ns/net', `/proc/${process.pid}/ns/net`])('P10: %s is our own network namespace', (path) => {
    expect(isOwnNetns(path)).toBe(true);
  });

  test.each(['/proc/self/ns/mnt', '/nowhere/at/all', '', '/etc/hostname', 'a\0b'])(
    'P9, P10: %o is not, whether it can be opened or not',
    (path) => {
      expect(isOwnNetns(path)).toBe(false);
    },
  );
});

test('the variables and the clock are those of the process', () => {
  const environment = processEnvironment();
  expect(environment.variables['PATH']).toBe(process.env['PATH']);
});
