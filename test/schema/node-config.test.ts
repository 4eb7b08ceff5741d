import { describe, expect, test } from 'vitest';
import { parseNodeConfigKeys, unusedKeyWarnings } from '../../src/schema/node-config.ts';

describe('parseNodeConfigKeys', () => {
  test('what is not set has its default', () => {
    expect(parseNodeConfigKeys({})).toEqual({
      kind: 'read',
      keys: {
        confDir: '/etc/cni/net.d',
        binDir: [],
        stateDir: '/var/lib/cni/braid',
        statusWriteBack: 'best-effort',
        apiTimeoutMs: 10_000,
        delegateTimeoutMs: 60_000,
        capabilities: {},
        runtimeConfig: {},
      },
    });
  });

  test.each([
    ['confDir', 'net.d', '"confDir" must be an absolute path, not "net.d"'],
    ['confDir', 1, '"confDir" must be a string, not 1'],
    ['confDir', null, '"confDir" must be a string, not null'],
    ['binDir', ['/a', 'b'], '"binDir[1]" must be an absolute path, not "b"'],
    ['stateDir', '', '"stateDir" must be an absolute path, not ""'],
    ['kubeconfig', '', '"kubeconfig" must not be empty, not ""'],
    ['defaultPlugin', 1, '"defaultPlugin" must be a list of strings or a comma-separated string, not 1'],
    ['default_plugin', [1], '"default_plugin" must be a list of strings or a comma-separated string, not a list'],
    ['resultMode', 'all', '"resultMode" must be "merged" or "primary", not "all"'],
    ['statusWriteBack', true, '"statusWriteBack" must be "best-effort" or "required" or "off", not true'],
    ['apiTimeoutMs', '5', '"apiTimeoutMs" must be a number, not "5"'],
    ['apiTimeoutMs', 0, '"apiTimeoutMs" must be at least 1, not 0'],
    ['apiTimeoutMs', 1.5, '"apiTimeoutMs" must be a whole number, not 1.5'],
    ['delegateTimeoutMs', 600_001, '"delegateTimeoutMs" must be at most 600000, not 600001'],
    ['logLevel', 'loud', '"logLevel" must be "debug" or "info"'],
    ['logFile', 'braid.log', '"logFile" must be an absolute path, not "braid.log"'],
    ['capabilities', { ips: 1 }, '"capabilities.ips" must be a boolean, not 1'],
    ['runtimeConfig', [], '"runtimeConfig" must be an object, not a list'],
    ['kubernetes', 'x', '"kubernetes" must be an object, not "x"'],
    ['disableCheck', 1, '"disableCheck" must be true or false, not 1'],
  ])('a wrong %s (%j) is named with its value', (key, value, message) => {
    const parsed = parseNodeConfigKeys({ [key]: value });
    expect(parsed).toMatchObject({ kind: 'wrong', key });
    expect(parsed.kind === 'wrong' ? parsed.message : '').toContain(message);
  });

  test.each([
    [{ policy: { k8s_auth_token: ['s3cret'] } }, '"policy.k8s_auth_token" must be a string'],
    [{ policy: ['s3cret'] }, '"policy" must be an object'],
    [{ policy: 's3cret' }, '"policy" must be an object'],
  ])('credentials are never quoted: %j', (raw, message) => {
    expect(parseNodeConfigKeys(raw)).toEqual({ kind: 'wrong', key: 'policy', message });
  });
});

test('of a value without end its beginning is quoted, of one too deep to be printed nothing', () => {
  const message = (value: unknown) => {
    const parsed = parseNodeConfigKeys({ confDir: value });
    return parsed.kind === 'wrong' ? parsed.message : '';
  };
  expect(message('x'.repeat(1_000_000))).toBe(`"confDir" must be an absolute path, not "${'x'.repeat(199)}…`);
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(message(deep)).toBe('"confDir" must be a string, not a list');
});

describe('unusedKeyWarnings', () => {
  test('known keys, the standard ones, those of the runtime and both spellings are silent', () => {
    const keys = [
      'confDir',
      'cniVersion',
      'dns',
      'default_plugin',
      'log_level',
      'kubernetes',
      'cni.dev/valid-attachments',
    ];
    expect(unusedKeyWarnings(Object.fromEntries(keys.map((key) => [key, 1])))).toEqual([]);
  });

  test.each([
    ['confdir', 'unknown key "confdir" is ignored; did you mean "confDir"?'],
    ['statedir', 'unknown key "statedir" is ignored; did you mean "stateDir"?'],
    ['delegateTimeout', 'unknown key "delegateTimeout" is ignored; did you mean "delegateTimeoutMs"?'],
    ['zzzzzzzz', 'unknown key "zzzzzzzz" is ignored'],
    ['etcd_endpoints', 'the CNI-Genie key "etcd_endpoints" is ignored: Braid keeps its state in stateDir'],
  ])('%s: %s', (key, warning) => {
    expect(unusedKeyWarnings({ [key]: 'x' })).toEqual([warning]);
  });

  test.each(['constructor', 'toString', '__proto__'])('a key called %s is as unknown as any other', (key) => {
    const raw = JSON.parse(`{"${key}": 1}`) as Record<string, unknown>;
    const [warning] = unusedKeyWarnings(raw);
    expect(warning).toMatch(new RegExp(`^unknown key "${key}" is ignored`));
  });
});
