/** P12–P16: what comes on stdin, and in which order its faults are reported. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidCall, type BraidNode, prepareForms } from '../harness/braid-call.ts';
import { expectOneDocument, expectRefusal, frontNode, inShell, requestOf } from './plugin-scene.ts';

beforeAll(prepareForms);

const ALL = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS'];
const NOT_DECODED = expect.stringMatching(/^error unmarshall network config: ./);
const NOT_A_VERSION = expect.stringMatching(/^decoding version from network config: ./);
const DIRECTORY_AS_STDIN = '"$@" </';

describe.each(BRAID_FORMS)('stdin, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = frontNode();
  });
  afterEach(() => {
    const calls = node.calls();
    node.dispose();
    expect(calls.filter(({ verb }) => verb !== 'ADD')).toEqual([]);
  });

  test.each(ALL)('P12: %s whose stdin cannot be read is error 5', async (verb) => {
    const answer = await node.call(inShell(form, DIRECTORY_AS_STDIN), requestOf(verb));
    expectRefusal(answer, { code: 5, msg: expect.stringMatching(/^error reading from stdin: ./) });
  });

  test('P12: a configuration that comes in pieces is read to its end', async () => {
    const pieces = '{ dd bs=1 count=40 2>/dev/null; sleep 0.3; cat; } | "$@"';
    const answer = await node.call(inShell(form, pieces), requestOf('ADD'));
    expect(answer).toMatchObject({ code: 0, stderr: '', json: { ips: [{ address: '10.1.0.2/24' }] } });
  });

  test('P12: VERSION leaves stdin to others', async () => {
    const left = '"$@"; status=$?; cat >&2; exit $status';
    const answer = await node.call(inShell(form, left), { verb: 'VERSION', stdin: 'unread' });
    expect(answer).toMatchObject({ code: 0, stderr: 'unread', json: { cniVersion: '1.1.0' } });
    expectOneDocument(answer);
  });

  test.each([
    ['nothing', ''],
    ['a blank line', '\n'],
    ['half an object', '{"name":"x"'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a number', '3'],
    ['a truth value', 'true'],
    ['two documents', '{"name":"x"}{"name":"x"}'],
    ['a document and more', '{"name":"x"} x'],
    ['a numeric name', '{"name":1}'],
    ['a name that is a list', '{"name":["x"]}'],
    ['a name that is an object', '{"name":{}}'],
    ['a name that is a truth value', '{"name":false}'],
  ])('P13: stdin that is %s is error 6, whatever the command', async (_what, stdin) => {
    for (const verb of ALL) {
      expectRefusal(await node.call(form, requestOf(verb, { stdin })), { code: 6, msg: NOT_DECODED });
    }
  });

  test('P13: stdin that is null is an object without name', async () => {
    expectRefusal(await node.call(form, requestOf('ADD', { stdin: 'null' })), { code: 7, msg: 'missing network name' });
  });

  test('P13: blanks around the document do no harm', async () => {
    const { stdin } = node.request(requestOf('ADD'));
    expect(await node.call(form, requestOf('ADD', { stdin: `\n ${stdin} \n` }))).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    ['no name', undefined],
    ['an empty name', ''],
    ['null as name', null],
  ])('P14: %s is error 7, whatever the command', async (_what, name) => {
    for (const verb of ALL) {
      const answer = await node.call(form, requestOf(verb, { config: { name } }));
      expectRefusal(answer, { code: 7, msg: 'missing network name' });
    }
  });

  test.each([['../x'], ['-x'], ['.x'], ['a b'], ['a/b'], ['é'], ['x\n']])(
    'P14: the name %j is error 7, whatever the command',
    async (name) => {
      for (const verb of ALL) {
        const answer = await node.call(form, requestOf(verb, { config: { name } }));
        expectRefusal(answer, { code: 7, msg: 'invalid characters found in network name', details: name });
      }
    },
  );

  test('P14: VERSION has no use for a name', async () => {
    expect(await node.call(form, { verb: 'VERSION', stdin: '{}' })).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    ['no cniVersion', undefined],
    ['an empty cniVersion', ''],
    ['null as cniVersion', null],
  ])('P15: %s means 0.1.0', async (_what, cniVersion) => {
    const answer = await node.call(form, requestOf('ADD', { config: { cniVersion } }));
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.json).toEqual({ cniVersion: '0.1.0', ip4: { ip: '10.1.0.2/24' }, dns: {} });
  });

  test.each([[1], [1.1], [true], [['1.1.0']], [{}]])('P15: the cniVersion %j is error 6', async (cniVersion) => {
    for (const verb of ALL) {
      const answer = await node.call(form, requestOf(verb, { config: { cniVersion } }));
      expectRefusal(answer, { code: 6, msg: NOT_A_VERSION });
    }
  });

  test.each<[string, string, Partial<BraidCall>, number]>([
    // The launcher hands both over at once, so it has to read first.
    ['a variable before reading', DIRECTORY_AS_STDIN, { containerId: '' }, form.agent ? 5 : 4],
    ['reading before an unknown command', DIRECTORY_AS_STDIN, { verb: 'FLY' }, 5],
    ['a variable before JSON', '"$@"', { stdin: '{', ifName: 'a/b' }, 4],
    ['JSON before the name', '"$@"', { stdin: '{"name":"","cniVersion":1' }, 6],
    ['the name before the version’s text', '"$@"', { config: { name: '', cniVersion: 1 } }, 7],
    ['the version’s text before the namespace', '"$@"', { config: { cniVersion: 1 }, netns: '/proc/self/ns/net' }, 6],
    ['the version before the namespace', '"$@"', { cniVersion: '1.0', netns: '/proc/self/ns/net' }, 1],
    ['the version before our own keys', '"$@"', { cniVersion: '1.0', config: { stateDir: 7 } }, 1],
    ['the namespace before our own keys', '"$@"', { netns: '/proc/self/ns/net', config: { stateDir: 7 } }, 8],
  ])('P16: %s', async (_what, script, call, code) => {
    const answer = await node.call(inShell(form, script), requestOf('ADD', call));
    expectRefusal(answer, {
      code,
      msg: expect.any(String),
      ...(answer.json?.details === undefined ? {} : { details: expect.stringMatching(/./) }),
    });
  });

  test('P16: NAME is not the key name, and CNIVERSION is not cniVersion', async () => {
    const unnamed = await node.call(form, requestOf('ADD', { config: { name: undefined, NAME: 'braid' } }));
    expectRefusal(unnamed, { code: 7, msg: 'missing network name' });
    const config = { cniVersion: undefined, CNIVERSION: '1.1.0' };
    const old = await node.call(form, requestOf('ADD', { config }));
    expect(old).toMatchObject({ code: 0, json: { cniVersion: '0.1.0' } });
    expect(old.stderr).toContain('unknown key \\"CNIVERSION\\" is ignored');
  });
});
