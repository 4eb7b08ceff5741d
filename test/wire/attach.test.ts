/** ADD, DEL and CHECK on the built binary with scripted delegates: who is called, in which order, with what. */

import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { asOtherVersion } from '../harness/foreign-record.ts';
import { pollUntil } from '../harness/poll-until.ts';

beforeAll(prepareForms);

const BUSY = { exit: 1, stdout: { code: 11, msg: 'busy' } };
const TWO = { cni: 'front,storage' };

describe.each(BRAID_FORMS)('two networks with Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('front', ['bridge'], { plugin: { addresses: ['10.1.0.2/24'] } });
    node.network('storage', ['macvlan', 'tuning'], { plugin: { addresses: ['10.2.0.2/24'] } });
  });
  afterEach(() => node.dispose());

  test('ADD runs both chains in order and answers one result, DEL takes all back in reverse', async () => {
    const added = await node.call(form, { verb: 'ADD', annotations: TWO });
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(added.json).toEqual({
      cniVersion: '1.0.0',
      interfaces: [
        { name: 'eth0', sandbox: '/run/netns/braid-none' },
        { name: 'eth1', sandbox: '/run/netns/braid-none' },
      ],
      ips: [
        { interface: 0, address: '10.1.0.2/24' },
        { interface: 1, address: '10.2.0.2/24' },
      ],
    });
    expect(node.records()).toEqual([expect.stringMatching(/^c1-.*\.json$/)]);
    const deleted = await node.call(form, { verb: 'DEL', annotations: TWO, netns: '' });
    expect(deleted).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(node.story()).toEqual([
      'ADD bridge eth0',
      'ADD macvlan eth1',
      'ADD tuning eth1',
      'DEL tuning eth1',
      'DEL macvlan eth1',
      'DEL bridge eth0',
    ]);
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('R15 R19: each delegate gets the six variables of its attachment and its list’s name and version', async () => {
    const env = { TEST_INHERITED: 'yes', CNI_ARGS: 'IgnoreUnknown=1;IP=10.1.0.9;K8S_POD_NAME=web;K8S_ANNOT={}' };
    await node.call(form, { verb: 'ADD', annotations: TWO, env });
    const [bridge, macvlan, tuning] = node.calls();
    expect(bridge?.env).toMatchObject({
      CNI_COMMAND: 'ADD',
      CNI_CONTAINERID: 'c1',
      CNI_NETNS: '/run/netns/braid-none',
      CNI_IFNAME: 'eth0',
      CNI_PATH: node.binDir,
      CNI_ARGS: 'IgnoreUnknown=1;IP=10.1.0.9;K8S_POD_NAME=web',
      TEST_INHERITED: 'yes',
    });
    expect(macvlan?.env['CNI_ARGS']).toBe('IgnoreUnknown=1;K8S_POD_NAME=web');
    expect(bridge?.stdin).toEqual({ type: 'bridge', addresses: ['10.1.0.2/24'], name: 'front', cniVersion: '1.0.0' });
    expect(tuning?.stdin.prevResult).toMatchObject({
      cniVersion: '1.0.0',
      ips: [{ address: '10.2.0.2/24', interface: 0 }],
    });
  });

  test('M28: port mappings reach the primary network only, and only a plugin that declares the capability', async () => {
    const capabilities = { portMappings: true };
    node.network('front', ['bridge', 'portmap'], {});
    node.conf('10-front.conflist', {
      cniVersion: '1.0.0',
      name: 'front',
      plugins: [{ type: 'bridge' }, { type: 'portmap', capabilities }],
    });
    node.conf('20-storage.conflist', {
      cniVersion: '1.0.0',
      name: 'storage',
      plugins: [{ type: 'macvlan', capabilities }],
    });
    rmSync(join(node.confDir, '10-storage.conflist'));
    const portMappings = [{ HostPort: 8080, ContainerPort: 80, Protocol: 'tcp', HostIP: '' }];
    const runtimeConfig = { 'io.kubernetes.cri.pod-annotations': TWO, portMappings };
    await node.call(form, { verb: 'ADD', config: { runtimeConfig } });
    expect(node.calls().map(({ plugin, stdin }) => [plugin, stdin.runtimeConfig, stdin.capabilities])).toEqual([
      ['bridge', undefined, undefined],
      ['portmap', { portMappings }, undefined],
      ['macvlan', undefined, undefined],
    ]);
  });

  test('M12: when the second fails its own error comes through and both are deleted, the failing one first', async () => {
    node.plugin('tuning', { ADD: { stdout: { code: 142, msg: 'no such sysctl', details: 'net.x' }, exit: 1 } });
    const answer = await node.call(form, { verb: 'ADD', annotations: TWO });
    expect(answer.code).toBe(1);
    expect(answer.json).toEqual({
      cniVersion: '1.0.0',
      code: 142,
      msg: 'network "storage" (eth1), plugin "tuning" ADD: no such sysctl',
      details: 'net.x',
    });
    expect(node.story().slice(3)).toEqual(['DEL tuning eth1', 'DEL macvlan eth1', 'DEL bridge eth0']);
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('M14: what a rollback could not take back stays in the journal, is named, and goes with the next DEL', async () => {
    node.plugin('tuning', { ADD: { exit: 1, stdout: '' } });
    node.plugin('bridge', { DEL: [BUSY, BUSY, {}] });
    const answer = await node.call(form, { verb: 'ADD', annotations: TWO });
    expect(answer.json).toMatchObject({
      code: 999,
      msg: expect.stringContaining('"tuning" ADD: failed with no error message: exit status 1'),
    });
    expect(answer.json.details).toContain('network "front" (eth0), plugin "bridge" DEL: busy');
    expect(node.records()).not.toEqual([]);
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0, stdout: '' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test.each([
    ['dies by a signal', { signal: 'SIGKILL' }, 999, 'killed by SIGKILL'],
    ['hangs past its deadline', { hang: true }, 101, 'did not end within 400 ms'],
    ['prints garbage', { stdout: 'hello' }, 6, 'printed what is not one JSON document: "hello"'],
    ['prints nothing', { stdout: '' }, 6, 'printed nothing on stdout'],
    ['prints two documents', { stdout: '{}{}' }, 6, 'not one JSON document'],
    ['prints an error and exits 0', { stdout: { code: 11, msg: 'later' } }, 11, 'later'],
    [
      'prints plain text and exits 3',
      { stdout: 'oops', exit: 3 },
      999,
      'its error is not readable (exit status 3): "oops"',
    ],
    ['complains on stderr only', { stdout: '', stderr: 'cannot find master\n', exit: 1 }, 999, 'cannot find master'],
    ['gives a null address entry', { stdout: { ips: [null] } }, 6, '"ips[0]" must be an object'],
    ['answers in an unknown version', { stdout: { cniVersion: '9.9.9' } }, 6, 'unsupported CNI result version "9.9.9"'],
    ['floods stdout', { bytes: 20_000_000 }, 999, 'wrote more than'],
  ])('a delegate that %s fails the ADD and nothing is left', async (_how, answer, code, message) => {
    node.plugin('macvlan', { ADD: answer });
    const config = 'hang' in answer ? { delegateTimeoutMs: 400 } : {};
    // The clean-up after a deadline must not be cut short by the same deadline: scripted plugins take a moment to start.
    const failed = await node.call(form, {
      verb: 'ADD',
      annotations: TWO,
      config: { delegateTimeoutMs: 20_000, ...config },
    });
    expect(failed.code).toBe(1);
    expect(failed.json.code).toBe(code);
    expect(failed.json.msg + (failed.json.details ?? '')).toContain(message);
    expect(failed.json.msg).toContain('network "storage" (eth1), plugin "macvlan" ADD');
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('R27: a grandchild that keeps stdout open does not delay the answer', async () => {
    node.plugin('bridge', { ADD: { background: 30_000 } });
    const before = performance.now();
    expect(await node.call(form, { verb: 'ADD', annotations: { cni: 'front' } })).toMatchObject({ code: 0 });
    expect(performance.now() - before).toBeLessThan(20_000);
  });

  test('R28: a delegate’s stderr is forwarded and decides nothing', async () => {
    node.plugin('bridge', { ADD: { stderr: 'noise\n' } });
    expect(await node.call(form, { verb: 'ADD', annotations: TWO })).toMatchObject({ code: 0, stderr: 'noise\n' });
  });

  test('M16: a second ADD is refused and leaves the first one alone', async () => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    const again = await node.call(form, { verb: 'ADD', annotations: TWO });
    expect(again.json).toMatchObject({ code: 100, details: 'the runtime must call DEL before it calls ADD again' });
    expect(node.story()).toHaveLength(3);
    expect(node.made()).toHaveLength(3);
  });

  test('M15: DEL needs neither annotations nor configuration files nor a valid configuration', async () => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    rmSync(node.confDir, { recursive: true });
    const config = { kubeconfig: '/nonexistent', apiTimeoutMs: 'soon' };
    expect(await node.call(form, { verb: 'DEL', netns: '', config })).toMatchObject({ code: 0, stdout: '' });
    expect(await node.call(form, { verb: 'DEL', netns: '', config })).toMatchObject({ code: 0, stdout: '' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('M13: DEL runs what was recorded, not what the files say now', async () => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    node.network('front', ['other'], { plugin: { addresses: ['10.9.0.2/24'] } });
    await node.call(form, { verb: 'DEL', annotations: { cni: 'other' } });
    const last = node.calls().at(-1);
    expect(last).toMatchObject({
      verb: 'DEL',
      plugin: 'bridge',
      stdin: { addresses: ['10.1.0.2/24'], prevResult: { ips: [{ address: '10.1.0.2/24' }] } },
    });
  });

  test('R38: a failing plugin ends its own list only, the record stays, a repeated DEL succeeds', async () => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    node.plugin('tuning', { DEL: [BUSY, BUSY, {}] });
    const failed = await node.call(form, { verb: 'DEL' });
    expect(failed).toMatchObject({
      code: 1,
      json: { code: 11, msg: 'network "storage" (eth1), plugin "tuning" DEL: busy' },
    });
    // Once more after the others, which may share what it could not let go of.
    expect(node.story().slice(3)).toEqual(['DEL tuning eth1', 'DEL bridge eth0', 'DEL tuning eth1']);
    expect(node.made()).toHaveLength(2);
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0 });
    expect(node.story().slice(6)).toEqual(['DEL tuning eth1', 'DEL macvlan eth1']);
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('an attachment that can go only after another goes in the same DEL', async () => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    node.plugin('macvlan', { DEL: [BUSY, {}] });
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0, stdout: '' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('M25: a delegate’s own words are kept from being taken for success', async () => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    const missing = {
      exit: 1,
      stdout: { code: 999, msg: 'lease not found', details: 'open x: no such file or directory' },
    };
    node.plugin('bridge', { DEL: missing });
    const failed = await node.call(form, { verb: 'DEL' });
    expect(failed.json).toMatchObject({ code: 999, msg: expect.stringContaining('lease not-found') });
    expect(JSON.stringify(failed.json)).not.toMatch(/not found|no such file or directory/);
    expect(node.records()).not.toEqual([]);
  });

  test('a plugin that dies without a word at ADD and at DEL is not taken for gone', async () => {
    node.plugin('tuning', { ADD: { signal: 'SIGSEGV' }, DEL: [{ signal: 'SIGSEGV' }, { signal: 'SIGSEGV' }, {}] });
    const failed = await node.call(form, { verb: 'ADD', annotations: TWO });
    expect(failed.json.details).toContain('not everything could be taken back');
    expect(node.records()).not.toEqual([]);
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0 });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('a plugin that refuses DEL as it refused ADD does not hold the pod for ever', async () => {
    const refusal = { exit: 1, stdout: { code: 999, msg: 'invalid range' } };
    node.plugin('tuning', { ADD: refusal, DEL: refusal });
    const failed = await node.call(form, { verb: 'ADD', annotations: TWO });
    expect(failed.json).toEqual({
      cniVersion: '1.0.0',
      code: 999,
      msg: 'network "storage" (eth1), plugin "tuning" ADD: invalid range',
    });
    expect(node.records()).toEqual([]);
    expect(node.story().slice(3)).toEqual(['DEL tuning eth1', 'DEL macvlan eth1', 'DEL bridge eth0']);
  });

  test('M25: a missing binary at DEL is an error that no runtime takes for done', async () => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    rmSync(join(node.binDir, 'macvlan'));
    const failed = await node.call(form, { verb: 'DEL' });
    expect(failed.json.msg).toContain('failed to find plugin "macvlan" in path');
    expect(JSON.stringify(failed.json)).not.toMatch(/not found|no such file or directory/);
    node.plugin('macvlan');
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0 });
    expect(node.records()).toEqual([]);
  });

  test('P33: DEL of a container that we never saw succeeds and runs nothing', async () => {
    expect(await node.call(form, { verb: 'DEL', annotations: TWO })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(node.calls()).toEqual([]);
  });

  test('M15: DEL of an attachment that the runtime knows and we do not deletes what the annotations name', async () => {
    const prevResult = { cniVersion: '1.0.0', interfaces: [{ name: 'eth0' }] };
    const answer = await node.call(form, { verb: 'DEL', annotations: TWO, config: { prevResult } });
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(node.story()).toEqual(['DEL tuning eth1', 'DEL macvlan eth1', 'DEL bridge eth0']);
  });

  test.each([
    ['cut short', (text: string) => text.slice(0, text.length / 2)],
    ['empty', () => ''],
    ['edited', (text: string) => text.replace('10.1.0.2', '10.1.0.3')],
  ])('a record that is %s is set aside loudly once, and what can be guessed is deleted', async (_how, damage) => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    const file = join(node.stateDir, 'attachments', node.records().find((name) => name.endsWith('.json')) ?? '');
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    const failed = await node.call(form, { verb: 'DEL', annotations: TWO });
    expect(failed).toMatchObject({ code: 1, json: { code: 103 } });
    expect(failed.json.msg).toContain('is damaged');
    expect(readdirSync(join(node.stateDir, 'quarantine'))).toHaveLength(1);
    expect(node.made()).toEqual([]);
    expect(await node.call(form, { verb: 'DEL', annotations: TWO })).toMatchObject({ code: 0 });
  });

  test('a record of another version of Braid fails loudly and stays where it is', async () => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    const name = node.records().find((file) => file.endsWith('.json')) ?? '';
    const file = join(node.stateDir, 'attachments', name);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, asOtherVersion(text));
    const failed = await node.call(form, { verb: 'DEL', annotations: TWO });
    expect(failed.json).toMatchObject({ code: 103, msg: expect.stringContaining('its kind is "attachment/v9"') });
    expect(node.records()).toContain(name);
    writeFileSync(file, text);
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0 });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('a step that was torn off by a power cut does not damage the record', async () => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    const name = node.records()[0] ?? '';
    appendFileSync(join(node.stateDir, 'attachments', name), '{"index":0,"pha');
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0 });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('M16: a second interface name of the container cannot take or roll back the first one’s interfaces', async () => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    const clash = await node.call(form, { verb: 'ADD', ifName: 'eth1', annotations: TWO });
    expect(clash.json).toMatchObject({ code: 100, msg: expect.stringContaining('has the interface eth1 already') });
    expect(node.story()).toHaveLength(3);
    expect(await node.call(form, { verb: 'ADD', ifName: 'net7', annotations: { cni: 'front@net7' } })).toMatchObject({
      code: 0,
    });
    expect(await node.call(form, { verb: 'DEL', ifName: 'net7' })).toMatchObject({ code: 0 });
    expect(node.made()).toHaveLength(3);
  });

  test('steps after a torn one are read', async () => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    const name = node.records()[0] ?? '';
    appendFileSync(join(node.stateDir, 'attachments', name), '{"index":0,"pha');
    node.plugin('bridge', { DEL: [BUSY, BUSY, {}] });
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 1 });
    const before = node.story().length;
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0 });
    expect(node.story().slice(before)).toEqual(['DEL bridge eth0']);
  });

  test('P34: CHECK of an ADD that was killed half-way fails', async () => {
    node.plugin('macvlan', { ADD: { hang: true } });
    const { stdin, env } = node.request({ verb: 'ADD', annotations: TWO });
    const [file = '', ...args] = form.command;
    const braid = spawn(file, args, { env });
    braid.stdin.end(stdin);
    await pollUntil(async () => node.made().length === 2 || undefined, {
      withinMs: 20_000,
      what: 'the second delegate runs',
    });
    braid.kill('SIGKILL');
    const prevResult = { cniVersion: '1.0.0', interfaces: [{ name: 'eth0' }] };
    const checked = await node.call(form, { verb: 'CHECK', config: { prevResult } });
    // An agent outlives its launcher, and has noted that it meant to take all back.
    const phase = form.agent
      ? expect.stringMatching(/ \(eth[012]\) is (adding|deleting), not added$/)
      : 'network "storage" (eth1) is adding, not added';
    expect(checked.json).toMatchObject({ code: 3, msg: phase });
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0 });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('a network that was never begun does not hold the pod of a killed ADD', async () => {
    const refusal = { exit: 1, stdout: { code: 999, msg: 'invalid range' } };
    node.plugin('bridge', { ADD: { hang: true } });
    node.plugin('macvlan', { ADD: refusal, DEL: refusal });
    const { stdin, env } = node.request({ verb: 'ADD', annotations: TWO });
    const [file = '', ...args] = form.command;
    const braid = spawn(file, args, { env });
    braid.stdin.end(stdin);
    await pollUntil(async () => node.made().length === 1 || undefined, {
      withinMs: 20_000,
      what: 'the first delegate runs',
    });
    braid.kill('SIGKILL');
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0 });
    expect(node.story()).toEqual(['ADD bridge eth0', 'DEL bridge eth0']);
    expect(node.records()).toEqual([]);
  });

  test.each(['ADD', 'DEL', 'CHECK', 'GC', 'STATUS'])(
    'M26: a delegate that calls Braid again through a wrapper is told so at once: %s',
    async (verb) => {
      const env = { BRAID_DELEGATE_OF: '/somewhere:c1' };
      const logFile = join(node.dir, 'nested.log');
      const nested = await node.call(form, { verb, annotations: TWO, env, config: { logFile, logLevel: 'debug' } });
      expect(nested).toMatchObject({
        code: 1,
        json: {
          code: 7,
          msg: 'Braid was called by one of its own delegates',
          details: 'a network must not call Braid again; take it out of that network',
        },
      });
      // The file that a delegate's configuration names could be anybody's.
      expect(existsSync(logFile)).toBe(false);
    },
  );

  test('M26: a wrapper that calls Braid again holds nobody: ADD fails, DEL succeeds', async () => {
    const wrapper = join(node.binDir, 'wrapper');
    writeFileSync(wrapper, `#!/bin/sh\nexec ${form.command.join(' ')}\n`);
    chmodSync(wrapper, 0o755);
    node.conf('10-front.conf', { name: 'front', type: 'wrapper', stateDir: node.stateDir });
    rmSync(join(node.confDir, '10-front.conflist'));
    const added = await node.call(form, { verb: 'ADD', annotations: { cni: 'front' } });
    expect(added.json).toMatchObject({ code: 7, msg: expect.stringContaining('called by one of its own delegates') });
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0, stdout: '' });
    expect(node.records()).toEqual([]);
  });

  test('M17: CHECK gives every delegate its own recorded result and names each that fails', async () => {
    const { json } = await node.call(form, { verb: 'ADD', annotations: TWO });
    const call = { verb: 'CHECK', annotations: TWO, config: { prevResult: json } };
    expect(await node.call(form, call)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const checks = node.calls().filter(({ verb }) => verb === 'CHECK');
    expect(checks.map(({ plugin, stdin }) => [plugin, stdin.prevResult.ips])).toEqual([
      ['bridge', [{ interface: 0, address: '10.1.0.2/24' }]],
      ['macvlan', [{ interface: 0, address: '10.2.0.2/24' }]],
      ['tuning', [{ interface: 0, address: '10.2.0.2/24' }]],
    ]);
    node.plugin('bridge', { CHECK: { exit: 1, stdout: { code: 120, msg: 'eth0 is gone' } } });
    node.plugin('tuning', { CHECK: { exit: 1, stdout: { code: 121, msg: 'eth1 is gone' } } });
    const failed = await node.call(form, call);
    expect(failed.json).toMatchObject({
      code: 120,
      msg: 'network "front" (eth0), plugin "bridge" CHECK: eth0 is gone',
    });
    expect(failed.json.details).toContain('network "storage" (eth1), plugin "tuning" CHECK: eth1 is gone');
  });

  test('R37: CHECK skips a list with disableCheck and one below 0.4.0', async () => {
    node.network('front', ['bridge'], { list: { disableCheck: 'TRUE' } });
    node.network('storage', ['macvlan'], { list: { cniVersion: '0.3.1' } });
    const { json } = await node.call(form, { verb: 'ADD', annotations: TWO });
    expect(await node.call(form, { verb: 'CHECK', annotations: TWO, config: { prevResult: json } })).toMatchObject({
      code: 0,
    });
    expect(node.story()).toEqual(['ADD bridge eth0', 'ADD macvlan eth1']);
  });

  test('P34: CHECK of a container without a record says so, and without prevResult what is missing', async () => {
    const prevResult = { cniVersion: '1.0.0', interfaces: [{ name: 'eth0' }] };
    expect((await node.call(form, { verb: 'CHECK', config: { prevResult } })).json).toMatchObject({ code: 3 });
    expect((await node.call(form, { verb: 'CHECK' })).json).toMatchObject({
      code: 7,
      msg: expect.stringContaining('prevResult'),
    });
  });

  test('M22: two networks that give one address are refused and taken back', async () => {
    node.network('storage', ['macvlan'], { plugin: { addresses: ['10.1.0.2/16'] } });
    const failed = await node.call(form, { verb: 'ADD', annotations: TWO });
    expect(failed.json).toMatchObject({ code: 102, msg: expect.stringContaining('both gave the address 10.1.0.2') });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test.each(['TERM', 'HUP'])(
    'SIG%s in the middle of an ADD ends the delegate, takes all back and gives one error',
    async (signal) => {
      node.plugin('macvlan', { ADD: { hang: true } });
      const script =
        '"$@" & braid=$!; while ! grep -q macvlan "$CALLS"; do sleep 0.05; done; kill -$SIGNAL $braid; wait $braid';
      const stopped = { ...form, command: ['sh', '-c', script, 'sh', ...form.command] };
      // A background job of sh has /dev/null as stdin unless it is told otherwise.
      stopped.command[2] = script.replace('"$@" &', 'exec 3<&0; "$@" <&3 &');
      const answer = await node.call(stopped, {
        verb: 'ADD',
        annotations: TWO,
        env: { CALLS: join(node.binDir, 'calls.jsonl'), SIGNAL: signal },
      });
      expect(answer.json).toMatchObject({
        code: 11,
        msg: expect.stringContaining(`was stopped: Braid got SIG${signal}`),
      });
      expect([node.made(), node.records()]).toEqual([[], []]);
    },
  );

  test('a state folder that cannot be written refuses the ADD before any delegate runs', async () => {
    writeFileSync(join(node.dir, 'file'), '');
    const answer = await node.call(form, {
      verb: 'ADD',
      annotations: TWO,
      config: { stateDir: join(node.dir, 'file/state') },
    });
    expect(answer.json).toMatchObject({ code: 5, msg: expect.stringContaining('stateDir') });
    expect(node.calls()).toEqual([]);
  });

  test('resultMode "primary" answers the first network only and deletes both', async () => {
    const answer = await node.call(form, { verb: 'ADD', annotations: TWO, config: { resultMode: 'primary' } });
    expect(answer.json.interfaces).toEqual([{ name: 'eth0', sandbox: '/run/netns/braid-none' }]);
    await node.call(form, { verb: 'DEL' });
    expect(node.made()).toEqual([]);
  });

  test.each([
    ['0.2.0', { cniVersion: '0.2.0', ip4: { ip: '10.1.0.2/24' }, dns: {} }],
    [
      '0.3.1',
      {
        ips: [
          { version: '4', interface: 0, address: '10.1.0.2/24' },
          { version: '4', interface: 1, address: '10.2.0.2/24' },
        ],
      },
    ],
    [
      '1.1.0',
      {
        ips: [
          { interface: 0, address: '10.1.0.2/24' },
          { interface: 1, address: '10.2.0.2/24' },
        ],
      },
    ],
  ])('P30: the answer has the form of the request’s version %s', async (cniVersion, expected) => {
    const answer = await node.call(form, { verb: 'ADD', annotations: TWO, cniVersion });
    expect(answer.json).toMatchObject({ cniVersion, ...expected });
  });

  test('M10: an old version that was told to merge is refused before anything runs', async () => {
    const answer = await node.call(form, {
      verb: 'ADD',
      annotations: TWO,
      cniVersion: '0.2.0',
      config: { resultMode: 'merged' },
    });
    expect(answer.json).toMatchObject({ code: 7, msg: expect.stringContaining('cannot carry the merged result') });
    expect(node.calls()).toEqual([]);
  });

  test('R72: a result without addresses cannot be answered at 0.2.0 and is taken back', async () => {
    node.network('front', ['bridge']);
    const answer = await node.call(form, { verb: 'ADD', annotations: { cni: 'front' }, cniVersion: '0.2.0' });
    expect(answer.json).toMatchObject({ code: 999, msg: 'cannot convert: no valid IP addresses' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('M24: a prevResult of plugins before us stays in front of ours', async () => {
    const prevResult = {
      cniVersion: '1.0.0',
      interfaces: [{ name: 'lo' }],
      ips: [{ interface: 0, address: '127.0.0.1/8' }],
    };
    const { json } = await node.call(form, { verb: 'ADD', annotations: { cni: 'front' }, config: { prevResult } });
    expect(json.interfaces.map((link: { name: string }) => link.name)).toEqual(['lo', 'eth0']);
    expect(json.ips[1]).toEqual({ interface: 1, address: '10.1.0.2/24' });
  });

  test('the journal is readable by its owner alone', async () => {
    await node.call(form, { verb: 'ADD', annotations: TWO });
    const listing = await node.call({ name: 'ls', command: ['ls', '-lR', node.stateDir] }, { verb: 'x' });
    expect(listing.stdout).toMatch(/^-rw------- .*\.json$/m);
    expect(listing.stdout).toMatch(/^drwx------ .* attachments$/m);
    expect(existsSync(join(node.stateDir, 'quarantine'))).toBe(false);
  });

  test('a plugin that is not executable is named before anything runs', async () => {
    rmSync(join(node.binDir, 'macvlan'));
    writeFileSync(join(node.binDir, 'macvlan'), '');
    chmodSync(join(node.binDir, 'macvlan'), 0o644);
    const answer = await node.call(form, { verb: 'ADD', annotations: TWO });
    expect(answer.json).toMatchObject({ code: 7, msg: expect.stringContaining('macvlan is not executable') });
    expect(node.calls()).toEqual([]);
  });
});
