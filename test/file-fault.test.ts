/** The system's words for a file that cannot be opened, as a person reads them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fileFault, unreadable } from '../src/file-fault.ts';

/** What reading such a path throws. */
function thrown(path: string): unknown {
  try {
    return readFileSync(path);
  } catch (cause) {
    return cause;
  }
}

test.each<[string, unknown, string]>([
  ['no file', thrown('/nowhere/a'), 'there is no such file or folder'],
  ['a file where a folder is meant', thrown('/etc/passwd/a'), 'there is no such file or folder'],
  [
    'no right',
    Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }),
    'permission denied; it takes root',
  ],
  ['another code', Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }), 'EIO: i/o error, read'],
  ['an error of ours', new Error('it is not a regular file'), 'it is not a regular file'],
])('%s', (_what, cause, words) => {
  expect(fileFault(cause)).toBe(words);
});

test('the path is the one that the system names, else what was meant', () => {
  expect(unreadable(thrown('/nowhere/a'), 'fixtures')).toBe('cannot read /nowhere/a: there is no such file or folder');
  expect(unreadable(new Error('no'), 'fixtures')).toBe('cannot read fixtures: no');
});
