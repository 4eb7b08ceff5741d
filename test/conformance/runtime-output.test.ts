/** Runtime side, what a finished plugin's output means: R29 … R34. */
import { writeFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { added, refused, shellPlugin, wholeText } from './runtime-scene.ts';

beforeAll(prepareForms);

const FAILS = 'network "a" (eth0), plugin "x" ADD: ';

describe.each(BRAID_FORMS)('the output of a plugin, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('a', ['bridge']);
  });
  afterEach(() => node.dispose());

  const network = (cniVersion: string | undefined, ...types: string[]) =>
    node.conf('10-a.conflist', { cniVersion, name: 'a', plugins: types.map((type) => ({ type })) });
  const add = (call: object = {}) =>
    node.call(form, { verb: 'ADD', annotations: { cni: 'a' }, config: { logLevel: 'off' }, ...call });
  /** A plugin whose ADD prints `stdout` and `stderr` as they are and ends as `end` says; its DEL succeeds. */
  const answering = ({ stdout = '', stderr = '', end = 'exit 0' }) =>
    shellPlugin(
      node,
      'x',
      `cat >/dev/null\n[ "$CNI_COMMAND" = ADD ] || exit 0\nprintf %s '${stdout}'\nprintf %s '${stderr}' >&2\n${end}`,
    );

  test.each([
    ['nothing at all', {}, 999, 'failed with no error message: exit status 3'],
    ['nothing but stderr', { stderr: 'no master' }, 999, 'failed: "no master" (exit status 3)'],
    ['stderr with quotes and lines', { stderr: 'a "b"\nc' }, 999, 'failed: "a \\"b\\"\\nc" (exit status 3)'],
    ['an error', { stdout: '{"code":120,"msg":"no","details":"why"}' }, 120, 'no why'],
    ['an error of the reserved codes', { stdout: '{"cniVersion":"1.0.0","code":11,"msg":"later"}' }, 11, 'later'],
    ['an error with code 0', { stdout: '{"code":0,"msg":"no"}' }, 999, 'no'],
    ['an error and noise', { stdout: '{"code":120,"msg":"no"}', stderr: 'noise' }, 120, 'no'],
    ['a text', { stdout: 'oops' }, 999, 'failed but its error is not readable (exit status 3): "oops"'],
    ['a text, and the reason on stderr', { stdout: 'oops', stderr: 'no master' }, 999, '"oops" "no master"'],
    ['a list', { stdout: '[]' }, 999, 'its error is not readable (exit status 3): "[]"'],
    ['a code that is a text', { stdout: '{"code":"7","msg":"no"}' }, 999, 'its error is not readable'],
    ['a negative code', { stdout: '{"code":-1,"msg":"no"}' }, 999, 'its error is not readable'],
    ['a code with a fraction', { stdout: '{"code":1.5,"msg":"no"}' }, 999, 'its error is not readable'],
    ['two errors', { stdout: '{"code":1,"msg":"a"}{"code":2,"msg":"b"}' }, 999, 'its error is not readable'],
  ])('R29: a plugin that fails with %s', async (_what, output, code, message) => {
    answering({ ...output, end: 'exit 3' });
    network('1.0.0', 'x');
    const answer = await add();
    const error = refused(node, answer);
    expect(error.code).toBe(code);
    expect(error.msg.startsWith(FAILS)).toBe(true);
    expect(wholeText(error)).toContain(message);
    expect(answer.stderr).toBe('stderr' in output ? output.stderr : '');
  });

  test.each([
    ['is killed', 'kill -KILL $$', 'failed with no error message: killed by SIGKILL'],
    ['dies of a signal', 'kill -SEGV $$', 'failed with no error message: killed by SIGSEGV'],
  ])('R29: a plugin that %s', async (_how, end, message) => {
    answering({ end });
    network('1.0.0', 'x');
    expect(refused(node, await add())).toMatchObject({ code: 999, msg: FAILS + message });
  });

  test('R29: a plugin that is killed after it said why', async () => {
    answering({ stdout: '{"code":120,"msg":"why"}', end: 'kill -KILL $$' });
    network('1.0.0', 'x');
    expect(refused(node, await add())).toMatchObject({ code: 120, msg: `${FAILS}why` });
  });

  test('R29: a file that is no program is named before anything runs', async () => {
    shellPlugin(node, 'x', '');
    node.conf('10-a.conflist', { cniVersion: '1.0.0', name: 'a', plugins: [{ type: 'x' }] });
    writeFileSync(`${node.binDir}/x`, '\u0001\u0002 no program', { mode: 0o755 });
    const answer = await add();
    expect(answer).toMatchObject({ code: 1, json: { code: 7 } });
    expect(answer.json.msg).toContain(`${node.binDir}/x is not executable, or is no program`);
  });

  test.each([
    ['{}', 'exit status 3'],
    ['null', 'exit status 3'],
    ['{"cniVersion":"1.0.0","ips":[{"address":"10.1.0.2/24"}]}', 'exit status 3'],
    ['{"code":120}', 'exit status 3'],
    ['{"code":120,"msg":""}', 'exit status 3'],
  ])('R30: a plugin that fails with %s still has a message, and its stderr', async (stdout, status) => {
    answering({ stdout, stderr: 'no master', end: 'exit 3' });
    network('1.0.0', 'x');
    const error = refused(node, await add());
    expect(error.code).toBe(stdout.includes('120') ? 120 : 999);
    expect(wholeText(error)).toContain(status);
    expect(wholeText(error)).toContain('no master');
  });

  test.each([
    ['nothing', '', 'ended well but printed nothing on stdout'],
    ['white space', '  ', 'ended well but printed nothing on stdout'],
    ['a text', 'hello', 'not one JSON document: "hello"'],
    ['half a document', '{"ips":[', 'not one JSON document'],
    ['two documents', '{}{}', 'not one JSON document'],
    ['a list', '[]', 'not a JSON object: "[]"'],
    ['a number', '1', 'not a JSON object: "1"'],
  ])('R31: an ADD that ends well with %s on stdout is an error', async (_what, stdout, message) => {
    answering({ stdout });
    network('1.0.0', 'x');
    expect(refused(node, await add())).toMatchObject({ code: 6, msg: expect.stringContaining(message) });
  });

  test.each(['{}', 'null', ' {"cniVersion":"1.0.0"}\n\n'])('R31: an ADD may answer %j', async (stdout) => {
    answering({ stdout });
    network('1.0.0', 'x');
    const { json } = await added(node, form, 'a');
    expect(json).toEqual({
      cniVersion: '1.0.0',
      interfaces: [{ name: 'eth0', sandbox: '/run/netns/braid-none' }],
    });
  });

  test.each(['CHECK', 'DEL', 'GC', 'STATUS'])('R31: the stdout of %s is ignored', async (verb) => {
    const garbage = { stdout: '{"code":7,"msg":"no"}{{{' };
    node.plugin('bridge', { CHECK: garbage, DEL: garbage, GC: garbage, STATUS: garbage });
    network('1.1.0', 'bridge');
    const { json } = await added(node, form, 'a');
    const config = { prevResult: json, 'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'eth0' }] };
    const answer = await node.call(form, {
      verb,
      cniVersion: '1.1.0',
      config: { ...config, prevResult: { ...json, cniVersion: '1.1.0' } },
    });
    expect(answer).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(node.calls().at(-1)?.verb).toBe(verb);
  });

  test.each([
    ['none', '{"ips":[{"version":"4","address":"10.1.0.2/24"}]}', '0.4.0'],
    ['an empty one', '{"cniVersion":"","ip4":{"ip":"10.1.0.2/24"}}', '0.2.0'],
    ['one that is a number', '{"cniVersion":1,"ips":[{"address":"10.1.0.2/24"}]}', '1.1.0'],
    ['one that is null', '{"cniVersion":null,"ips":[{"address":"10.1.0.2/24"}]}', '1.0.0'],
    ['none, and the list neither', '{"ips":[{"address":"10.1.0.2/24"}]}', undefined],
  ])('R32: a result whose version is %s has that of the list', async (_what, stdout, cniVersion) => {
    answering({ stdout });
    network(cniVersion, 'x', 'bridge');
    const { json } = await added(node, form, 'a');
    expect(node.calls()[0]?.stdin.prevResult.cniVersion).toBe(cniVersion ?? '1.0.0');
    expect(json.ips).toEqual([{ interface: 0, address: '10.1.0.2/24' }]);
  });

  test.each(['9.9.9', '1.0', 'v1.0.0', '0.3.7', ' '])('R32: a result of version %j is refused', async (version) => {
    answering({ stdout: `{"cniVersion":"${version}"}` });
    network('1.0.0', 'x');
    const error = refused(node, await add());
    expect(error).toMatchObject({ code: 6, msg: `${FAILS}unsupported CNI result version "${version}"` });
    expect(error.details).toContain('0.1.0, 0.2.0');
  });

  test('R33: a result of another version is converted before the next plugin and the runtime see it', async () => {
    answering({ stdout: '{"cniVersion":"0.2.0","ip4":{"ip":"10.1.0.2/24","gateway":"10.1.0.1"}}' });
    network('0.4.0', 'x', 'bridge');
    const { json } = await added(node, form, 'a', { cniVersion: '1.1.0' });
    expect(node.calls()[0]?.stdin.prevResult).toEqual({
      cniVersion: '0.4.0',
      ips: [{ version: '4', address: '10.1.0.2/24', gateway: '10.1.0.1' }],
      dns: {},
    });
    expect(json).toMatchObject({
      cniVersion: '1.1.0',
      ips: [{ interface: 0, address: '10.1.0.2/24', gateway: '10.1.0.1' }],
    });
    expect(json.ips[0]).not.toHaveProperty('version');
  });

  test.each([
    ['{"code":11,"msg":"later"}', 11, 'later'],
    ['{"cniVersion":"1.0.0","code":120,"msg":"no","details":"why"}', 120, 'no why'],
    ['{"code":0,"msg":"no"}', 999, 'no'],
  ])('R34: %s with exit status 0 is the error that it says it is', async (stdout, code, message) => {
    answering({ stdout });
    network('1.0.0', 'x');
    const error = refused(node, await add());
    expect(error.code).toBe(code);
    expect(wholeText(error)).toContain(message);
  });

  test.each([
    '{"code":11,"msg":"later","ips":[{"address":"10.1.0.2/24"}]}',
    '{"code":"x","msg":"y"}',
    '{"msg":"only"}',
  ])('R34: %s with exit status 0 is a result', async (stdout) => {
    answering({ stdout });
    network('1.0.0', 'x');
    const { json } = await added(node, form, 'a');
    expect(json).toMatchObject({ cniVersion: '1.0.0', interfaces: [{ name: 'eth0' }] });
    expect(json).not.toHaveProperty('msg');
  });
});
