/**
 * The example configurations of both predecessors, as they are but for their paths, on the built binary; and what the keys
 * of Multus mean: logs, readiness, chains, folders.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidAnswer, prepareForms } from '../harness/braid-call.ts';
import { type Call, NETWORKS, SelectScene } from './select-scene.ts';

beforeAll(prepareForms);

const examples = resolve(import.meta.dirname, '../../config');

describe.each(BRAID_FORMS)('configurations of others with Braid $name', (form) => {
  let scene: SelectScene;
  let folder: string;
  beforeEach(async () => {
    scene = await SelectScene.open(form);
    folder = scene.node.dir;
    scene.network('net1', 'macvlan');
  });
  afterEach(() => scene.close());

  const inFolder = (path: string) => join(folder, path);
  const textOf = (file: string) => readFileSync(inFolder(file), 'utf8');

  function put(path: string, content: object): string {
    mkdirSync(join(inFolder(path), '..'), { recursive: true });
    writeFileSync(inFolder(path), JSON.stringify(content));
    return inFolder(path);
  }

  /** An example with these texts put in the place of others; each must be there. */
  function example(name: string, places: Record<string, string>): string {
    let text = readFileSync(join(examples, name, 'after.conf'), 'utf8');
    for (const [old, fresh] of Object.entries(places)) {
      if (!text.includes(old)) throw new Error(`${name} has no ${old}`);
      text = text.replaceAll(old, fresh);
    }
    return text;
  }

  /** The same text with what a runtime adds. */
  const withKeys = (text: string, keys: object) => JSON.stringify({ ...JSON.parse(text), ...keys });
  const annotated = (annotations: object, more: object = {}) => ({
    runtimeConfig: { 'io.kubernetes.cri.pod-annotations': annotations, ...more },
  });
  const names = (answer: BraidAnswer) => answer.json.interfaces?.map(({ name }: { name: string }) => name);

  describe('Multus with clusterNetwork', () => {
    let text: string;
    beforeEach(() => {
      text = example('from-multus-cluster-network', {
        '/etc/kubernetes/node-kubeconfig.yaml': scene.kubeconfig,
        '/etc/cni/multus/net.d': inFolder('multus.d'),
        '/var/lib/cni/multus': inFolder('multus'),
        '/opt/cni/bin': scene.node.binDir,
        '/var/log/multus.log': inFolder('multus.log'),
        // A plugin of which nothing is known: flannel would miss its daemon's file here.
        '/etc/cni/net.d/99-flannel.conf': inFolder('net.d/99-fabric.conf'),
      });
      for (const type of ['fabric', 'sidecar', 'ipvlan', 'passthru', 'tuning']) scene.node.plugin(type);
      put('net.d/99-fabric.conf', { cniVersion: '0.3.1', name: 'cbr0', type: 'fabric', delegate: { x: 1 } });
      put('net.d/cni-chain-config/10-tuning.conf', { type: 'tuning', sysctl: { a: '1' } });
      put('multus.d/10-sidecar.conf', { cniVersion: '0.3.1', name: 'sidecarCRD', type: 'sidecar' });
      put('multus.d/20-example.conflist', {
        cniVersion: '0.3.1',
        name: 'exampleNetwork',
        plugins: [{ type: 'ipvlan' }],
      });
    });

    test('default network, extra networks, selected ones and the auxiliary chain, in Multus’ order', async () => {
      scene.pod({ [NETWORKS]: 'net1' });
      const answer = await scene.call('ADD', { stdin: text });
      expect(answer, answer.stdout).toMatchObject({ code: 0, stderr: '' });
      expect(scene.node.story()).toEqual([
        'ADD fabric eth0',
        'ADD sidecar net1',
        'ADD ipvlan net2',
        'ADD macvlan net3',
        'ADD passthru net4',
        'ADD tuning net4',
      ]);
      expect(scene.node.calls()[0]?.stdin).toEqual({
        cniVersion: '0.3.1',
        name: 'cbr0',
        type: 'fabric',
        delegate: { x: 1 },
      });
      expect(scene.status().map(({ name, interface: link }: Record<string, string>) => `${name} ${link}`)).toEqual([
        'cbr0 eth0',
        'sidecarCRD net1',
        'exampleNetwork net2',
        'shop/net1 net3',
        'cni-chain-config net4',
      ]);
      expect(existsSync(inFolder('multus/braid/attachments'))).toBe(true);
      expect(await scene.call('DEL', { stdin: text })).toMatchObject({ code: 0, stdout: '' });
      expect(scene.node.made()).toEqual([]);
    });

    test.each([
      ['a list', { cni: 'exampleNetwork' }],
      ['logical networks', { cni: '', networks: 'blue' }],
      ['nothing', { cni: '' }],
    ])('CNI-Genie’s annotation with %s does not keep a pod from its default networks', async (_what, annotations) => {
      scene.pod(annotations);
      const answer = await scene.call('ADD', { stdin: withKeys(text, { logToStderr: true, logLevel: 'warning' }) });
      expect(answer, answer.stdout).toMatchObject({ code: 0 });
      expect(scene.node.story()).toEqual([
        'ADD fabric eth0',
        'ADD sidecar net1',
        'ADD ipvlan net2',
        'ADD passthru net3',
        'ADD tuning net3',
      ]);
      for (const key of Object.keys(annotations)) {
        expect(answer.stderr).toContain(`annotation \\"${key}\\" is ignored`);
      }
    });

    test('a pod of a system namespace has the default network and the chain', async () => {
      scene.api.putPod({ namespace: 'admin', name: 'web', uid: 'u1' });
      const args = 'K8S_POD_NAMESPACE=admin;K8S_POD_NAME=web';
      expect(await scene.call('ADD', { stdin: text, args })).toMatchObject({ code: 0 });
      expect(scene.node.story()).toEqual(['ADD fabric eth0', 'ADD passthru net1', 'ADD tuning net1']);
    });

    test('a definition in kube-system comes before the file of its name', async () => {
      scene.network('kube-system/dns-net', 'ptp');
      put('multus.d/30-dns.conf', { cniVersion: '0.3.1', name: 'dns-net', type: 'fabric' });
      put('multus.d/31-web.conf', { cniVersion: '0.3.1', name: 'web-net', type: 'sidecar' });
      const stdin = withKeys(text, { defaultNetworks: ['dns-net', 'web-net'], auxiliaryCNIChainName: '' });
      expect(await scene.call('ADD', { stdin })).toMatchObject({ code: 0 });
      expect(scene.node.story()).toEqual(['ADD fabric eth0', 'ADD ptp net1', 'ADD sidecar net2']);
    });

    test('the default network may be a folder, whose first file it is, or a definition', async () => {
      const keys = { defaultNetworks: [], auxiliaryCNIChainName: '', statusWriteBack: 'off' };
      const stdin = withKeys(text, { ...keys, clusterNetwork: inFolder('multus.d') });
      expect(await scene.call('ADD', { stdin })).toMatchObject({ code: 0 });
      scene.network('kube-system/main', 'ptp');
      const named = withKeys(text, { ...keys, clusterNetwork: 'main' });
      expect(await scene.call('ADD', { stdin: named, containerId: 'c2' })).toMatchObject({ code: 0 });
      expect(scene.node.story()).toEqual(['ADD sidecar eth0', 'ADD ptp eth0']);
    });

    test('binDir is searched before CNI_PATH', async () => {
      const elsewhere = inFolder('bin2');
      mkdirSync(elsewhere);
      writeFileSync(join(elsewhere, 'fabric'), '#!/bin/sh\necho no; exit 1\n', { mode: 0o755 });
      const stdin = withKeys(text, { defaultNetworks: [], auxiliaryCNIChainName: '' });
      expect(await scene.call('ADD', { stdin, cniPath: elsewhere })).toMatchObject({ code: 0 });
      expect(scene.node.calls()[0]?.env['CNI_PATH']).toBe(`${scene.node.binDir}:${elsewhere}`);
    });

    test('a chain with a broken file is an error that names it, and nothing runs', async () => {
      writeFileSync(inFolder('net.d/cni-chain-config/20-bad.conf'), '{');
      const { json } = await scene.call('ADD', { stdin: text });
      expect(json).toMatchObject({
        code: 7,
        msg: expect.stringContaining(inFolder('net.d/cni-chain-config/20-bad.conf')),
      });
      expect(scene.node.calls()).toEqual([]);
    });
  });

  describe('Multus with delegates', () => {
    let text: string;
    beforeEach(() => {
      const kubeconfig = '/etc/cni/net.d/multus.d/multus.kubeconfig';
      text = example('from-multus', { [kubeconfig]: scene.kubeconfig, '"type": "flannel"': '"type": "fabric"' });
      for (const type of ['fabric', 'portmap']) scene.node.plugin(type);
    });
    const paths = () => ({ stateDir: scene.node.stateDir });

    test('the first delegate is the default network and has the port mappings', async () => {
      const portMappings = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }];
      scene.node.plugin('fabric', {
        ADD: { stdout: { cniVersion: '0.3.1', ips: [{ version: '4', address: '10.4.0.2/24' }] } },
      });
      const stdin = withKeys(text, { ...paths(), ...annotated({ [NETWORKS]: 'net1' }, { portMappings }) });
      const answer = await scene.call('ADD', { stdin });
      expect(answer, answer.stdout).toMatchObject({ code: 0, stderr: '' });
      expect(scene.node.story()).toEqual(['ADD fabric eth0', 'ADD portmap eth0', 'ADD macvlan net1']);
      const [fabric, portmap, macvlan] = scene.node.calls().map(({ stdin: config }) => config);
      expect(fabric).toEqual({
        cniVersion: '0.3.1',
        type: 'fabric',
        name: 'default-cni-network',
        delegate: { isDefaultGateway: true, hairpinMode: true },
      });
      expect([portmap.runtimeConfig, macvlan.runtimeConfig]).toEqual([{ portMappings }, undefined]);
      expect(answer.json).toEqual({ cniVersion: '0.1.0', ip4: { ip: '10.4.0.2/24' }, dns: {} });
      expect(scene.status()).toMatchObject([
        { name: 'default-cni-network', interface: 'eth0', ips: ['10.4.0.2/24'], default: true },
        { name: 'shop/net1', interface: 'net1', default: false },
      ]);
    });

    test('every further delegate is for every pod, those of system namespaces too', async () => {
      scene.node.plugin('ipvlan');
      const { delegates } = JSON.parse(text);
      const more = {
        cniVersion: '0.3.1',
        delegates: [...delegates, { cniVersion: '0.3.1', name: 'lan', type: 'ipvlan' }],
      };
      const stdin = withKeys(text, { ...paths(), ...more, statusWriteBack: 'off', ...annotated({}) });
      const answer = await scene.call('ADD', { stdin, args: 'K8S_POD_NAMESPACE=kube-system;K8S_POD_NAME=dns' });
      expect([answer.code, names(answer)]).toEqual([0, ['eth0', 'net1']]);
      expect(scene.node.story()).toEqual(['ADD fabric eth0', 'ADD portmap eth0', 'ADD ipvlan net1']);
    });

    test('a delegate that is ourselves, or is none, is refused with its place', async () => {
      const refused = async (delegate: object) => {
        const stdin = withKeys(text, { ...paths(), delegates: [delegate], ...annotated({}) });
        const { json } = await scene.call('ADD', { stdin });
        expect([json.code, scene.traces()]).toEqual([7, []]);
        return json.msg;
      };
      const place = 'configuration key "delegates[0]"';
      expect(await refused({ name: 'x', type: 'braid' })).toContain(
        `${place}: network "x" (${place}): its plugin "braid"`,
      );
      expect(await refused({ name: 'a/b', type: 'fabric' })).toContain(`${place}: "name" is "a/b"`);
      expect(await refused({ type: 'fabric' })).toContain(`${place}: it has no "name"`);
    });
  });

  describe('CNI-Genie', () => {
    let text: string;
    beforeEach(() => {
      text = example('from-cni-genie', {
        '/etc/cni/net.d/genie-kubeconfig': scene.kubeconfig,
        __SERVICEACCOUNT_TOKEN__: [...scene.api.tokens].join(),
        __KUBERNETES_SERVICE_HOST__: '127.0.0.1',
        __KUBERNETES_SERVICE_PORT__: String(scene.api.port),
        __KUBERNETES_NODE_NAME__: 'node-1',
      });
      scene.node.network('storage', ['sriov'], { plugin: { addresses: ['10.5.0.2/24'] } });
    });

    test('runs as it is, with the pod from the API server and all networks of its list', async () => {
      scene.pod({ cni: 'front,storage' });
      const paths = { confDir: scene.node.confDir, stateDir: scene.node.stateDir };
      const answer = await scene.call('ADD', { stdin: withKeys(text, paths) });
      expect(answer.json).toEqual({ cniVersion: '0.2.0', ip4: { ip: '10.1.0.2/24' }, dns: {} });
      expect(scene.node.story()).toEqual(['ADD bridge eth0', 'ADD sriov eth1']);
      scene.expectAsked('GET pod shop/web', 'PATCH pod shop/web/status');
      const annotations = scene.api.pod('shop', 'web')?.metadata.annotations ?? {};
      expect(JSON.parse(annotations['multi-ip-preferences'] ?? '')).toEqual({
        multi_entry: 2,
        ips: { ip1: { ip: '10.1.0.2', interface: 'eth0' }, ip2: { ip: '10.5.0.2', interface: 'eth1' } },
      });
      for (const key of ['datastore_type', 'hostname', 'romana_root', 'segment_label_name']) {
        expect(answer.stderr).toContain(`the CNI-Genie key \\"${key}\\" is ignored`);
      }
      expect(await scene.call('DEL', { stdin: withKeys(text, paths) })).toMatchObject({ code: 0, stdout: '' });
      expect([scene.node.made(), scene.node.records()]).toEqual([[], []]);
    });
  });

  describe('the log', () => {
    const config = () => ({ logFile: inFolder('log'), unknownKey: 1 });
    const WARNING = 'unknown key \\"unknownKey\\" is ignored';
    const logged = () => (existsSync(inFolder('log')) ? textOf('log') : '');

    test.each([
      ['a file alone', {}, [true, false]],
      ['a file and stderr', { logToStderr: true }, [true, true]],
      ['a file and no stderr', { logToStderr: false }, [true, false]],
      ['stderr alone', { logFile: undefined }, [false, true]],
      ['an empty file name is none', { logFile: '' }, [false, true]],
      ['nowhere', { logFile: '', logToStderr: false }, [false, false]],
      ['too low a level', { logToStderr: true, logLevel: 'panic' }, [false, false]],
    ])('goes where it is told: %s', async (_what, keys, expected) => {
      const answer = await scene.call('ADD', { annotations: {}, config: { ...config(), ...keys } });
      expect(answer.code).toBe(0);
      expect([logged().includes(WARNING), answer.stderr.includes(WARNING)]).toEqual(expected);
    });

    test('Multus’ levels mean what they mean there', async () => {
      const levels = async (logLevel: string) => {
        const { stderr } = await scene.call('ADD', { annotations: {}, containerId: logLevel, config: { logLevel } });
        return new Set(
          stderr
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line).level),
        );
      };
      expect(await levels('verbose')).toEqual(new Set([30]));
      expect((await levels('debug')).has(20)).toBe(true);
      expect(await levels('error')).toEqual(new Set());
    });
  });

  describe('the readiness file', () => {
    const readiness = (key: string): Call => ({
      annotations: {},
      cniVersion: '1.1.0',
      config: { [key]: inFolder('ready') },
    });

    test.each(['readinessindicatorfile', 'readinessFile'])('%s: STATUS names it while it is missing', async (key) => {
      const missing = await scene.call('STATUS', readiness(key));
      expect([missing.code, missing.json]).toEqual([
        1,
        { cniVersion: '1.1.0', code: 50, msg: `the readiness file ${inFolder('ready')} is not there` },
      ]);
      writeFileSync(inFolder('ready'), '');
      expect(await scene.call('STATUS', readiness(key))).toMatchObject({ code: 0, stdout: '' });
    });

    test('ADD waits for it, and nothing runs before it is there', async () => {
      let isDone = false;
      const adding = scene.call('ADD', readiness('readinessindicatorfile')).finally(() => {
        isDone = true;
      });
      const deadline = performance.now() + 700;
      while (performance.now() < deadline) {
        expect([isDone, scene.traces(), scene.requests()]).toEqual([false, [], []]);
        await sleep(20);
      }
      const calledBefore = scene.node.calls().length;
      writeFileSync(inFolder('ready'), '');
      expect(await adding).toMatchObject({ code: 0, stderr: '' });
      expect([calledBefore, scene.node.story()]).toEqual([0, ['ADD bridge eth0']]);
    });

    test('DEL, CHECK and GC do not wait for it', async () => {
      writeFileSync(inFolder('ready'), '');
      const call = readiness('readinessFile');
      const { json } = await scene.call('ADD', call);
      const gone = { ...call, config: { ...call.config, readinessFile: inFolder('other') } };
      const before = performance.now();
      expect(await scene.call('CHECK', { ...gone, config: { ...gone.config, prevResult: json } })).toMatchObject({
        code: 0,
      });
      expect(await scene.call('DEL', gone)).toMatchObject({ code: 0 });
      expect(
        await scene.call('GC', { ...gone, config: { ...gone.config, 'cni.dev/valid-attachments': [] } }),
      ).toMatchObject({ code: 0 });
      expect(performance.now() - before).toBeLessThan(10_000);
    });
  });
});
