import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CniError } from '../../src/errors.ts';
import { parseRequest } from '../../src/request/cni-request.ts';
import { failure } from '../samples/failure.ts';
import { COMPLETE, environmentOf, requestOf } from '../samples/request.ts';

const STDIN = '{"cniVersion":"1.1.0","name":"braid","type":"braid"}';

function refusal(variables: Record<string, string>, stdin: string | undefined, isOwnNetns?: (path: string) => boolean) {
  return failure(() => parseRequest(environmentOf({ ...COMPLETE, ...variables }, stdin, isOwnNetns)));
}

describe('order of checks', () => {
  test('P12, P23: VERSION touches neither stdin nor any other variable', () => {
    expect(parseRequest(environmentOf({ CNI_COMMAND: 'VERSION', CNI_IFNAME: 'a/b' }, undefined))).toBeUndefined();
  });

  test('P1: an unknown command is told only after stdin was understood', async () => {
    expect(await refusal({ CNI_COMMAND: 'FETCH' }, STDIN)).toMatchObject({
      code: 4,
      message: 'unknown CNI_COMMAND: FETCH',
    });
    expect(await refusal({ CNI_COMMAND: 'add' }, STDIN)).toMatchObject({
      code: 4,
      message: 'unknown CNI_COMMAND: add',
    });
    expect(await refusal({ CNI_COMMAND: 'FETCH' }, '')).toMatchObject({ code: 6 });
    expect(await refusal({ CNI_COMMAND: 'FETCH' }, '{"name":"%%"}')).toMatchObject({ code: 7 });
  });

  test('P16: the environment is checked before stdin is read', async () => {
    expect(await refusal({ CNI_IFNAME: '..' }, undefined)).toMatchObject({
      code: 4,
      message: 'interface name is . or ..',
    });
  });

  test('P12: stdin that cannot be read is code 5', async () => {
    expect(await refusal({}, undefined)).toMatchObject({
      code: 5,
      message: 'error reading from stdin: stdin must not be touched',
    });
  });

  test('P16: the name is checked before the version, the version before the verb’s gate', async () => {
    expect(await refusal({}, '{"name":"","cniVersion":1}')).toMatchObject({ code: 7, message: 'missing network name' });
    expect(await refusal({ CNI_COMMAND: 'GC' }, '{"name":"a","cniVersion":1}')).toMatchObject({
      code: 6,
      message: 'decoding version from network config: "cniVersion" must be a string',
    });
  });
});

describe('stdin', () => {
  test.each([
    ['', 'stdin is empty'],
    ['{', 'stdin is not valid JSON: it ends too early at line 1, column 2'],
    ['{}\n {}', 'stdin is not valid JSON: unexpected character at line 2, column 2'],
    ['\ufeff{}', 'stdin is not valid JSON: unexpected character at line 1, column 1'],
    ['[]', 'not a JSON object'],
    ['"x"', 'not a JSON object'],
    ['{"name":1}', '"name" must be a string'],
    ['{"name":["a"]}', '"name" must be a string'],
  ])('P13: %o is code 6: %s', async (stdin, what) => {
    expect(await refusal({}, stdin)).toMatchObject({ code: 6, message: `error unmarshall network config: ${what}` });
  });

  test('P13: what is not JSON is never quoted, for it may hold a token', async () => {
    const error = await refusal({}, '{"policy":{"k8s_auth_token":"s3cret" "x":1}}');
    expect(error.code).toBe(6);
    expect(`${error.message}${error.details}`).not.toContain('s3cret');
  });

  test.each(['null', '{}', '{"name":""}', '{"name":null}', '{"NAME":"a"}', '{"__proto__":{"name":"a"}}'])(
    'P13, P14, P16: %s has no network name',
    async (stdin) => {
      expect(await refusal({ CNI_COMMAND: 'DEL' }, stdin)).toMatchObject({ code: 7, message: 'missing network name' });
    },
  );

  test('P14: a name with odd characters is code 7, with the name in details, for DEL too', async () => {
    expect(await refusal({ CNI_COMMAND: 'DEL' }, '{"name":"a/b"}')).toMatchObject({
      code: 7,
      message: 'invalid characters found in network name',
      details: 'a/b',
    });
  });

  test.each(['{"name":"a"}', '{"name":"a","cniVersion":""}'])('P15: %s is at 0.1.0', (stdin) => {
    expect(parseRequest(environmentOf(COMPLETE, stdin))?.cniVersion).toBe('0.1.0');
  });

  test('P32: a prevResult of null is none', () => {
    expect(requestOf({}, { prevResult: null }).prevResult).toBeUndefined();
    expect(requestOf({}, { prevResult: {} }).prevResult).toEqual({});
  });
});

