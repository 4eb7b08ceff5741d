/** Who may have a network, what is left of a refusal, and how pods with definitions end: nothing stays on the node. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startApiServer } from '../doubles/api-server.ts';
import { requestsOfCalls } from '../harness/api-traffic.ts';
import { BRAID_FORMS, COMPILED } from '../harness/braid-call.ts';
import { describeReal } from '../harness/real-requirements.ts';
import { describeRealForms } from '../harness/real-scene.ts';
import { bridge, createSelectionScene, hasSelectionTools, hostLocal, type SelectionScene } from './selection-scene.ts';

let scene: SelectionScene;

const lan = (number: number, more: object = {}) => bridge(`br-${number}`, hostLocal(`10.95.${number}.0/24`), more);

describeRealForms('pods with definitions', hasSelectionTools(), (form) => {
  beforeEach(async () => {
    scene = await createSelectionScene('lifecycle', form);
    scene.define('red', [lan(1)]);
    scene.define('green', [lan(2)]);
    scene.define('blue', [lan(3), { type: 'portmap', capabilities: { portMappings: true }, snat: true }]);
  });
  afterEach(() => scene.dispose());

  describe('isolation', () => {
    const NPWG = 'k8s.v1.cni.cncf.io/networks';

    test.each([
      ['the short form', { [NPWG]: 'red,fleet/green' }, `annotation "${NPWG}", item 2`],
      ['the JSON form', { [NPWG]: '[{"name":"green","namespace":"fleet"}]' }, `annotation "${NPWG}", item 1`],
      [
        'the pod’s default network',
        { 'v1.multus-cni.io/default-network': 'fleet/green' },
        'annotation "v1.multus-cni.io/default-network"',
      ],
      [
        'a bare default network of the namespace for it',
        { 'braid.dev/default-network': 'green' },
        'annotation "braid.dev/default-network"',
      ],
    ])('namespaceIsolation refuses another namespace in %s, and nothing runs', async (_how, annotations, where) => {
      for (const namespace of ['fleet', 'kube-system']) scene.define('green', [lan(9)], namespace);
      scene.real.scripted('seen', {});
      const pod = await scene.pod(annotations);
      const { code, msg } = await pod.refused({ config: { namespaceIsolation: true, defaultPlugin: 'seen' } });
      expect(code).toBe(7);
      expect(msg).toMatch(/a pod of namespace "shop" may not have network "[^"]*\/green": rule "namespaceIsolation"$/);
      expect(msg.startsWith(`${where}: `)).toBe(true);
      expect(scene.real.braid.calls()).toEqual([]);
    });

    test('namespaceIsolation refuses what the Namespace object names, and nothing runs', async () => {
      scene.define('green', [lan(9)], 'fleet');
      scene.real.scripted('seen', {});
      scene.api.putObject('/api/v1/namespaces/shop', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'shop', annotations: { 'braid.dev/default-network': 'fleet/green' } },
      });
      const pod = await scene.pod('red');
      const config = { namespaceIsolation: true, namespaceDefaults: true, defaultPlugin: 'seen' };
      expect((await pod.refused({ config })).msg).toContain('rule "namespaceIsolation"');
      expect(scene.real.braid.calls()).toEqual([]);
    });

    test('namespaceIsolation lets a pod have its own, those of globalNamespaces and what the node names', async () => {
      scene.define('green', [lan(9)], 'fleet');
      scene.define('own', [lan(8)], 'kube-system');
      const pod = await scene.pod('red,fleet/green');
      const config = { namespaceIsolation: true, globalNamespaces: 'fleet,other' };
      const multus = { clusterNetwork: 'own', defaultPlugin: undefined, confDir: scene.real.braid.confDir };
      await pod.up({ config: { ...config, ...multus } });
      expect(pod.status().map((entry: { name: string }) => entry.name)).toEqual([
        'kube-system/own',
        'shop/red',
        'fleet/green',
      ]);
      await pod.down();
    });

    test.each([
      ['a list of CNI-Genie', { cni: 'seen,storage' }],
      ['a definition that stands for the file', { [NPWG]: 'storage' }],
      ['a logical network', { cni: '', networks: 'blue' }],
    ])('allowedNamespaces refuses a network of the node in %s, and nothing runs', async (_how, annotations) => {
      scene.define('storage', undefined);
      scene.genieObject('logicalnetworks', 'blue', { plugin: 'storage', sub_subnet: '10.95.77.0/24' });
      scene.real.scripted('seen', {});
      const pod = await scene.pod(annotations);
      const config = { allowedNamespaces: { storage: ['fleet', 'bank'] }, defaultPlugin: 'seen' };
      expect(await pod.refused({ config })).toMatchObject({
        code: 7,
        msg: expect.stringMatching(
          /a pod of namespace "shop" may not have network "storage": rule "allowedNamespaces"$/,
        ),
        details: expect.stringContaining('fleet, bank'),
      });
      expect(scene.real.braid.calls()).toEqual([]);
      await pod.up({ config: { ...config, allowedNamespaces: { storage: ['shop'] } } });
      expect(await pod.del()).toMatchObject({ code: 0 });
    });
  });

  describe('an address that two attachments share', () => {
    test('and tell of: refused, and all of it is taken back', async () => {
      for (const name of ['one', 'two']) {
        scene.define(name, [bridge(`br-${name}`, hostLocal('10.95.9.0/24'), { isGateway: false })]);
      }
      const pod = await scene.pod('one,two');
      expect(await pod.refused()).toMatchObject({
        code: 102,
        msg: 'network "two" (net2) and network "one" (net1) both gave the address 10.95.9.2',
      });
    });

    test('and one of them does not tell of: seen in the namespace, and all of it is taken back', async () => {
      scene.shellPlugin(
        'sly',
        `answer=$("$HERE/bridge")
[ "$CNI_COMMAND" != ADD ] || nsenter --net="$CNI_NETNS" ip address add 10.88.1.2/32 dev "$CNI_IFNAME"
printf '%s' "$answer"`,
      );
      scene.define('sly', [lan(8, { type: 'sly' })]);
      const pod = await scene.pod('sly');
      const { code, msg } = await pod.refused();
      expect(code).toBe(102);
      expect(msg).toMatch(
        /the interfaces (eth0 and net1|net1 and eth0) of the pod both have the address 10\.88\.1\.2$/,
      );
    });
  });

  describe('DEL', () => {
    const portMappings = [{ hostPort: 18090, containerPort: 80 }];
    const asked = [{ name: 'red' }, { name: 'green', 'default-route': ['10.95.2.1'] }, { name: 'blue', portMappings }];

    test('with pod and definitions deleted, then with the API server stopped and the kubeconfig gone', async () => {
      const first = await scene.pod(asked, { name: 'first' });
      await first.up();
      await scene.api.stop();
      const empty = await startApiServer({ port: scene.api.port, tokens: [...scene.api.tokens] });
      try {
        await first.down();
        expect(requestsOfCalls(empty)).toEqual([]);
      } finally {
        await empty.stop();
        await scene.api.start();
      }
      const second = await scene.pod(asked, { name: 'second' });
      await second.up();
      await scene.api.stop();
      rmSync(scene.kubeconfig);
      const startedAt = performance.now();
      await second.down();
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      expect(await second.del({ rest: { netns: '' } })).toMatchObject({ code: 0, stdout: '' });
    });

    test('with the definitions changed: what was attached is what goes', async () => {
      const pod = await scene.pod(asked);
      await pod.up();
      for (const name of ['red', 'green', 'blue']) scene.define(name, [{ type: 'nosuchplugin' }]);
      await pod.down();
    });

    test('with the pod’s namespace gone', async () => {
      const pod = await scene.pod(asked);
      const before = await scene.node.snapshot();
      await pod.up({ config: { defaultPlugin: 'storage' } });
      await pod.netns.remove();
      expect(await pod.del({ rest: { netns: '' } })).toMatchObject({ code: 0, stdout: '' });
      expect(scene.real.braid.records()).toEqual([]);
      expect(await scene.node.leftSince(before)).toEqual([]);
    });

    test('a GC whose list is empty takes all of them, without a request', async () => {
      const pod = await scene.pod(asked);
      await pod.up();
      const requests = requestsOfCalls(scene.api);
      const { kubeconfig } = scene;
      const config = { kubeconfig, 'cni.dev/valid-attachments': [] };
      const answer = await scene.real.braid.call(form, { verb: 'GC', cniVersion: '1.1.0', config });
      expect(answer).toMatchObject({ code: 0, stdout: '' });
      expect(requestsOfCalls(scene.api)).toEqual(requests);
      await pod.expectNothing();
    });
  });
});

describeReal('pods with definitions, in all forms at once', hasSelectionTools(), () => {
  beforeEach(async () => {
    scene = await createSelectionScene('lifecycle', BRAID_FORMS.at(-1) ?? COMPILED);
    for (const [index, name] of ['red', 'green', 'blue'].entries()) scene.define(name, [lan(index + 1)]);
  });
  afterEach(() => scene.dispose());

  test('10 pods with three definitions each at once, all addresses differ, and nothing is left', async () => {
    const pods = await Promise.all(
      Array.from({ length: 10 }, (_, index) => scene.pod('red, green, blue', { name: `pod${index}` })),
    );
    const before = await scene.node.snapshot();
    const formOf = (index: number) => ({ form: BRAID_FORMS[index % BRAID_FORMS.length] ?? COMPILED });
    const added = await Promise.all(pods.map((pod, index) => pod.add(formOf(index))));
    expect(added.filter(({ code }) => code !== 0).map(({ stdout }) => stdout)).toEqual([]);
    const addresses = added.flatMap(({ json }) => json.ips.map((ip: { address: string }) => ip.address));
    expect(addresses).toHaveLength(40);
    expect(new Set(addresses).size).toBe(40);
    for (const [index, pod] of pods.entries()) {
      const told = pod.status().flatMap((entry: { ips: string[] }) => entry.ips);
      expect(told).toEqual(added[index]?.json.ips.map((ip: { address: string }) => ip.address));
    }
    const checked = await Promise.all(pods.map((pod, index) => pod.check(formOf(index))));
    expect(checked.filter(({ code }) => code !== 0).map(({ stdout }) => stdout)).toEqual([]);
    const deleted = await Promise.all(pods.map((pod, index) => pod.del(formOf(index + 1))));
    expect(deleted.filter(({ code }) => code !== 0).map(({ stdout }) => stdout)).toEqual([]);
    expect(scene.real.braid.records()).toEqual([]);
    const locks = await scene.node.exec(['cat', '/proc/net/unix']);
    // An agent that listens has a lock of its own.
    expect(locks.stdout).not.toMatch(/@braid\/(?!agent\/)/);
    expect(await scene.node.leftSince(before)).toEqual([]);
  });
});
