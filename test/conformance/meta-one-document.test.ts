/** P28 with M12 to M20: every way of failing gives exactly one JSON document and status 1, and no stack; built binary. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidCall, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { endDelegates, startCall, untilCalled } from './started-call.ts';

beforeAll(prepareForms);

const TWO = { cni: 'front,storage' };
const VALID = 'cni.dev/valid-attachments';
const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const config = { delegateTimeoutMs: 1500 };

/** What a plugin does, by title; with each the ADD fails. */
const FAULTS: ReadonlyArray<readonly [string, object]> = [
  ['writes 200 MB', { bytes: 200_000_000 }],
  ['nests 100,000 lists', { stdout: `{"cniVersion":"1.0.0","ips":${DEEP}}` }],
  ['nests an error', { exit: 1, stdout: `{"code":7,"msg":"x","details":${DEEP}}` }],
  ['prints bytes that are no text', { stdout: '\u0000\ufffd\u0001{' }],
  ['prints a list', { stdout: '[]' }],
  ['prints a number beyond all bounds', { stdout: '{"ips":[{"address":"10.0.0.2/24","interface":1e999}]}' }],
  ['prints prototype keys', { stdout: '{"__proto__":{"code":1,"msg":"x"},"constructor":7,"ips":[{"address":7}]}' }],
  ['fails with a multi-line message', { exit: 1, stdout: { code: 7, msg: 'Error: x\n    at main.go:7\n' } }],
  ['hangs', { hang: true }],
  ['is killed', { signal: 'SIGSEGV' }],
];

