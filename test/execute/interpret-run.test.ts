import { describe, expect, test } from 'vitest';
import { addOutput, requireSuccess } from '../../src/execute/interpret-run.ts';
import type { DelegateEnd, DelegateRun } from '../../src/execute/run-delegate.ts';
import { failure } from '../samples/failure.ts';

const WELL: DelegateEnd = { kind: 'exited', status: 0 };
const FAILED: DelegateEnd = { kind: 'exited', status: 1 };

function run(end: DelegateEnd, stdout = '', stderr = ''): DelegateRun {
  return { end, stdout, stderr, durationMs: 1 };
}

describe('a delegate that failed', () => {
  test('R29, P26: its own error comes through with code, message and details', async () => {
    const stdout = '{"cniVersion":"1.0.0","code":50,"msg":"no peer","details":"try later","odd":1}';
    for (const read of [addOutput, requireSuccess]) {
      expect(await failure(() => read(run(FAILED, stdout, 'noise')))).toMatchObject({
        code: 50,
        message: 'no peer',
        details: 'try later',
      });
    }
  });

  test.each([
    ['', '', 'failed with no error message: exit status 1', ''],
    [' \n', ' \n', 'failed with no error message: exit status 1', ''],
    ['', 'boom "x"\n', 'failed: "boom \\"x\\"" (exit status 1)', ''],
    ['plain', '', 'failed but its error is not readable (exit status 1): "plain"', ''],
    ['[]', 'why', 'failed but its error is not readable (exit status 1): "[]"', '"why"'],
    ['{"code":"7","msg":"x"}', '', 'failed but its error is not readable', ''],
    ['{"code":-7,"msg":"x"}', '', 'failed but its error is not readable', ''],
    ['{"code":7.5,"msg":"x"}', '', 'failed but its error is not readable', ''],
    ['{}', 'why', 'failed but its error is not readable (exit status 1): "{}"', '"why"'],
    ['null', 'why', 'failed but its error is not readable (exit status 1): "null"', '"why"'],
    ['{"ips":[]}', 'why', 'failed but its error is not readable', '"why"'],
  ])('R29, R30: stdout %o and stderr %o: %s', async (stdout, stderr, message, details) => {
    const error = await failure(() => requireSuccess(run(FAILED, stdout, stderr)));
    expect(error.code).toBe(999);
    expect(error.message).toContain(message);
    expect(error.details).toBe(details);
  });

  test.each([
    ['{"code":0,"msg":""}', 'failed: "why" (exit status 1)', 999],
    ['{"code":7}', 'failed: "why" (exit status 1)', 7],
    ['{"code":0,"msg":"known"}', 'known', 999],
  ])('R30: of %s a message is made, and code 0 becomes 999', async (stdout, message, code) => {
    expect(await failure(() => requireSuccess(run(FAILED, stdout, 'why')))).toMatchObject({ code, message });
  });

  test.each([
    [{ kind: 'signaled', signal: 'SIGSEGV' }, 999, 'failed with no error message: killed by SIGSEGV'],
    [{ kind: 'not-started', cause: 'EACCES (/x)' }, 999, 'could not be started: EACCES (/x)'],
    [{ kind: 'timed-out', timeoutMs: 50 }, 101, 'did not end within 50 ms and was killed'],
    [{ kind: 'overflowed', limitBytes: 9 }, 999, 'wrote more than 9 bytes on stdout and was killed'],
    [{ kind: 'aborted', reason: 'Braid got SIGTERM' }, 11, 'was stopped: Braid got SIGTERM'],
  ] satisfies [DelegateEnd, number, string][])('R27, R29: %j is code %i', async (end, code, message) => {
    expect(await failure(() => requireSuccess(run(end)))).toMatchObject({ code, message });
  });

  test('R27: of one that was stopped the details say what comes then', async () => {
    const end: DelegateEnd = { kind: 'aborted', reason: 'Braid got SIGTERM' };
    const details = 'Braid was stopped; the runtime tries again';
    expect(await failure(() => requireSuccess(run(end)))).toMatchObject({ code: 11, details });
  });

  test('R27: what a killed delegate had printed is not believed, what it said on stderr is shown', async () => {
    const end: DelegateEnd = { kind: 'timed-out', timeoutMs: 50 };
    expect(await failure(() => addOutput(run(end, '{"code":7,"msg":"x"}', 'still waiting')))).toMatchObject({
      code: 101,
      details: '"still waiting"',
    });
  });

  test('endless output is shown by its beginning only', async () => {
    const error = await failure(() => requireSuccess(run(FAILED, 'x'.repeat(1_000_000))));
    expect(error.message.length).toBeLessThan(700);
    expect(error.message).toContain('xxx…');
  });
});

describe('a delegate that ended well', () => {
  test('R31: an ADD’s output is one JSON object; null counts as an empty one', () => {
    expect(addOutput(run(WELL, ' {"ips":[]}\n', 'noise'))).toEqual({ ips: [] });
    expect(addOutput(run(WELL, 'null'))).toEqual({});
  });

  test('R31: stdout of the other verbs is not looked at', () => {
    expect(requireSuccess(run(WELL, '{"code":7,"msg":"x"}garbage'))).toBeUndefined();
  });

  test.each([
    ['', 'ended well but printed nothing on stdout'],
    ['\n', 'ended well but printed nothing on stdout'],
    ['{}{}', 'ended well but printed what is not one JSON document: "{}{}"'],
    ['{"ips":', 'ended well but printed what is not one JSON document'],
    ['[]', 'printed what is not a JSON object: "[]"'],
    ['7', 'printed what is not a JSON object: "7"'],
  ])('R31: %o is code 6: %s', async (stdout, message) => {
    expect(await failure(() => addOutput(run(WELL, stdout)))).toMatchObject({
      code: 6,
      message: expect.stringContaining(message),
    });
  });

  test('R34: an error object is an error, although the status says otherwise', async () => {
    expect(await failure(() => addOutput(run(WELL, '{"code":11,"msg":"later"}')))).toMatchObject({
      code: 11,
      message: 'later',
    });
  });

  test('R34: also one without a message', async () => {
    expect(await failure(() => addOutput(run(WELL, '{"code":11}')))).toMatchObject({ code: 11 });
  });

  test.each(['{"code":11,"msg":"x","ips":[]}', '{"msg":"x"}', '{"code":11,"msg":"x","dns":{}}'])(
    'R34: %s is a result',
    (stdout) => {
      expect(addOutput(run(WELL, stdout))).toEqual(JSON.parse(stdout));
    },
  );
});
