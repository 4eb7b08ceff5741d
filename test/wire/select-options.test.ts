/**
 * The keys of one element of `k8s.v1.cni.cncf.io/networks`: what exactly the plugins of that attachment get, that no other
 * attachment gets it, and that CHECK and DEL get what ADD got.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type DelegateRecord, prepareForms } from '../harness/braid-call.ts';
import { type Call, DEFAULT_NETWORK, NETWORKS, SelectScene } from './select-scene.ts';

beforeAll(prepareForms);

const CAPABILITIES = ['ips', 'mac', 'portMappings', 'bandwidth', 'infinibandGUID', 'deviceID', 'ipam-claim-reference'];
const ALL = Object.fromEntries(CAPABILITIES.map((name) => [name, true]));
const MAC = '02:00:00:00:00:0a';
const GUID = 'c2:11:22:33:44:55:66:77';
const ARGS = 'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;K8S_POD_UID=u1';
const ADDRESSES = ['10.2.0.9/24', 'fd02::9/64'];

/** What of a call an option can change. */
function effect({ plugin, stdin, env }: DelegateRecord) {
  return { plugin, runtimeConfig: stdin.runtimeConfig, args: stdin.args, cniArgs: env['CNI_ARGS'] };
}

const nothing = (plugin: string) => ({ plugin, runtimeConfig: undefined, args: undefined, cniArgs: ARGS });