describe.each(BRAID_FORMS)('one document of Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('front', ['bridge'], { list: { cniVersion: '1.1.0' }, plugin: { addresses: ['10.1.0.2/24'] } });
    node.network('storage', ['macvlan'], { list: { cniVersion: '1.1.0' } });
  });
  afterEach(() => {
    endDelegates(node);
    node.dispose();
  });

  const call = (verb: string, rest: Partial<BraidCall> = {}) =>
    node.call(form, { verb, cniVersion: '1.1.0', annotations: TWO, ...rest, config: { ...config, ...rest.config } });

  async function oneError(verb: string, rest: Partial<BraidCall> = {}) {
    const answer = await call(verb, rest);
    expectOneError(answer);
    return answer.json;
  }

  function expectOneError(answer: { code: number | null; stdout: string; stderr: string }): void {
    expect(answer.code, answer.stderr).toBe(1);
    expect(answer.stdout.endsWith('}\n')).toBe(true);
    const error = JSON.parse(answer.stdout);
    expect(Object.keys(error).filter((key) => !['cniVersion', 'code', 'msg', 'details'].includes(key))).toEqual([]);
    expect(error.cniVersion).toBe('1.1.0');
    expect(error.code).toBeGreaterThan(0);
    expect(error.msg).not.toBe('');
    expect(answer.stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  }

  test.each(FAULTS)('P28 M12: a plugin that %s', async (_what, answer) => {
    node.plugin('macvlan', { ADD: answer });
    const error = await oneError('ADD');
    expect(error.msg).toContain('network "storage" (eth1), plugin "macvlan" ADD');
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test.each(['DEL', 'CHECK', 'GC', 'STATUS'])('P28: a plugin that fails in %s', async (verb) => {
    const { json } = await call('ADD');
    for (const type of ['bridge', 'macvlan'])
      node.plugin(type, { [verb]: { exit: 1, stdout: { code: 140, msg: 'no' }, stderr: 'noise\n' } });
    const rest = { config: { prevResult: json, [VALID]: [], defaultPlugin: 'front,storage' } };
    expect(await oneError(verb, rest)).toMatchObject({ code: 140 });
  });

  test.each(['ADD', 'DEL', 'CHECK', 'GC', 'STATUS'])('P28 M20: SIGTERM in the middle of %s', async (verb) => {
    const { json } = verb === 'ADD' ? { json: undefined } : await call('ADD');
    node.plugin('bridge', { [verb]: { hang: true } });
    const settings = { prevResult: json, [VALID]: [], defaultPlugin: 'front', delegateTimeoutMs: 30_000 };
    if (verb === 'GC') settings[VALID] = [{ containerID: 'c1', ifname: 'eth0' }] as never;
    const started = startCall(node, form, { verb, cniVersion: '1.1.0', annotations: TWO, config: settings });
    await untilCalled(node, `${verb} bridge`);
    started.kill('SIGTERM');
    const answer = await started.ended;
    expectOneError(answer);
    expect(answer.stdout).toContain('SIGTERM');
    if (verb === 'ADD') expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('P28: a state folder that is a file', async () => {
    writeFileSync(join(node.dir, 'file'), '');
    for (const verb of ['ADD', 'DEL', 'GC', 'STATUS'])
      expect(await oneError(verb, { config: { stateDir: join(node.dir, 'file'), [VALID]: [] } })).toMatchObject({
        msg: expect.stringContaining('stateDir'),
      });
    expect(node.made()).toEqual([]);
  });

  test('P28 M14: a record that is a folder, and a record that is no text', async () => {
    await call('ADD');
    const file = join(node.stateDir, 'attachments', node.records().find((name) => name.endsWith('.json')) ?? '');
    const text = readFileSync(file);
    writeFileSync(file, text.subarray(0, 40).fill(0xff));
    expect(await oneError('CHECK', { config: { prevResult: { cniVersion: '1.1.0' } } })).toMatchObject({ code: 103 });
    expect(await oneError('ADD')).toMatchObject({ code: 103 });
    expect(await oneError('GC', { config: { [VALID]: [] } })).toMatchObject({ code: 103 });
    expect(await oneError('DEL')).toMatchObject({ code: 103 });
    mkdirSync(file);
    for (const verb of ['ADD', 'DEL']) expect(await oneError(verb)).toMatchObject({ code: 5 });
  });

  test('P28: a configuration folder that is a file', async () => {
    rmSync(node.confDir, { recursive: true });
    writeFileSync(node.confDir, '');
    expect(await oneError('ADD')).toMatchObject({ code: 7, msg: expect.stringContaining('confDir') });
  });

  test('P28: a log file that cannot be written is no failure, and no second document', async () => {
    const settings = { logFile: '/proc/none/braid.log', logLevel: 'debug' };
    expect(await call('ADD', { config: settings })).toMatchObject({ code: 0, json: { cniVersion: '1.1.0' } });
    expect(await call('DEL', { config: settings })).toMatchObject({ code: 0, stdout: '' });
  });

  test.each([
    // A closed stdout is an empty device to the program: there is nothing that it could notice.
    ['stdout is closed', '>&-', /status 0/],
    ['stdout is a full device', '> /dev/full', /status 1/],
    ['nobody reads stdout', '| true', /status 1/],
    ['stderr is closed', '2>&-', /status 0/],
  ])('P28: where %s the status tells, and the pod’s networks can be deleted', async (_what, redirection, status) => {
    const script = `exec 3>&2; { "$@"; echo "status $?" >&3; } ${redirection}; exit 0`;
    const wrapped = { ...form, command: ['sh', '-c', script, 'sh', ...form.command] };
    node.plugin('bridge', { ADD: { stderr: 'noise\n' } });
    const answer = await node.call(wrapped, { verb: 'ADD', cniVersion: '1.1.0', annotations: TWO });
    expect(answer.stderr).toMatch(status);
    expect(answer.stderr).not.toMatch(/^\s+at /m);
    expect(await call('DEL')).toMatchObject({ code: 0, stdout: '' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('P28: a plugin that writes to our stdout by its own means cannot: each has a pipe', async () => {
    const file = join(node.binDir, 'bridge');
    rmSync(file);
    writeFileSync(file, '#!/bin/sh\ncat >/dev/null\necho noise > /proc/$PPID/fd/2\necho "{}"\n');
    chmodSync(file, 0o755);
    const answer = await call('ADD', { annotations: { cni: 'front' } });
    expect(answer).toMatchObject({ code: 0, json: { cniVersion: '1.1.0' } });
  });
});
