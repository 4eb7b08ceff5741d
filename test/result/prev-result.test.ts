import { expect, test } from 'vitest';
import { parsePrevResult } from '../../src/result/prev-result.ts';
import { failure } from '../samples/failure.ts';

const ips = [{ address: '10.0.0.2/24' }];

test.each([undefined, null])('P32: %o is none', (value) => {
  expect(parsePrevResult(value, '1.1.0')).toBeUndefined();
});

test.each([
  [{ cniVersion: '1.0.0', ips }, '1.1.0'],
  [{ ips }, '1.1.0'],
  [{ cniVersion: '', ips }, '1.1.0'],
  [{ cniVersion: '0.3.0', ips: [{ version: '4', ...ips[0] }] }, '0.4.0'],
  [{ ip4: { ip: '10.0.0.2/24' } }, '0.1.0'],
] as const)('P32: %j under a %s configuration is read', (json, version) => {
  expect(parsePrevResult(json, version)?.ips[0]?.address).toBe('10.0.0.2/24');
});

test.each([
  [{ cniVersion: '0.2.0', ip4: { ip: '10.0.0.2/24' } }, 'its version is "0.2.0", which has another form'],
  [{ cniVersion: '0.4.0', ips }, 'its version is "0.4.0", which has another form than the configuration\'s "1.1.0"'],
  [{ cniVersion: '9.9.9' }, 'unsupported CNI result version "9.9.9"'],
  ['text', 'the result is not a JSON object'],
  [{ ips: [null] }, 'the 1.1.0 result is not valid: "ips[0]" must be an object'],
])('P32: %j under a 1.1.0 configuration is code 6: %s', async (json, message) => {
  expect(await failure(() => parsePrevResult(json, '1.1.0'))).toMatchObject({
    code: 6,
    message: expect.stringContaining(message),
  });
});
