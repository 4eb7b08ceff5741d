/** `braid add`, `del`, `check` and `status` as a person runs them, on scripted plugins. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startApiServer } from '../doubles/api-server.ts';
import { requestsOfCalls } from '../harness/api-traffic.ts';
import { COMPILED, ON_NODE, requireBuild } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { collect } from '../harness/run-child.ts';
import { handScene } from './by-hand-scene.ts';

beforeAll(requireBuild);
const scene = handScene();

/** Without what differs from run to run. */
const steady = (text: string) =>
  text.replaceAll(/ +\d+(\.\d+)? ms/g, ' N ms').replaceAll(scene.current.node.dir, 'DIR');

/** A kubeconfig for a server on this port of the machine. */
const kubeconfigOf = (port: number) =>
  `{current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], users: [{name: u, user: {token: t}}], clusters: [{name: k, cluster: {server: "http://127.0.0.1:${port}"}}]}`;

test('a container is attached, checked and given up, each with what ran', async () => {
  const { node, netns, conf } = scene.current;
  const add = await scene.current.run('add', '--netns', netns, '--container-id', 'c7', '-a', 'cni=front,storage@san0');
  expect([add.code, add.stderr]).toEqual([0, '']);
  expect(steady(add.stdout)).toContain('Container c7 has 2 networks after N ms, in DIR/netns.\n');
  expect(add.stdout).toMatch(/ eth0 +front +10\.1\.0\.2\/24 +annotation "cni", item 1\n/);
  expect(add.stdout).toMatch(/ san0 +storage +10\.2\.0\.2\/24 +annotation "cni", item 2\n/);
  expect(steady(add.stdout)).toMatch(/ ADD +storage +san0 +macvlan N ms +ok\n/);
  expect(add.stdout).toContain(`To take it away: braid del --container-id c7 --conf ${conf}\n`);
  expect(node.calls()[0]?.env).toMatchObject({
    CNI_CONTAINERID: 'c7',
    CNI_NETNS: netns,
    CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=by-hand;K8S_POD_INFRA_CONTAINER_ID=c7',
  });
  const again = await scene.current.run('add', '--netns', netns, '--container-id', 'c7');
  expect([again.code, again.stdout]).toEqual([1, '']);
  expect(again.stderr).toMatch(/\(code 100\)\n.*\n {2}To take it away: braid del --container-id c7 --conf \S+\n$/);
  const check = await scene.current.run('check', '--netns', netns);
  expect([check.code, check.stderr]).toEqual([0, '']);
  expect(steady(check.stdout)).toMatch(/Container c7 passed with 2 networks after N ms\.\n$/);
  node.plugin('macvlan', { CHECK: { exit: 1, stdout: { code: 130, msg: 'san0 is down\n' } } });
  const { code, json } = await scene.current.run('check', '--container-id', 'c7', '--json');
  expect([code, json.code]).toEqual([1, 130]);
  expect(json.msg).toBe('network "storage" (san0), plugin "macvlan" CHECK: san0 is down\n');
  expect((await scene.current.run('check', '--container-id', 'c7')).stderr).toMatch(
    /CHECK: san0 is down \(code 130\)\n/,
  );
  const del = await scene.current.run('del', '--container-id', 'c7');
  expect([del.code, del.stderr]).toEqual([0, '']);
  expect(steady(del.stdout)).toMatch(/Container c7 has given up 2 networks after N ms\.\n$/);
  expect([node.made(), node.records()]).toEqual([[], []]);
});

test('--json is the document that a runtime gets, and what ran under "braid"', async () => {
  const { node, netns } = scene.current;
  const call = { containerId: 'c1', netns, cniVersion: '1.1.0', config: { defaultPlugin: 'front' } };
  const asRuntime = await node.call(COMPILED, { verb: 'ADD', ...call });
  await node.call(COMPILED, { verb: 'DEL', ...call });
  const { code, stderr, json } = await scene.current.run('add', '--netns', netns, '--container-id', 'c1', '--json');
  const { braid, ...document } = json;
  expect([code, stderr, document]).toEqual([0, '', asRuntime.json]);
  expect(braid).toMatchObject({
    verb: 'ADD',
    containerId: 'c1',
    networks: [{ ifName: 'eth0', network: 'front', why: 'configuration key "defaultPlugin"' }],
    delegates: [{ verb: 'ADD', network: 'front', interface: 'eth0', plugin: 'bridge', end: 'ok' }],
    namespace: { path: netns, isNew: false, isGone: false },
  });
  expect(braid.durationMs).toBeGreaterThan(braid.delegates[0].durationMs);
});

