/** Runtime side, finding and executing plugins: R24 … R28. */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { added, refused, shellPlugin, wholeText, written } from './runtime-scene.ts';

beforeAll(prepareForms);

describe.each(BRAID_FORMS)('finding and executing plugins, Braid $name', (form) => {
  let node: BraidNode;
  let one: string;
  let two: string;
  beforeEach(() => {
    node = new BraidNode();
    [one, two] = [join(node.dir, 'one'), join(node.dir, 'two')];
    for (const folder of [one, two]) mkdirSync(folder);
  });
  afterEach(() => node.dispose());

  const network = (type: string, extra: object = {}) =>
    node.conf('10-a.conflist', { cniVersion: '1.0.0', name: 'a', plugins: [{ type, ...extra }] });
  const add = (call: object = {}) => node.call(form, { verb: 'ADD', annotations: { cni: 'a' }, ...call });
  /** A plugin whose result tells which one it was. */
  const telling = (folder: string, type: string, name: string) =>
    shellPlugin(node, type, `cat >/dev/null; echo '{"dns":{"domain":"${name}"}}'`, folder);
  const used = (json: { dns?: { domain?: string } }) => json.dns?.domain;

  test.each([
    ['the first of two folders', () => telling(one, 'x', 'one')],
    ['the second where the first has a folder of that name', () => mkdirSync(join(one, 'x')), 'two'],
    ['the second where the first has a dangling link', () => symlinkSync('/nonexistent/x', join(one, 'x')), 'two'],
    ['the second where the first is missing', () => undefined, 'two'],
    [
      'a link to a file',
      () => {
        telling(node.dir, 'elsewhere', 'one');
        symlinkSync(join(node.dir, 'elsewhere'), join(one, 'x'));
      },
    ],
  ])('R24: the plugin is %s', async (_which, prepare, expected = 'one') => {
    network('x');
    telling(two, 'x', 'two');
    prepare();
    const { json } = await added(node, form, 'a', { cniPath: `${one}:${join(node.dir, 'none')}:${two}` });
    expect(used(json)).toBe(expected);
  });

  test('R24: a file that is not executable shadows a good one, and is named before anything runs', async () => {
    node.plugin('bridge');
    const plugins = [{ type: 'bridge' }, { type: 'x' }];
    node.conf('10-a.conflist', { cniVersion: '1.0.0', name: 'a', plugins });
    telling(two, 'x', 'two');
    writeFileSync(join(one, 'x'), '#!/bin/sh\n');
    chmodSync(join(one, 'x'), 0o644);
    const error = refused(node, await add({ cniPath: `${node.binDir}:${one}:${two}` }));
    expect(error).toMatchObject({ code: 7, msg: expect.stringContaining(`${join(one, 'x')} is not executable`) });
    expect(node.calls()).toEqual([]);
  });

  test.each(['none', '../one/x', 'one/x', '.', '..', 'x\u0000', 'x\n', 'x\u007f'])(
    'R24: there is no plugin %j, and nothing runs',
    async (type) => {
      telling(one, 'x', 'one');
      network(type);
      const error = refused(node, await add({ cniPath: `${one}:${two}` }));
      expect(error.code).toBe(7);
      expect(error.msg).toContain(`failed to find plugin "${type}" in path [${one} ${two}]`);
    },
  );

  test.each([[':'], ['::'], [':one'], ['one:']])(
    'R24: an empty folder in CNI_PATH %j is not the working directory',
    async (path) => {
      // A regular file of the folder in which the tests run.
      network('package.json');
      const error = refused(node, await add({ cniPath: path.replace('one', one) }));
      const searched = path.includes('one') ? one : '';
      expect(error).toMatchObject({ code: 7, msg: expect.stringContaining(`"package.json" in path [${searched}]`) });
    },
  );

  test('R25: stdin is the request to its end, whatever its size', async () => {
    const padding = 'ü'.repeat(300_000);
    shellPlugin(node, 'x', `cat > "$here/stdin"; echo '{}'`);
    network('x', { padding });
    expect(await add()).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(written(node, 'stdin'))).toEqual({ type: 'x', padding, name: 'a', cniVersion: '1.0.0' });
  });

  test.each([
    ['never reads its stdin', ':'],
    ['closes its stdin', 'exec <&-; sleep 0.1'],
    ['reads a part of it', 'head -c 10 >/dev/null'],
  ])('R25: a plugin that %s succeeds all the same', async (_how, body) => {
    shellPlugin(node, 'x', `${body}; echo '{"dns":{"domain":"well"}}'`);
    network('x', { padding: 'x'.repeat(1_000_000) });
    const answer = await add();
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(used(answer.json)).toBe('well');
  });

  test('R25: stdout and stderr are told apart', async () => {
    shellPlugin(node, 'x', `cat >/dev/null; echo '{"dns":' ; echo '{"code":7}' >&2; echo '{"domain":"well"}}'`);
    network('x');
    const answer = await add();
    expect(answer).toMatchObject({ code: 0, stderr: '{"code":7}\n' });
    expect(used(answer.json)).toBe('well');
  });

  describe('a binary that is being replaced', () => {
    /** `cat` answers an ADD with its configuration, which is a result without addresses. */
    beforeEach(() => {
      copyFileSync('/bin/cat', join(node.binDir, 'x'));
      chmodSync(join(node.binDir, 'x'), 0o755);
      network('x', { dns: { domain: 'well' } });
    });

    test('R26: is tried again until it is whole', async () => {
      const writer = openSync(join(node.binDir, 'x'), 'r+');
      const adding = add();
      await sleep(1500);
      closeSync(writer);
      const answer = await adding;
      expect(answer).toMatchObject({ code: 0, stderr: '' });
      expect(used(answer.json)).toBe('well');
    });

    test('R26: is an error after the last attempt, so that a DEL does not pass for done', async () => {
      expect(await add()).toMatchObject({ code: 0 });
      const writer = openSync(join(node.binDir, 'x'), 'r+');
      const before = performance.now();
      const failed = await node.call(form, { verb: 'DEL' });
      const tookMs = performance.now() - before;
      closeSync(writer);
      expect(failed).toMatchObject({ code: 1, json: { code: 999 } });
      expect(failed.json.msg).toMatch(/plugin "x" DEL: could not be started: ETXTBSY/);
      expect(tookMs).toBeGreaterThan(5000);
      expect(tookMs).toBeLessThan(8000);
      expect(node.records()).not.toEqual([]);
      expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(node.records()).toEqual([]);
    });

    test('R26: is not waited for past the deadline', async () => {
      const writer = openSync(join(node.binDir, 'x'), 'r+');
      const before = performance.now();
      const answer = await add({ config: { delegateTimeoutMs: 1500 } });
      closeSync(writer);
      expect(answer).toMatchObject({ code: 1, json: { msg: expect.stringContaining('plugin "x" ADD: could not') } });
      expect(performance.now() - before).toBeLessThan(6000);
      expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0, stdout: '' });
      expect(node.records()).toEqual([]);
    });
  });

  test('R27: at its deadline a plugin is killed with everything that it started', async () => {
    shellPlugin(node, 'x', '[ "$CNI_COMMAND" = ADD ] || exit 0\nsleep 300 & echo $! > "$here/grandchild"\nwait');
    network('x');
    const before = performance.now();
    const error = refused(node, await add({ config: { delegateTimeoutMs: 700 } }));
    expect(error).toMatchObject({
      code: 101,
      msg: expect.stringContaining('did not end within 700 ms and was killed'),
    });
    expect(performance.now() - before).toBeLessThan(5000);
    const grandchild = written(node, 'grandchild').trim();
    // One that nobody has waited for yet is dead all the same.
    const stat = `/proc/${grandchild}/stat`;
    const isGone = () => (existsSync(stat) && !readFileSync(stat, 'utf8').includes(') Z') ? undefined : true);
    await pollUntil(isGone, { withinMs: 5000, what: 'the end of the grandchild' });
  });

  test('R27: a deadline cannot be escaped by ignoring signals', async () => {
    shellPlugin(node, 'x', `[ "$CNI_COMMAND" = ADD ] || exit 0\ntrap '' TERM INT HUP; while :; do sleep 1; done`);
    network('x');
    const error = refused(node, await add({ config: { delegateTimeoutMs: 700 } }));
    expect(error.code).toBe(101);
  });

  test.each([
    ['a success', '{"dns":{"domain":"well"}}', 0, { code: 0, json: { dns: { domain: 'well' } } }],
    ['a failure', '{"code":120,"msg":"no"}', 1, { code: 1, json: { code: 120 } }],
  ])('R27: a grandchild that holds stdout does not delay %s', async (_what, text, status, expected) => {
    shellPlugin(node, 'x', `[ "$CNI_COMMAND" = ADD ] || exit 0\nsleep 20 & echo '${text}'; exit ${status}`);
    network('x');
    const before = performance.now();
    expect(await add()).toMatchObject(expected);
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  test.each([
    ['floods its stdout', 'cat /dev/zero'],
    ['floods its stdout with lines', 'yes'],
  ])('R27: a plugin that %s is stopped', async (_how, body) => {
    shellPlugin(node, 'x', `[ "$CNI_COMMAND" = ADD ] || exit 0\n${body}`);
    network('x');
    const error = refused(node, await add());
    expect(error).toMatchObject({ code: 999, msg: expect.stringContaining('wrote more than 8388608 bytes on stdout') });
  });

  test.each([
    ['succeeds', 0, `'{}'`],
    ['fails with an error', 1, `'{"code":120,"msg":"no"}'`],
    ['fails without an error', 1, ''],
    ['fails with a text', 3, 'oops'],
  ])('R28: stderr of a plugin that %s is forwarded', async (_how, status, text) => {
    const noise = 'noise 1\nnoise ü\n';
    shellPlugin(
      node,
      'x',
      `[ "$CNI_COMMAND" = ADD ] || exit 0\nprintf 'noise 1\\nnoise ü\\n' >&2\necho ${text}\nexit ${status}`,
    );
    network('x');
    const answer = await add({ config: { logLevel: 'off' } });
    expect(answer).toMatchObject({ code: status === 0 ? 0 : 1, stderr: noise });
  });

  test('R28: what stands on stderr decides nothing, not even an error object or a flood', async () => {
    shellPlugin(node, 'x', `echo '{"code":7,"msg":"no"}' >&2; head -c 300000 /dev/zero | tr '\\0' x >&2; echo '{}'`);
    network('x');
    const answer = await add();
    expect(answer).toMatchObject({ code: 0, json: { cniVersion: '1.0.0' } });
    expect(answer.stderr).toHaveLength(300_000 + '{"code":7,"msg":"no"}\n'.length);
  });

  test('R28: stderr is where the reason is when nothing else is said', async () => {
    shellPlugin(node, 'x', '[ "$CNI_COMMAND" = ADD ] || exit 0\necho "cannot find master" >&2; exit 1');
    network('x');
    const answer = await add({ config: { logLevel: 'off' } });
    expect(answer.stderr).toBe('cannot find master\n');
    expect(wholeText(refused(node, answer))).toContain('cannot find master');
  });
});
