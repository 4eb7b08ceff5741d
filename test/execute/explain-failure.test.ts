import { describe, expect, test } from 'vitest';
import { WHOLE_HOST } from '../../src/catalogue/whole-host.ts';
import type { CniError } from '../../src/errors.ts';
import { refusalOf } from '../../src/execute/detach.ts';
import { explained, type Knowledge } from '../../src/execute/explain-failure.ts';
import { requireSuccess } from '../../src/execute/interpret-run.ts';
import type { DelegateRun } from '../../src/execute/run-delegate.ts';
import { catalogueWith, hostWith, profileOf } from '../samples/catalogue.ts';
import { failure } from '../samples/failure.ts';

const profile = profileOf('a', {
  stderrNoise: ['^time="[^"]+" level=info'],
  errors: [
    { pattern: 'the "eth9"', hint: 'correct "master"' },
    { pattern: 'connection refused', hint: 'is its daemon running?' },
    { pattern: '^no such device', hint: 'correct "master"' },
  ],
  needs: { files: [{ path: '/run/a.sock', kind: 'socket', hint: 'restart a' }] },
});
const ipam = profileOf('i', { errors: [{ pattern: 'no addresses', hint: 'give it a larger range' }] });

function knowledge(isThere = true): Knowledge {
  return {
    openCatalogue: async () => catalogueWith(profile, ipam),
    host: isThere ? WHOLE_HOST : hostWith(),
  };
}

const plugin = { type: 'a', config: { ipam: { type: 'i' } } };

function runOf(run: Partial<DelegateRun>): DelegateRun {
  return { end: { kind: 'exited', status: 1 }, stdout: '', stderr: '', durationMs: 1, ...run };
}

const explain = (run: Partial<DelegateRun>, isThere = true) => explained(runOf(run), plugin, knowledge(isThere));

test('a run that went well is not looked at, and the catalogue stays closed', async () => {
  const run = runOf({ end: { kind: 'exited', status: 0 }, stderr: 'no such device' });
  const openCatalogue = () => Promise.reject(new Error('opened'));
  expect(await explained(run, plugin, { openCatalogue, host: WHOLE_HOST })).toBe(run);
});

test('a plugin of which nothing is known has what it said', async () => {
  const run = runOf({ stderr: 'no such device' });
  expect(await explained(run, { type: 'strange', config: {} }, knowledge())).toBe(run);
});

test('noise is taken from stderr, the rest stays', async () => {
  const stderr = 'time="1" level=info msg="hello"\nbroken\ntime="2" level=error msg="bad"\n';
  expect((await explain({ stderr })).stderr).toBe('broken\ntime="2" level=error msg="bad"\n');
});

test('where all of stderr is noise, it stays', async () => {
  const stderr = 'time="1" level=info msg="the only words"\n';
  expect((await explain({ stderr })).stderr).toBe(stderr);
});

describe('hints', () => {
  test.each([
    ['what it prints', { stdout: '{"code":999,"msg":"dial: Connection refused"}' }, true, ['is its daemon running?']],
    ['what it prints in quotes', { stdout: '{"code":5,"msg":"the \\"eth9\\" of a"}' }, true, ['correct "master"']],
    ['what it writes to stderr', { stderr: 'No such device' }, true, ['correct "master"']],
    ['what its IPAM plugin says', { stdout: '{"msg":"no addresses left"}' }, true, ['give it a larger range']],
    ['what is missing', {}, false, ['a: /run/a.sock is missing: restart a']],
    ['how it died', { end: { kind: 'timed-out', timeoutMs: 5 } }, false, ['a: /run/a.sock is missing: restart a']],
    ['nothing', { stderr: 'whatever' }, true, []],
  ] as const)('come from %s', async (_what, run, isThere, hints) => {
    expect((await explain(run, isThere)).hints).toEqual(hints);
  });

  test('are few, and none is said twice', async () => {
    const both = 'connection refused, no addresses\nno such device\nno such device';
    expect((await explain({ stderr: both }, false)).hints).toEqual([
      'is its daemon running?',
      'correct "master"',
      'give it a larger range',
    ]);
  });

  test('of what is missing come where its words mean nothing, or name it', async () => {
    const hints = async (stderr: string) => (await explain({ stderr }, false)).hints;
    const missing = 'a: /run/a.sock is missing: restart a';
    expect(await hints('connection refused')).toEqual(['is its daemon running?']);
    expect(await hints('dial /run/a.sock: connection refused')).toEqual(['is its daemon running?', missing]);
    expect(await hints('whatever')).toEqual([missing]);
  });

  test('take no time for megabytes of words', async () => {
    const expression = profileOf('a', { errors: [{ pattern: 'x .* y', hint: 'found' }] });
    const known = { openCatalogue: async () => catalogueWith(expression), host: WHOLE_HOST };
    const explainAll = (stdout: string) => explained(runOf({ stdout }), plugin, known);
    expect((await explainAll('x '.repeat(4 << 20))).hints).toEqual([]);
    expect((await explainAll(`${'-'.repeat(1 << 20)}\nx and y`)).hints).toEqual(['found']);
  });

  test('stand in the details behind the plugin’s own, and the plugin’s own words stay to be recognised', async () => {
    const stdout = '{"code":100,"msg":"no such device","details":"eth9"}';
    const error = (await failure(async () => requireSuccess(await explain({ stdout })))) as CniError;
    expect(error).toMatchObject({ code: 100, message: 'no such device', details: 'eth9; correct "master"' });
    expect(refusalOf(error)).toEqual({ code: 100, msg: 'no such device', details: 'eth9' });
    expect(refusalOf(error.at('network "x"'))).toEqual({ code: 100, msg: 'no such device', details: 'eth9' });
  });

  test('make no refusal of how a plugin died', async () => {
    const run = { end: { kind: 'signaled', signal: 'SIGSEGV' }, stderr: 'no such device' } as const;
    const error = (await failure(async () => requireSuccess(await explain(run)))) as CniError;
    expect(error.details).toBe('correct "master"');
    expect(refusalOf(error.at('here'))).toBeUndefined();
  });
});
