/** What an operator or a pod author gets wrong: a clear error, nothing executed, nothing in the journal. */
import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';

beforeAll(prepareForms);

describe.each(BRAID_FORMS)('bad input to Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('front', ['bridge']);
    node.network('storage', ['macvlan']);
  });
  afterEach(() => node.dispose());

  async function refusal(call: Partial<Parameters<BraidNode['call']>[1]>) {
    const answer = await node.call(form, { verb: 'ADD', annotations: { cni: 'front' }, ...call });
    expect(answer.code).toBe(1);
    expect(answer.stdout.trim().split('\n')).toHaveLength(1);
    expect([node.calls(), node.records()]).toEqual([[], []]);
    return answer.json;
  }

  test.each([
    ['front,', 'annotation "cni", item 2: is empty'],
    ['front,,storage', 'annotation "cni", item 2: is empty'],
    [',', 'annotation "cni", item 1: is empty'],
    ['../x', 'annotation "cni": "../x" is not a network name'],
    ['front,a/b', 'annotation "cni", item 2: "a/b" is not a network name'],
    ['front@', 'annotation "cni": interface name "": interface name is empty'],
    ['front@a@b', 'annotation "cni": "front@a@b" has more than one @'],
    ['front@abcdefghijklmnop', 'interface name "abcdefghijklmnop": interface name is too long'],
    ['front@a b', 'interface name contains / or : or whitespace'],
    [
      'front@net0,storage@net0',
      'annotation "cni", item 2: interface name "net0" is already taken by annotation "cni", item 1',
    ],
    ['front@lo', 'interface name "lo": lo is the loopback interface'],
    ['front@a\u0001b', 'control characters'],
    ['front@a\u0000b', 'control characters'],
    ['__proto__', 'annotation "cni": "__proto__" is not a network name'],
    ['constructor', 'annotation "cni": there is no network "constructor"'],
  ])('the annotation cni: %j is refused', async (cni, message) => {
    const error = await refusal({ annotations: { cni } });
    expect(error).toMatchObject({ code: 7, msg: expect.stringContaining(message) });
  });

  test('a network that does not exist is named with those that do', async () => {
    const error = await refusal({ annotations: { cni: 'front,stroage' } });
    expect(error.msg).toBe(`annotation "cni", item 2: there is no network "stroage" in ${node.confDir}`);
    expect(error.details).toBe('did you mean "storage"? networks there: front, storage');
  });

  test.each([
    ['apiTimeoutMs', 'soon', '"apiTimeoutMs" must be a number, not "soon"'],
    ['apiTimeoutMs', 0, '"apiTimeoutMs" must be not empty'],
    ['delegateTimeoutMs', 1.5, '"delegateTimeoutMs"'],
    ['stateDir', 'relative', '"stateDir" must be an absolute path, not "relative"'],
    ['confDir', 7, '"confDir" must be a string, not 7'],
    ['binDir', ['/a', 'b'], '"binDir'],
    ['resultMode', 'both', '"resultMode" must be "merged" or "primary", not "both"'],
    ['statusWriteBack', true, '"statusWriteBack" must be "best-effort" or "required" or "off", not true'],
    ['logLevel', 'loud', '"logLevel" must be "debug"'],
    ['logFile', 'x.log', '"logFile" must be an absolute path'],
    ['capabilities', { portMappings: 'yes' }, '"capabilities.portMappings" must be a boolean, not "yes"'],
    ['runtimeConfig', [], '"runtimeConfig" must be an object'],
    ['defaultPlugin', 7, '"defaultPlugin" must be a list of strings or a comma-separated string, not 7'],
    ['kubernetes', 'x', '"kubernetes" must be an object'],
    ['kubeconfig', '', '"kubeconfig" must not be empty'],
  ])('a configuration with %s: %j is refused by name', async (key, value, message) => {
    const error = await refusal({ config: { [key]: value } });
    expect(error.code).toBe(7);
    expect(error.msg.replace('must be at least 1', 'must be not empty')).toContain(message);
  });

  test('a secret is never quoted', async () => {
    const error = await refusal({ config: { policy: { k8s_auth_token: ['s3cret'] } } });
    expect(error.msg).toContain('"policy.k8s_auth_token" must be a string');
    expect(JSON.stringify(error)).not.toContain('s3cret');
  });

  test('an unknown key is a logged warning that names the nearest known one', async () => {
    const config = { defaultPlugn: 'front', 'cni.dev/x': 1, zzzzzzzz: 1 };
    const answer = await node.call(form, { verb: 'ADD', annotations: { cni: 'front' }, config });
    expect(answer.code).toBe(0);
    const messages = answer.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).msg);
    expect(messages).toEqual([
      'unknown key "defaultPlugn" is ignored; did you mean "defaultPlugin"?',
      'unknown key "zzzzzzzz" is ignored',
    ]);
  });

  test('a wrong value does not keep DEL from cleaning up', async () => {
    await node.call(form, { verb: 'ADD', annotations: { cni: 'front' } });
    const answer = await node.call(form, { verb: 'DEL', config: { apiTimeoutMs: 'soon', resultMode: 3 } });
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(answer.stderr).toContain('\\"apiTimeoutMs\\" must be a number, not \\"soon\\"; its default is used');
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('a pipe in the configuration folder holds nobody up, a link to one neither', async () => {
    const pipe = join(node.dir, 'pipe');
    await node.call({ name: 'mkfifo', command: ['mkfifo', pipe, join(node.confDir, '01-pipe.conf')] }, { verb: 'x' });
    symlinkSync(pipe, join(node.confDir, '02-link.conflist'));
    const answer = await node.call(form, { verb: 'ADD', annotations: { cni: 'front' } });
    expect(answer.code).toBe(0);
    expect(answer.stderr).toContain('02-link.conflist: it is not a regular file');
  });

  test('a file that is no program is named before anything runs', async () => {
    rmSync(join(node.binDir, 'macvlan'));
    writeFileSync(join(node.binDir, 'macvlan'), '\u0001\u0002 torn', { mode: 0o755 });
    const error = await refusal({ annotations: { cni: 'front,storage' } });
    expect(error).toMatchObject({
      code: 7,
      msg: expect.stringContaining('macvlan is not executable, or is no program'),
    });
  });

  test('a confDir that is not there is named with its key', async () => {
    const error = await refusal({ config: { confDir: join(node.dir, 'none') } });
    expect(error).toMatchObject({
      code: 7,
      msg: `confDir "${join(node.dir, 'none')}" does not exist`,
      details: expect.stringContaining('"confDir"'),
    });
  });

  test('a missing binary is found before the first network runs', async () => {
    node.conf('20-third.conflist', { cniVersion: '1.0.0', name: 'third', plugins: [{ type: 'weave-net' }] });
    const error = await refusal({ annotations: { cni: 'front,third' } });
    expect(error.code).toBe(7);
    expect(error.msg).toContain(
      `annotation "cni", item 2: network "third" (${node.confDir}/20-third.conflist): failed to find plugin "weave-net" in path [${node.binDir}]`,
    );
  });

  test.each([
    ['missing', 'whereabouts', 'failed to find plugin "whereabouts" in path'],
    ['our own type', 'braid', 'its plugin "braid" is Braid itself'],
  ])('an IPAM plugin that is %s is found before the first network runs', async (_how, type, message) => {
    node.network('third', ['ptp'], { plugin: { ipam: { type } } });
    const error = await refusal({ annotations: { cni: 'front,third' } });
    expect(error).toMatchObject({ code: 7, msg: expect.stringContaining(message) });
  });

  test('a required status without a way to the API server is refused', async () => {
    const error = await refusal({ config: { statusWriteBack: 'required' } });
    expect(error).toMatchObject({ code: 7, msg: expect.stringContaining('"statusWriteBack" is "required"') });
  });

  test('P24: the answer to a wrong configuration has the version of that configuration', async () => {
    expect(await refusal({ cniVersion: '0.4.0', config: { apiTimeoutMs: 'soon' } })).toMatchObject({
      cniVersion: '0.4.0',
    });
  });

  test('a log file that is a pipe holds nobody up', async () => {
    const logFile = join(node.dir, 'pipe');
    await node.call({ name: 'mkfifo', command: ['mkfifo', logFile] }, { verb: 'x' });
    const answer = await node.call(form, { verb: 'ADD', annotations: { cni: 'front' }, config: { logFile, zzz: 1 } });
    expect(answer.code).toBe(0);
    expect(answer.stderr).toContain('cannot open the log file; logging to stderr');
  });

  test('M26: our own type inside a delegate is refused, at any place of the chain', async () => {
    symlinkSync(form.command.at(-1) ?? '', join(node.binDir, 'braid'));
    node.conf('20-loop.conflist', {
      cniVersion: '1.0.0',
      name: 'loop',
      plugins: [{ type: 'bridge' }, { type: 'braid' }],
    });
    const error = await refusal({ annotations: { cni: 'loop' } });
    expect(error).toMatchObject({ code: 7, msg: expect.stringContaining('its plugin "braid" is Braid itself') });
  });

  test.each([
    ['not JSON', '{"name":"third"', 'JSON'],
    ['without plugins', '{"cniVersion":"1.0.0","name":"third","plugins":[]}', 'no plugins in list'],
    [
      'with a plugin without type',
      '{"cniVersion":"1.0.0","name":"third","plugins":[{}]}',
      "plugins[0]: missing 'type'",
    ],
    [
      'of a version that was never released',
      '{"cniVersion":"1.0.7","name":"third","plugins":[{"type":"bridge"}]}',
      '"cniVersion" is "1.0.7"',
    ],
    [
      'with a flag that is none',
      '{"cniVersion":"1.0.0","name":"third","disableCheck":"yes","plugins":[{"type":"bridge"}]}',
      '"disableCheck" must be true or false',
    ],
  ])('a network file %s is an error for who asks for it and for nobody else', async (_how, text, message) => {
    node.conf('20-third.conflist', text);
    const error = await refusal({ annotations: { cni: 'front,third' } });
    expect(error.code).toBe(7);
    expect(error.msg).toContain(`network "third" cannot be used: ${node.confDir}/20-third.conflist`);
    expect(error.msg).toContain(message);
    expect(await node.call(form, { verb: 'ADD', annotations: { cni: 'front' } })).toMatchObject({ code: 0 });
  });

  test.each([
    ['k8s.v1.cni.cncf.io/networks', { 'k8s.v1.cni.cncf.io/networks': 'a,b' }, ', item 1: definition "shop/a"'],
    ['networks', { cni: '', networks: 'net1' }, ': logical network "shop/net1"'],
    ['v1.multus-cni.io/default-network', { 'v1.multus-cni.io/default-network': 'a' }, ': definition "kube-system/a"'],
  ])('the annotation %s needs an API server, and the error says so', async (name, annotations, what) => {
    const error = await refusal({ annotations });
    expect(error).toMatchObject({ code: 7, details: 'set the key "kubeconfig"' });
    expect(error.msg).toContain(`annotation "${name}"${what} cannot be read`);
    expect(error.msg).toContain('no API server is configured');
  });

  test('annotations that are no map of strings are refused', async () => {
    expect(await refusal({ annotations: { cni: 7 } })).toMatchObject({
      code: 7,
      msg: expect.stringContaining('must be a map of strings'),
    });
  });

  test('an unreadable kubeconfig is named', async () => {
    const file = join(node.dir, 'kubeconfig');
    const call = { verb: 'ADD', config: { kubeconfig: file } };
    const missing = await node.call(form, call);
    expect(missing.json).toMatchObject({
      code: 7,
      msg: `kubeconfig "${file}": cannot read it: no such file`,
      details: expect.stringContaining('correct the key "kubeconfig"'),
    });
    writeFileSync(file, 'clusters: [');
    chmodSync(file, 0o600);
    const broken = await node.call(form, call);
    expect(broken.json).toMatchObject({ code: 7, msg: expect.stringContaining(`kubeconfig "${file}"`) });
    expect(node.calls()).toEqual([]);
  });

  test('nothing to choose from is an error that says what was looked at', async () => {
    const empty = join(node.dir, 'empty.d');
    node.conf('00-braid.conflist', { cniVersion: '1.0.0', name: 'braid', plugins: [{ type: 'braid' }] });
    const answer = await node.call(form, { verb: 'ADD', config: { defaultPlugin: 'nosuch' } });
    expect(answer.json).toMatchObject({
      code: 7,
      msg: expect.stringContaining('configuration key "defaultPlugin": there is no network "nosuch"'),
    });
    expect(answer.json.details).toBe('networks there: front, storage');
    expect((await node.call(form, { verb: 'ADD', config: { confDir: empty } })).json.msg).toContain('does not exist');
  });
});
