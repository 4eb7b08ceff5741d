/** P28–P30: what goes to stdout, that all of it does, and in which version's form. */
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidNode, prepareForms } from '../harness/braid-call.ts';
import {
  expectFailure,
  expectOneDocument,
  frontNode,
  inShell,
  logLines,
  POD_NETNS,
  requestOf,
} from './plugin-scene.ts';

beforeAll(prepareForms);

const INTERFACES = [{ name: 'eth0', sandbox: POD_NETNS }];
const OLDEST_FORM = { ip4: { ip: '10.1.0.2/24' }, dns: {} };
const MIDDLE_FORM = { interfaces: INTERFACES, ips: [{ version: '4', interface: 0, address: '10.1.0.2/24' }], dns: {} };
const NEWEST_FORM = { interfaces: INTERFACES, ips: [{ interface: 0, address: '10.1.0.2/24' }] };

describe.each(BRAID_FORMS)('output, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = frontNode();
  });
  afterEach(() => node.dispose());

  test.each(['ADD', 'VERSION'])('P28: %s prints one document, with a log that says everything', async (verb) => {
    const answer = await node.call(form, requestOf(verb, { config: { logLevel: 'debug' } }));
    expect(answer.code).toBe(0);
    expectOneDocument(answer);
    expect(logLines(answer.stderr).length > 0).toBe(verb === 'ADD');
  });

  test.each(['DEL', 'CHECK', 'GC', 'STATUS'])('P28: %s prints nothing, though its delegate does', async (verb) => {
    const { json } = await node.call(form, requestOf('ADD'));
    node.plugin('bridge', { [verb]: { stdout: { cniVersion: '1.1.0', ips: [] }, stderr: 'a remark\n' } });
    const answer = await node.call(form, requestOf(verb, { config: { prevResult: json } }));
    expect(answer).toMatchObject({ code: 0, stdout: '', stderr: 'a remark\n' });
  });

  test.each(['DEL', 'CHECK', 'GC', 'STATUS'])('P28: %s at the level debug logs on stderr only', async (verb) => {
    const { json } = await node.call(form, requestOf('ADD'));
    const answer = await node.call(form, requestOf(verb, { config: { prevResult: json, logLevel: 'debug' } }));
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(logLines(answer.stderr).every(({ level }) => level < 50)).toBe(true);
  });

  test('P28: an error is one document, with a log that says everything', async () => {
    node.plugin('bridge', { ADD: { exit: 1, stdout: { code: 142, msg: 'x' } } });
    expectFailure(await node.call(form, requestOf('ADD', { config: { logLevel: 'debug' } })), {
      code: 142,
      msg: expect.stringContaining('x'),
    });
  });

  test('P28: with a log file stderr is silent', async () => {
    const logFile = join(node.dir, 'log');
    const answer = await node.call(form, requestOf('ADD', { config: { logLevel: 'debug', logFile } }));
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expectOneDocument(answer);
  });

  test('P28: 200 kB reach a slow reader whole', async () => {
    const search = Array.from({ length: 10_000 }, (_, index) => `host-${index}.example.com`);
    node.plugin('bridge', { ADD: { stdout: { cniVersion: '1.1.0', dns: { search } } } });
    const slow = inShell(form, '{ "$@"; echo "status $?" >&2; } | { sleep 1; cat; }');
    const answer = await node.call(slow, requestOf('ADD'));
    expect(answer).toMatchObject({ code: 0, stderr: 'status 0\n', json: { dns: { search } } });
    expect(answer.stdout.length).toBeGreaterThan(200_000);
    expectOneDocument(answer);
  });

  test('P29: an answer that nobody reads is no success', async () => {
    const unread = inShell(form, '{ "$@"; echo "status $?" >&2; } | true');
    const answer = await node.call(unread, requestOf('ADD'));
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(answer.stderr).toMatch(/^status 1$/m);
    expect(answer.stderr).not.toMatch(/^\s+at /m);
  });

  test.each([
    ['a delegate’s error with exit status 0', { stdout: { code: 11, msg: 'later' } }, 11],
    ['a delegate’s error in small type', { stdout: { cniVersion: '1.1.0', code: 142, msg: 'x', details: 'y' } }, 142],
    ['a delegate that says nothing', { stdout: '' }, 6],
    ['a delegate that is killed', { signal: 'SIGKILL' }, 999],
  ])('P29: %s is exit status 1', async (_what, said, code) => {
    node.plugin('bridge', { ADD: said });
    expectFailure(await node.call(form, requestOf('ADD')), { code, msg: expect.stringContaining('"bridge" ADD: ') });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test.each([
    ['0.1.0', OLDEST_FORM],
    ['0.2.0', OLDEST_FORM],
    ['0.3.0', MIDDLE_FORM],
    ['0.3.1', MIDDLE_FORM],
    ['0.4.0', MIDDLE_FORM],
    ['1.0.0', NEWEST_FORM],
    ['1.1.0', NEWEST_FORM],
  ])('P30: at %s the answer has that version’s form', async (cniVersion, body) => {
    const answer = await node.call(form, requestOf('ADD', { cniVersion }));
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.json).toStrictEqual({ cniVersion, ...body });
  });

  test.each(['0.1.0', '0.2.0'])('P30: at %s a merged result is refused before anything runs', async (cniVersion) => {
    node.network('storage', ['macvlan'], { plugin: { addresses: ['10.2.0.2/24'] } });
    const rest = { cniVersion, annotations: { cni: 'front,storage' }, config: { resultMode: 'merged' } };
    const answer = await node.call(form, requestOf('ADD', rest));
    expectFailure(answer, { code: 7, msg: `cniVersion ${cniVersion} cannot carry the merged result of 2 networks` });
    expect([node.calls(), node.records()]).toEqual([[], []]);
  });

  test.each(['0.1.0', '0.2.0'])(
    'P30: at %s a result without address is an error and taken back',
    async (cniVersion) => {
      node.network('front', ['bridge'], { list: { cniVersion: '1.1.0' } });
      const answer = await node.call(form, requestOf('ADD', { cniVersion }));
      expectFailure(answer, { code: 999, msg: 'cannot convert: no valid IP addresses' });
      expect(node.story()).toEqual(['ADD bridge eth0', 'DEL bridge eth0']);
      expect([node.made(), node.records()]).toEqual([[], []]);
    },
  );
});