describe('own namespace', () => {
  const isOurs = () => true;

  test.each(['ADD', 'DEL'])('P10: %s in our own network namespace is code 8, before anything has run', async (verb) => {
    expect(await refusal({ CNI_COMMAND: verb }, STDIN, isOurs)).toMatchObject({
      code: 8,
      message: "plugin's netns and netns from CNI_NETNS should not be the same",
      details: '/run/netns/pod',
    });
  });

  test.each([
    { CNI_COMMAND: 'ADD', CNI_NETNS_OVERRIDE: 'TRUE' },
    { CNI_COMMAND: 'DEL', CNI_NETNS: '' },
    { CNI_COMMAND: 'CHECK' },
    { CNI_COMMAND: 'STATUS' },
  ])('P10: %j is not guarded', (variables) => {
    expect(parseRequest(environmentOf({ ...COMPLETE, ...variables }, STDIN, isOurs))?.verb).toBe(variables.CNI_COMMAND);
  });
});

describe('node configuration', () => {
  test('ADD refuses a wrong value, DEL goes on without it', async () => {
    const stdin = JSON.stringify({ cniVersion: '1.1.0', name: 'a', type: 7, confDir: 'x' });
    expect(await refusal({}, stdin)).toMatchObject({ code: 7, message: expect.stringContaining('"confDir"') });
    const request = parseRequest(environmentOf({ ...COMPLETE, CNI_COMMAND: 'DEL' }, stdin));
    expect(request).toMatchObject({ ownType: 'braid', config: { confDir: '/etc/cni/net.d' } });
    expect(request?.warnings).toHaveLength(2);
  });

  test('the type under which we run is that of the configuration', () => {
    expect(requestOf({}, { type: 'braid-b' })).toMatchObject({ ownType: 'braid-b', networkName: 'braid', verb: 'ADD' });
  });
});

describe('any input', () => {
  const names = [
    'CNI_COMMAND',
    'CNI_CONTAINERID',
    'CNI_NETNS',
    'CNI_IFNAME',
    'CNI_ARGS',
    'CNI_PATH',
    'CNI_NETNS_OVERRIDE',
  ];
  const verbs = fc.constantFrom('ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION', '');
  const variables = fc
    .dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), fc.string())
    .chain((odd) => fc.record({ CNI_COMMAND: fc.oneof(verbs, fc.string()) }).map((verb) => ({ ...odd, ...verb })));
  const keys = [
    'name',
    'cniVersion',
    'confDir',
    'binDir',
    'stateDir',
    'defaultPlugin',
    'kubernetes',
    'policy',
    'prevResult',
  ];
  const configuration = fc
    .dictionary(
      fc.oneof(fc.constantFrom(...keys, '__proto__', 'runtimeConfig', 'capabilities'), fc.string()),
      fc.jsonValue(),
    )
    .map((json) => JSON.stringify(json));
  const named = configuration.map((text) =>
    text.replace(/^\{/, '{"name":"a","cniVersion":"1.1.0",').replace(/,\}$/, '}'),
  );

  test('P16: ends in a request or in a CNI error, whatever comes in', () => {
    const stdin = fc.oneof(fc.string(), configuration, named);
    fc.assert(
      fc.property(
        fc.oneof(
          variables,
          variables.map((odd) => ({ ...COMPLETE, ...odd })),
        ),
        stdin,
        (env, text) => {
          try {
            const request = parseRequest(environmentOf(env, text));
            expect(request === undefined).toBe(env['CNI_COMMAND'] === 'VERSION');
          } catch (cause) {
            expect(cause).toBeInstanceOf(CniError);
            expect([1, 4, 5, 6, 7, 8]).toContain((cause as CniError).code);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('P33: a complete DEL with a valid name and stateDir is never refused for its configuration', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys.slice(2)), fc.jsonValue()), (json) => {
        const stdin = JSON.stringify({ ...json, name: 'a', cniVersion: '1.1.0', stateDir: '/state' });
        const request = parseRequest(environmentOf({ ...COMPLETE, CNI_COMMAND: 'DEL' }, stdin));
        expect(request?.config.stateDir).toBe('/state');
      }),
    );
  });
});