test('a network that fails is told with its code and hint, and what ran before is shown', async () => {
  const { node, netns } = scene.current;
  node.plugin('macvlan', { ADD: { exit: 1, stdout: { code: 120, msg: 'no such knob', details: 'turn another' } } });
  const words = await scene.current.run('add', '--netns', netns, '-a', 'cni=front,storage');
  expect(words.code).toBe(1);
  expect(words.stderr).toBe(
    'braid add: network "storage" (eth1), plugin "macvlan" ADD: no such knob (code 120)\n  turn another\n',
  );
  expect(steady(words.stdout)).toMatch(/ADD +storage +eth1 +macvlan N ms +exit status 1\n/);
  expect([node.made(), node.records()]).toEqual([[], []]);
  const { code, json, stderr } = await scene.current.run('add', '--netns', netns, '-a', 'cni=storage', '--json');
  expect([code, stderr]).toEqual([1, '']);
  expect(json).toMatchObject({ cniVersion: '1.1.0', code: 120, details: 'turn another' });
  expect(json.braid.delegates.map(({ verb, end }: { verb: string; end: string }) => `${verb} ${end}`)).toEqual([
    'ADD exit status 1',
    'DEL ok',
  ]);
});

test('a failed ADD whose rollback fails, too, leaves a record and says the way back, for a shell', async () => {
  const { node, netns } = scene.current;
  node.plugin('macvlan', { ADD: { exit: 1, stdout: { code: 120, msg: 'no such knob' } } });
  const busy = { DEL: { exit: 1, stdout: { code: 121, msg: 'busy' } } };
  node.plugin('bridge', busy);
  const conf = scene.current.file("a person's conf", readFileSync(scene.current.conf));
  const add = ['add', '--conf', conf, '--netns', netns, '-a', 'cni=front,storage', '--ifname', 'net0'];
  const words = await scene.current.raw(COMPILED, add);
  expect([words.code, node.records()]).toEqual([1, [expect.anything()]]);
  const [, way = ''] = /DEL: busy.*\n {2}To take it away: braid (.*)\n$/.exec(words.stderr) ?? [];
  expect(way).toMatch(/^del --container-id by-hand-[0-9a-f]{12} --ifname net0 --conf '/);
  node.plugin('bridge', {});
  const pasted = spawnSync('sh', ['-c', `${COMPILED.command[0]} ${way}`], { env: node.request({ verb: '' }).env });
  expect([pasted.status, node.made(), node.records()]).toEqual([0, [], []]);
  node.plugin('bridge', busy);
  const { code, json } = await scene.current.raw(COMPILED, [...add, '--json']);
  expect([code, json.code, json.braid.wayBack]).toEqual([1, 120, `braid ${way}`]);
});

test('on Node as well, --then-del takes everything away again', async () => {
  const { node, netns } = scene.current;
  const { code, stdout, stderr } = await scene.current.runOn(ON_NODE, 'add', '--netns', netns, '--then-del');
  expect([code, stderr]).toEqual([0, '']);
  expect(steady(stdout)).toMatch(/Everything was taken away again after N ms\.\n$/);
  expect(node.story()).toEqual(['ADD bridge eth0', 'DEL bridge eth0']);
  expect(node.records()).toEqual([]);
});

describe('the pod', () => {
  const pod = (name: string, networks: string) =>
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, uid: u-${name}, annotations: {k8s.v1.cni.cncf.io/networks: ${networks}}}}\n`;
  const DEFINITION = `---
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: blue, namespace: shop}
spec: {config: '{"cniVersion": "1.0.0", "type": "macvlan"}'}
`;

  test('of a manifest gets its definitions from there, and its status is shown rather than written', async () => {
    const { node, netns, conf } = scene.current;
    const args = ['add', '--conf', conf, '--netns', netns, '-f', '-', '--json'];
    const { code, json } = await scene.current.raw(COMPILED, args, pod('web', 'blue') + DEFINITION);
    expect(code).toBe(0);
    expect(node.story()).toEqual(['ADD bridge eth0', 'ADD macvlan net1']);
    expect(node.calls()[1]?.env['CNI_ARGS']).toMatch(/K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;.*;K8S_POD_UID=u-web$/);
    expect(json.braid.networks[1]).toMatchObject({ reference: 'shop/blue', annotationsFrom: 'the API server' });
    expect(json.braid.networkStatus['k8s.v1.cni.cncf.io/network-status']).toContain('"name":"shop/blue"');
    expect(json.braid.notes.join()).toContain("for a runtime's call no annotation counts");
  });

  test('must be chosen where manifests have several, and be there', async () => {
    const { netns } = scene.current;
    const file = scene.current.file('pods.yaml', `${pod('web', 'blue')}---\n${pod('api', 'nothing')}`);
    const add = (...args: string[]) => scene.current.run('add', '--netns', netns, '-f', file, ...args);
    expect(await add()).toMatchObject({
      code: 1,
      stderr: `braid add: ${file} has several pods: shop/web, shop/api (code 7)\n  choose one by --pod\n`,
    });
    expect((await add('--pod', 'shop/none')).stderr).toContain('there is no pod "shop/none" in');
    expect((await add('--pod', 'shop/api')).stderr).toContain(
      'there is no definition "shop/nothing" in the API server (code 7)\n  check its name and its namespace\n  what -f names stands for the API server\n',
    );
  });

  test('of a live cluster needs a kubeconfig, and one that answers', async () => {
    const { netns, node } = scene.current;
    const add = () => scene.current.run('add', '--netns', netns, '--pod', 'shop/web');
    const none = await add();
    expect([none.code, none.stdout]).toEqual([1, '']);
    expect(none.stderr).toMatch(
      /^braid add: cannot look up pod shop\/web: .* names no kubeconfig \(code 7\)\n {2}give /,
    );
    const kubeconfig = scene.current.file('kubeconfig', kubeconfigOf(1));
    scene.current.configure({ kubeconfig, apiTimeoutMs: 100 });
    const dead = await add();
    expect([dead.code, dead.stderr.split('\n').length]).toEqual([1, 3]);
    expect(dead.stderr).toContain("cannot read the pod's annotations");
    expect([node.story(), node.records()]).toEqual([[], []]);
  });

  test('of a live cluster is read there, and nothing is written there', async () => {
    const { netns, node } = scene.current;
    const api = await startApiServer();
    onTestFinished(() => api.stop());
    api.putPod({ namespace: 'shop', name: 'web', uid: 'u1', annotations: { cni: 'storage' } });
    const kubeconfig = api.writeKubeconfig(join(node.dir, 'kube'), { auth: 'tokenFile' });
    scene.current.configure({ kubeconfig, statusWriteBack: 'required' });
    const { code, json } = await scene.current.run('add', '--netns', netns, '--pod', 'shop/web', '--json');
    expect([code, node.story()]).toEqual([0, ['ADD macvlan eth0']]);
    expect(requestsOfCalls(api)).toEqual(['GET /api/v1/namespaces/shop/pods/web']);
    expect(json.braid.networkStatus['k8s.v1.cni.cncf.io/network-status']).toContain('"10.2.0.2/24"');
  });
});

test('what a runtime gives for capabilities reaches plugins, and what the configuration does not declare is named', async () => {
  const { node, netns } = scene.current;
  scene.current.configure({ capabilities: { portMappings: true } });
  node.network('front', ['bridge'], { plugin: { capabilities: { portMappings: true, bandwidth: true } } });
  const given = '{"portMappings": [{"hostPort": 80}], "bandwidth": {}}';
  const { code, stdout } = await scene.current.run(
    ...['add', '--netns', netns],
    ...['--runtime-config', given, '--args', 'IP=10.1.0.9'],
  );
  expect(code).toBe(0);
  expect(node.calls()[0]?.stdin.runtimeConfig).toEqual({ portMappings: [{ hostPort: 80 }] });
  expect(node.calls()[0]?.env['CNI_ARGS']).toBe('IgnoreUnknown=1;IP=10.1.0.9');
  expect(stdout).toContain('declares no capability "bandwidth", so a runtime does not hand it over');
});

test('^C while the namespace is made is an interruption', async () => {
  const { node, conf } = scene.current;
  const bin = join(node.dir, 'ip-bin');
  mkdirSync(bin);
  const script = `#!/bin/sh\n: >${bin}/begun\nuntil [ -e ${bin}/go ]; do sleep 0.02; done\n`;
  writeFileSync(join(bin, 'ip'), script, { mode: 0o755 });
  const variables = { PATH: `${bin}:/usr/bin:/bin` };
  const child = scene.current.startWith(variables, 'add', '--conf', conf, '--netns', 'new');
  const stderr = collect(child.stderr);
  await pollUntil(() => existsSync(join(bin, 'begun')) || undefined, { withinMs: 10_000, what: 'the command ip' });
  child.kill('SIGINT');
  await pollUntil(() => stderr().includes('interrupted') || undefined, { withinMs: 10_000, what: 'its notice' });
  writeFileSync(join(bin, 'go'), '');
  const [code] = await once(child, 'close');
  expect([code, stderr().split('\n').slice(1)]).toEqual([
    130,
    ['braid add: interrupted (code 11)', '  nothing was attached yet', ''],
  ]);
  expect(node.story()).toEqual([]);
});