/** Faults that no input provokes: a script runs inside the process while Braid waits for its delegate. */
describe.each(BRAID_FORMS.filter(({ name }) => name === 'on Node'))('stray faults, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = frontNode();
    node.plugin('bridge', { ADD: { delayMs: 500 } });
  });
  afterEach(() => node.dispose());

  const whileWaiting = (statement: string) => {
    const script = `if (process.argv[1]?.endsWith('braid.mjs')) setTimeout(() => { ${statement} }, 300)`;
    return requestOf('ADD', { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` } });
  };

  test.each([
    ['a rejection that nobody handles', 'Promise.reject(new Error("stray"))'],
    ['an exception that nobody catches', 'throw new Error("stray")'],
  ])('P28: %s is one document and exit status 1', async (_what, statement) => {
    const answer = await node.call(form, whileWaiting(statement));
    expect(answer).toMatchObject({ code: 1, json: { code: 999, msg: 'internal error: stray' } });
    expectOneDocument(answer);
  });

  test.each(['log', 'info', 'debug'])('P28: console.%s of a dependency does not get onto stdout', async (method) => {
    const answer = await node.call(form, whileWaiting(`console.${method}("stray")`));
    expect(answer).toMatchObject({ code: 0, stderr: 'stray\n', json: { cniVersion: '1.1.0' } });
    expectOneDocument(answer);
  });
});