describe.each(BRAID_FORMS)('options with Braid $name', (form) => {
  let scene: SelectScene;
  beforeEach(async () => {
    scene = await SelectScene.open(form);
    scene.node.network('front', ['bridge'], { plugin: { capabilities: ALL } });
    scene.network('net1', 'macvlan', { capabilities: ALL, addresses: ADDRESSES });
    scene.network('net2', 'ptp', { capabilities: ALL });
  });
  afterEach(() => scene.close());

  /** The effects of ADD by plugin, after CHECK and DEL were seen to have the same. */
  async function effects(call: Call) {
    const added = await scene.call('ADD', call);
    expect(added, added.stdout).toMatchObject({ code: 0, stderr: '' });
    const checked = await scene.call('CHECK', { config: { ...call.config, prevResult: added.json } });
    expect(checked, checked.stdout).toMatchObject({ code: 0, stdout: '' });
    expect(await scene.call('DEL')).toMatchObject({ code: 0, stdout: '' });
    const of = (verb: string) =>
      scene.node
        .calls()
        .filter((record) => record.verb === verb)
        .map(effect);
    expect(of('CHECK')).toEqual(of('ADD'));
    expect(of('DEL').toReversed()).toEqual(of('ADD'));
    return of('ADD');
  }

  const asked = (options: object) => ({ [NETWORKS]: JSON.stringify([{ name: 'net1', ...options }, { name: 'net2' }]) });

  test.each([
    ['ips', { ips: ['10.2.0.9/24', 'FD02:0::9/64'] }, { ips: ADDRESSES }],
    ['one address', { ips: ['10.2.0.9'] }, { ips: ['10.2.0.9'] }],
    ['mac', { mac: '02-00-00-00-00-0A' }, { mac: MAC }],
    [
      'portMappings',
      {
        portMappings: [
          { hostPort: 8080, containerPort: 80, protocol: 'UDP', hostIP: '192.0.2.1' },
          { hostPort: 1, containerPort: 65535 },
        ],
      },
      {
        portMappings: [
          { hostPort: 8080, containerPort: 80, protocol: 'udp', hostIP: '192.0.2.1' },
          { hostPort: 1, containerPort: 65535, protocol: 'tcp' },
        ],
      },
    ],
    [
      'bandwidth',
      { bandwidth: { ingressRate: 2048, ingressBurst: 1600 } },
      { bandwidth: { ingressRate: 2048, ingressBurst: 1600 } },
    ],
    ['infiniband-guid', { 'infiniband-guid': GUID.toUpperCase() }, { infinibandGUID: GUID }],
    ['deviceID', { deviceID: '0000:03:00.1' }, { deviceID: '0000:03:00.1' }],
    ['ipam-claim-reference', { 'ipam-claim-reference': 'web.claim' }, { 'ipam-claim-reference': 'web.claim' }],
    [
      'all that go together',
      { ips: ADDRESSES, mac: MAC, bandwidth: { egressRate: 1 }, deviceID: 'x' },
      { ips: ADDRESSES, mac: MAC, bandwidth: { egressRate: 1 }, deviceID: 'x' },
    ],
  ])('%s reaches that attachment as its capability, and nothing else', async (_key, options, runtimeConfig) => {
    expect(await effects({ annotations: asked(options) })).toEqual([
      nothing('bridge'),
      { ...nothing('macvlan'), runtimeConfig },
      nothing('ptp'),
    ]);
  });

  test('each plugin of a chain gets what it declares, cni-args go to all of them', async () => {
    scene.node.plugin('tuning');
    scene.node.plugin('portmap');
    scene.define('net1', {
      cniVersion: '1.0.0',
      plugins: [
        {
          type: 'macvlan',
          capabilities: { ips: true },
          addresses: ADDRESSES,
          args: { cni: { a: 'own', b: 'own' }, x: 1 },
        },
        { type: 'tuning', capabilities: { mac: true, ips: false } },
        { type: 'portmap', capabilities: { portMappings: true, mac: true } },
      ],
    });
    const portMappings = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }];
    const options = { ips: ADDRESSES, mac: MAC, portMappings, 'cni-args': { a: 'asked', deep: [{ c: null }] } };
    const cni = { a: 'asked', deep: [{ c: null }] };
    expect(await effects({ annotations: asked(options) })).toEqual([
      nothing('bridge'),
      { ...nothing('macvlan'), runtimeConfig: { ips: ADDRESSES }, args: { x: 1, cni: { b: 'own', ...cni } } },
      { ...nothing('tuning'), runtimeConfig: { mac: MAC }, args: { cni } },
      { ...nothing('portmap'), runtimeConfig: { mac: MAC, portMappings }, args: { cni } },
      nothing('ptp'),
    ]);
  });

  test('of one definition twice each attachment has its own', async () => {
    scene.network('net1', 'macvlan', { capabilities: ALL });
    const networks = [
      { name: 'net1', mac: MAC },
      { name: 'net1', 'cni-args': { n: 2 } },
    ];
    expect(await effects({ annotations: { [NETWORKS]: JSON.stringify(networks) } })).toEqual([
      nothing('bridge'),
      { ...nothing('macvlan'), runtimeConfig: { mac: MAC } },
      { ...nothing('macvlan'), args: { cni: { n: 2 } } },
    ]);
  });

  test('a single address goes as IP= to a network without the capability, two are refused', async () => {
    scene.network('net1', 'macvlan', { addresses: ['10.2.0.9/24'] });
    expect(await effects({ annotations: asked({ ips: ['10.2.0.9/24'] }) })).toEqual([
      nothing('bridge'),
      { ...nothing('macvlan'), cniArgs: `${ARGS};IP=10.2.0.9/24` },
      nothing('ptp'),
    ]);
    const two = await scene.call('ADD', { annotations: asked({ ips: ADDRESSES }) });
    expect(two.json).toMatchObject({ code: 7, msg: expect.stringContaining('declares the capability "ips"') });
  });

  test('an option does not live on in the runtime’s own CNI_ARGS', async () => {
    const args = `${ARGS};IP=10.1.0.7;MAC=02:00:00:00:00:07`;
    expect(await effects({ annotations: asked({ ips: ADDRESSES }), args })).toEqual([
      { ...nothing('bridge'), cniArgs: args },
      { ...nothing('macvlan'), runtimeConfig: { ips: ADDRESSES } },
      nothing('ptp'),
    ]);
  });

  test('M28: what the runtime gives is the primary’s, what a pod asks of another network is that network’s', async () => {
    const runtime = [{ hostPort: 443, containerPort: 8443, protocol: 'tcp' }];
    const own = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }];
    const annotations = asked({ portMappings: own });
    const runtimeConfig = {
      portMappings: runtime,
      bandwidth: { ingressRate: 1 },
      mac: '02:00:00:00:00:01',
      'io.kubernetes.cri.pod-annotations': annotations,
    };
    expect(await effects({ config: { runtimeConfig } })).toEqual([
      {
        ...nothing('bridge'),
        runtimeConfig: { portMappings: runtime, bandwidth: { ingressRate: 1 }, mac: '02:00:00:00:00:01' },
      },
      { ...nothing('macvlan'), runtimeConfig: { portMappings: own } },
      nothing('ptp'),
    ]);
  });

  test('what the default network is asked for is the primary’s, and wins over what the runtime gives', async () => {
    const options = { ips: ADDRESSES, mac: MAC, 'cni-args': { a: 1 } };
    const annotations = {
      [DEFAULT_NETWORK]: JSON.stringify([{ name: 'net1', namespace: 'shop', ...options }]),
      [NETWORKS]: 'net2',
    };
    const runtimeConfig = {
      mac: '02:00:00:00:00:01',
      deviceID: 'runtime',
      'io.kubernetes.cri.pod-annotations': annotations,
    };
    expect(await effects({ config: { runtimeConfig } })).toEqual([
      {
        ...nothing('macvlan'),
        runtimeConfig: { ips: ADDRESSES, mac: MAC, deviceID: 'runtime' },
        args: { cni: { a: 1 } },
      },
      nothing('ptp'),
    ]);
    expect(scene.status()[0]).toMatchObject({ interface: 'eth0', ips: ADDRESSES, default: true });
  });

  test('a default network that cannot do what it is asked for is refused', async () => {
    scene.network('net1', 'macvlan', { capabilities: { ips: true } });
    const annotations = { [DEFAULT_NETWORK]: `[{"name":"net1","namespace":"shop","deviceID":"x"}]` };
    const { json } = await scene.call('ADD', { annotations });
    expect(json).toMatchObject({
      code: 7,
      msg: `annotation "${DEFAULT_NETWORK}", key "deviceID": no plugin of network "net1" (definition shop/net1) declares the capability "deviceID"`,
    });
    expect(scene.traces()).toEqual([]);
  });

  test('a plugin that gives other addresses than asked for fails the pod, and all is taken back', async () => {
    const { json } = await scene.call('ADD', { annotations: asked({ ips: ['10.2.0.9/24', '10.2.0.10/24'] }) });
    expect(json).toMatchObject({
      code: 102,
      msg: 'network "net1" (net1) gave 10.2.0.9, fd02::9, not 10.2.0.10 as the pod asked',
    });
    expect([scene.node.made(), scene.node.records()]).toEqual([[], []]);
  });

  test('a failed ADD is taken back with the options that it had', async () => {
    scene.node.plugin('ptp', { ADD: { exit: 1, stdout: { code: 11, msg: 'later' } } });
    expect(await scene.call('ADD', { annotations: asked({ mac: MAC, 'cni-args': { a: 1 } }) })).toMatchObject({
      code: 1,
    });
    const [, added, , , deleted] = scene.node.calls();
    expect([deleted?.verb, deleted && effect(deleted)]).toEqual(['DEL', added && effect(added)]);
    expect(deleted && effect(deleted)).toMatchObject({ runtimeConfig: { mac: MAC }, args: { cni: { a: 1 } } });
  });

  describe('default-route', () => {
    const log = () => readFileSync(join(scene.node.dir, 'helper.log'), 'utf8').trim().split('\n');
    const ipam = { type: 'host-local', routes: [{ dst: '0.0.0.0/0' }, { dst: '10.99.0.0/16' }] };
    const gateways = { bridge: '10.1.0.1', macvlan: '10.2.0.1', ptp: '10.3.0.1' };

    /** A helper that writes down its namespace and commands, and three networks of which each has a default route. */
    beforeEach(() => {
      const helper = join(scene.node.binDir, 'braid-netns');
      const facts = '{"links":[],"addresses":[],"routes":[]}';
      writeFileSync(
        helper,
        `#!/bin/sh\n{ echo "$CNI_NETNS"; cat; } >> ${scene.node.dir}/helper.log\necho '${facts}'\n`,
      );
      chmodSync(helper, 0o755);
      scene.node.plugin('host-local');
      scene.node.network('front', ['bridge'], { plugin: { isDefaultGateway: true, ipam } });
      scene.network('net1', 'macvlan', { ipam });
      scene.network('net2', 'ptp', { ipam });
      for (const [index, type] of ['bridge', 'macvlan', 'ptp'].entries()) {
        const number = index + 1;
        const routes = [{ dst: '0.0.0.0/0' }, { dst: `10.9${number}.0.0/16` }];
        const ips = [{ address: `10.${number}.0.2/24`, gateway: `10.${number}.0.1` }];
        scene.node.plugin(type, { ADD: { stdout: { cniVersion: '1.0.0', ips, routes } } });
      }
    });

    test.each([
      ['a gateway', ['10.2.0.254'], ['default net1 10.2.0.254'], '10.2.0.254', true],
      ['the network’s own', [], ['default net1 10.2.0.1'], gateways.macvlan, false],
    ])(
      '%s: the helper is told, nobody else is asked, and answer and status say so',
      async (_what, value, commands, gateway, isCut) => {
        const added = await scene.call('ADD', { annotations: asked({ 'default-route': value }) });
        expect(added, added.stdout).toMatchObject({ code: 0, stderr: '' });
        expect(log()).toEqual(['/run/netns/braid-none', ...commands]);
        const routesAskedOf = scene.node.calls().map(({ stdin }) => stdin.ipam.routes.length);
        expect(routesAskedOf).toEqual([2, isCut ? 1 : 2, 1]);
        const defaults = added.json.routes.filter(({ dst }: { dst: string }) => dst === '0.0.0.0/0');
        expect(defaults).toEqual([{ dst: '0.0.0.0/0', gw: gateway }]);
        expect(scene.status().map((entry: object) => 'default-route' in entry && entry['default-route'])).toEqual([
          false,
          [gateway],
          false,
        ]);
        expect(scene.status().filter((entry: { default: boolean }) => entry.default)).toHaveLength(1);
        const config = { prevResult: added.json };
        expect(await scene.call('CHECK', { config })).toMatchObject({ code: 0, stdout: '' });
        const checked = scene.node.calls().filter(({ verb }) => verb === 'CHECK');
        const hasDefault = ({ stdin }: DelegateRecord) =>
          stdin.prevResult.routes.some(({ dst }: { dst: string }) => dst === '0.0.0.0/0');
        expect(checked.map(hasDefault)).toEqual([false, true, false]);
      },
    );

    test('without it the primary network keeps the default route', async () => {
      await scene.call('ADD', { annotations: asked({}) });
      expect(log()).toEqual(['/run/netns/braid-none', 'default4 eth0']);
      expect(scene.status()[0]).toMatchObject({ 'default-route': [gateways.bridge], default: true });
    });

    test('without the helper it is refused before anything runs', async () => {
      chmodSync(join(scene.node.binDir, 'braid-netns'), 0o644);
      const { json } = await scene.call('ADD', { annotations: asked({ 'default-route': ['10.2.0.1'] }) });
      expect(json).toMatchObject({
        code: 7,
        msg: expect.stringContaining(
          `annotation "${NETWORKS}", item 1, key "default-route": failed to find "braid-netns"`,
        ),
        details: 'install braid-netns beside Braid',
      });
      expect(scene.traces()).toEqual([]);
    });

    test('a helper that fails takes everything back', async () => {
      const failure = '{"cniVersion":"1.0.0","code":7,"msg":"net1 does not reach 10.7.0.1","details":""}';
      writeFileSync(join(scene.node.binDir, 'braid-netns'), `#!/bin/sh\ncat >/dev/null; echo '${failure}'; exit 1\n`);
      const { json } = await scene.call('ADD', { annotations: asked({ 'default-route': ['10.7.0.1'] }) });
      expect(json).toMatchObject({ code: 7, msg: expect.stringContaining('net1 does not reach 10.7.0.1') });
      expect([scene.node.made(), scene.node.records(), scene.status()]).toEqual([[], [], null]);
    });
  });
});