test('^C while the API server does not answer says nothing of a deadline or of another try', async () => {
  const { netns, node, conf } = scene.current;
  const silent = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  scene.current.configure({ kubeconfig: scene.current.file('kubeconfig', kubeconfigOf(port)) });
  const child = scene.current.start('add', '--conf', conf, '--netns', netns, '--pod', 'shop/web', '--json');
  const stdout = collect(child.stdout);
  const [socket] = await once(silent, 'connection');
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  socket.destroy();
  const { msg, details } = JSON.parse(stdout());
  expect([code, msg, details, node.story()]).toEqual([130, 'interrupted', 'nothing was attached', []]);
});

test('^C ends the delegate under way and takes back what was made', async () => {
  const { node, netns, conf } = scene.current;
  node.plugin('macvlan', { ADD: { hang: true } });
  const child = scene.current.start('add', '--conf', conf, '--netns', netns, '-a', 'cni=front,storage');
  const stderr = collect(child.stderr);
  const what = { withinMs: 10_000, what: 'the second delegate' };
  await pollUntil(() => node.story().includes('ADD macvlan eth1') || undefined, what);
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect([code, stderr().split('\n')]).toEqual([
    130,
    [
      'braid add: interrupted: what was made is taken back, within 60 s for each plugin; ^C again, a second later, ends it at once',
      'braid add: network "storage" (eth1), plugin "macvlan" ADD: was stopped: Braid got SIGINT (code 11)',
      '',
    ],
  ]);
  expect([node.made(), node.records()]).toEqual([[], []]);
});

