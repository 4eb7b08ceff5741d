import { expect, test } from 'vitest';
import { CniError } from '../../src/errors.ts';
import { errorAnswer, versionAnswer } from '../../src/result/answer.ts';
import { successAnswer } from '../../src/result/success-answer.ts';
import { EMPTY_RESULT } from '../../src/schema/result.ts';
import { failure } from '../samples/failure.ts';

test('P23: VERSION answers one line with all versions', () => {
  expect(versionAnswer()).toBe(
    '{"cniVersion":"1.1.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}\n',
  );
});

test('P30: success is one line at the request’s version', () => {
  expect(successAnswer(EMPTY_RESULT, '1.0.0')).toBe('{"cniVersion":"1.0.0"}\n');
});

test('P24: an error has code, msg, details when there are any, and cniVersion', () => {
  expect(errorAnswer(new CniError(7, 'a "b"\nc', 'd'), '0.4.0')).toBe(
    '{"cniVersion":"0.4.0","code":7,"msg":"a \\"b\\"\\nc","details":"d"}\n',
  );
  expect(JSON.parse(errorAnswer(new CniError(7, 'a')))).toEqual({ cniVersion: '1.1.0', code: 7, msg: 'a' });
});

test('P25, R29: a code that is not positive is printed as 999', () => {
  expect(JSON.parse(errorAnswer(new CniError(0, 'a')))).toMatchObject({ code: 999 });
  expect(JSON.parse(errorAnswer(new CniError(-1, 'a')))).toMatchObject({ code: 999 });
});

test('M10: a result without an address cannot be said in 0.2.0', async () => {
  expect(await failure(() => successAnswer(EMPTY_RESULT, '0.2.0'))).toMatchObject({
    code: 999,
    message: 'cannot convert: no valid IP addresses',
  });
});
