/** Without file descriptors: what another process would not meet is told apart, and nothing is lost for good. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { isShortage } from '../../src/agent/agent-ports.ts';
import { CniError, toCniError } from '../../src/errors.ts';

const EMFILE = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });

test('a shortage is known wherever an error stems from one', () => {
  expect(isShortage(toCniError(EMFILE))).toBe(true);
  expect(isShortage(new CniError(5, 'cannot', '', { cause: new Error('deeper', { cause: EMFILE }) }))).toBe(true);
  expect(isShortage(new CniError(5, 'cannot', '', { cause: Object.assign(new Error('no'), { code: 'ENOENT' }) }))).toBe(
    false,
  );
});

test('the catalogue that could not be loaded is loaded the next time', () => {
  const script = `
    const fs = await import('node:fs');
    const { openCatalogue } = await import('${resolve(import.meta.dirname, '../../src/catalogue/open-catalogue.ts')}');
    const taken = [];
    try { for (;;) taken.push(fs.openSync('/dev/null')); } catch {}
    const first = await openCatalogue(undefined)().catch((cause) => cause.code);
    for (const each of taken) fs.closeSync(each);
    console.log(first, typeof (await openCatalogue(undefined)()));`;
  const argv = ['--nofile=128:128', process.execPath, '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync('prlimit', argv, { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: 'EMFILE object\n', stderr: '' });
});