test('a second ^C while the taking back hangs ends it, says what stays, and del goes on from there', async () => {
  const { node, netns, conf } = scene.current;
  node.plugin('macvlan', { ADD: { hang: true } });
  node.plugin('bridge', { DEL: [{ hang: true }, {}] });
  const child = scene.current.start('add', '--conf', conf, '--netns', netns, '-a', 'cni=front,storage');
  const stderr = collect(child.stderr);
  const begun = (call: string) =>
    pollUntil(() => node.story().includes(call) || undefined, { withinMs: 10_000, what: call });
  await begun('ADD macvlan eth1');
  child.kill('SIGINT');
  await begun('DEL bridge eth0');
  // A key that is held, and the end of a session, are no second word.
  child.kill('SIGINT');
  child.kill('SIGHUP');
  await sleep(1000);
  expect(child.exitCode).toBe(null);
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect(code).toBe(130);
  const left =
    /\nbraid add: ended at once: what was not yet taken back stays .* its networks with it, and the plugin that runs goes on until that is taken away\. To take it away: braid (.*)\n$/;
  const [, words = ''] = left.exec(stderr()) ?? [];
  expect(words).toMatch(/^del --container-id by-hand-\w+ --conf /);
  expect(node.records()).toHaveLength(1);
  const del = await scene.current.raw(COMPILED, words.split(' '));
  expect([del.code, del.stdout]).toEqual([
    0,
    expect.stringContaining('ended 1 delegate process(es) that had outlived'),
  ]);
  expect([node.made(), node.records()]).toEqual([[], []]);
});

test('^C while a DEL hangs ends its plugin, and what is not deleted stays recorded', async () => {
  const { node, netns, conf } = scene.current;
  await scene.current.run('add', '--netns', netns);
  node.plugin('bridge', { DEL: { hang: true } });
  const child = scene.current.start('del', '--conf', conf, '--netns', netns);
  const stderr = collect(child.stderr);
  await pollUntil(() => node.story().includes('DEL bridge eth0') || undefined, { withinMs: 10_000, what: 'the DEL' });
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect([code, stderr().split('\n')[0]]).toEqual([
    130,
    'braid del: interrupted: the plugin that runs is ended, and what is not deleted stays in the journal; ^C again, a second later, ends it at once',
  ]);
  expect(node.records()).toHaveLength(1);
});

test('^C while everything is taken away again lets that come to its end', async () => {
  const { node, netns, conf } = scene.current;
  node.plugin('bridge', { DEL: { delayMs: 300 } });
  const child = scene.current.start('add', '--conf', conf, '--netns', netns, '--then-del');
  const stdout = collect(child.stdout);
  await pollUntil(() => node.story().includes('DEL bridge eth0') || undefined, { withinMs: 10_000, what: 'the DEL' });
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect([code, stdout()]).toEqual([130, expect.stringContaining('Everything was taken away again')]);
  expect(node.records()).toEqual([]);
});

test('what is not recorded is nothing to delete, and fails a check', async () => {
  const { netns, node } = scene.current;
  const del = await scene.current.run('del', '--netns', netns);
  expect([del.code, del.stderr]).toEqual([0, '']);
  expect(del.stdout).toMatch(
    /^Nothing is recorded for container by-hand-[0-9a-f]{12} and eth0; nothing was deleted\.\n$/,
  );
  expect(await scene.current.run('check', '--container-id', 'c9')).toMatchObject({
    code: 1,
    stderr: 'braid check: container c9 has no recorded attachment for eth0 (code 3)\n',
  });
  expect(node.story()).toEqual([]);
});

test('status is ready, or lists every part that is not', async () => {
  const ready = await scene.current.run('status');
  expect([ready.code, ready.stderr]).toEqual([0, '']);
  expect(ready.stdout).toMatch(/^ready after [\d.]+ ms\n$/);
  scene.current.configure({ defaultPlugin: 'front,nowhere', readinessFile: '/nowhere/ready' });
  const not = await scene.current.run('status');
  expect([not.code, not.stdout]).toEqual([1, '']);
  expect(not.stderr).toMatch(
    /^braid status: not ready\n {2}- the readiness file \/nowhere\/ready is not there \(code 50\)\n {2}- .*"nowhere".*\n/,
  );
  const { json } = await scene.current.run('status', '--json');
  expect(json).toMatchObject({ code: 50, braid: { isReady: false } });
  expect(json.braid.faults).toHaveLength(2);
});

test('version has the versions of the specification for programs', async () => {
  expect((await scene.current.raw(COMPILED, ['version', '--json'])).json).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    cniVersions: ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'],
  });
});

describe('what is wrong is one clear line', () => {
  test.each([
    [['add'], 'which namespace? Give --netns new'],
    [['del'], 'of which container? Give --container-id or --netns'],
    [['check'], 'which container? Give --container-id or --netns'],
    [['add', '-a', 'cni'], 'It must be key=value.'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, stdout, stderr } = await scene.current.raw(COMPILED, args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(new RegExp(`^braid ${args[0]}: .*\nTry braid ${args[0]} --help\\.\n$`));
  });

  test('a manifest whose aliases have no end', async () => {
    const content = `a: &a [1]\nb: &b [${'*a,'.repeat(99)}]\nc: [${'*b,'.repeat(99)}]\n`;
    const file = scene.current.file('bad.yaml', content);
    const { code, stderr } = await scene.current.run('add', '--netns', scene.current.netns, '-f', file);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^braid add: \S+\/bad\.yaml:1: .*\n$/)]);
  });

  test('a configuration that is none, as a document too', async () => {
    const conf = scene.current.file('conf', '{"name": "braid",');
    const { code, json, stderr } = await scene.current.raw(COMPILED, ['status', '--conf', conf, '--json']);
    expect([code, stderr]).toEqual([1, '']);
    expect(json).toMatchObject({ code: 7, msg: expect.stringContaining('it ends too early at line 1, column 18') });
  });

  test('without the command ip no namespace is made', async () => {
    const empty = join(scene.current.node.dir, 'empty');
    mkdirSync(empty);
    const [file = ''] = COMPILED.command;
    const args = ['add', '--conf', scene.current.conf, '--netns', 'new'];
    const { status, stderr } = spawnSync(file, args, { encoding: 'utf8', env: { PATH: empty } });
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^braid add: cannot make the network namespace braid-hand-[0-9a-f]{8}: .* \(code 5\)\n {2}it takes root and the command ip of iproute2\n$/,
      ),
    ]);
  });

  test('a reader that goes away early is no error', () => {
    const options = { encoding: 'utf8', env: scene.current.node.request({ verb: '' }).env } as const;
    const add = `${COMPILED.command[0]} add --conf ${scene.current.conf} --netns ${scene.current.netns} --then-del`;
    const { stderr } = spawnSync('sh', ['-c', `{ ${add}; echo "status $?" >&2; } | true`], options);
    expect(stderr).toBe('status 0\n');
  });
});
