/** Definitions on the built binary: what is asked of the API server and when, what they may say, what their results are. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { contacts } from '../harness/api-traffic.ts';
import { BRAID_FORMS, prepareForms } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { NETWORKS, SelectScene, STATUS } from './select-scene.ts';

beforeAll(prepareForms);

const PLURAL = 'network-attachment-definitions';
const AT = `annotation "${NETWORKS}"`;
const PATCH = 'PATCH pod shop/web/status';

describe.each(BRAID_FORMS)('definitions with Braid $name', (form) => {
  let scene: SelectScene;
  beforeEach(async () => {
    scene = await SelectScene.open(form);
    scene.network('net1', 'macvlan', { addresses: ['10.2.0.2/24'] });
    scene.network('net2', 'ptp', { addresses: ['10.3.0.2/24'] });
    scene.network('infra/vlan.100.corp', 'vlan');
  });
  afterEach(() => scene.close());

  describe('what a pod gets', () => {
    test.each([
      ['net1,net2', ['macvlan net1', 'ptp net2']],
      ['net2 , shop/net1@san0', ['ptp net1', 'macvlan san0']],
      ['net1@net2,net2', ['macvlan net2', 'ptp net3']],
      ['net1,net1', ['macvlan net1', 'macvlan net2']],
      ['infra/vlan.100.corp', ['vlan net1']],
      [
        '[{"name":"vlan.100.corp","namespace":"infra"},{"name":"net1","interface":"san0"}]',
        ['vlan net1', 'macvlan san0'],
      ],
      ['[{"name":"net1","interfaceRequest":"san0","org.example.note":{"x":1}}]', ['macvlan san0']],
      ['', []],
      ['[]', []],
    ])('%j beside the default network', async (networks, added) => {
      // A fixed address twice would be refused.
      scene.network('net1', 'macvlan');
      const answer = await scene.add(networks);
      expect(answer).toMatchObject({ code: 0, stderr: '' });
      expect(scene.node.story()).toEqual(['bridge eth0', ...added].map((call) => `ADD ${call}`));
      expect(await scene.call('DEL')).toMatchObject({ code: 0, stdout: '' });
      expect([scene.node.made(), scene.node.records()]).toEqual([[], []]);
    });

    test('M22: one definition twice is two attachments, each with its own interface and entry', async () => {
      scene.network('net1', 'macvlan');
      const answer = await scene.add('net1,net1@san0');
      expect(answer.json.interfaces.map(({ name }: { name: string }) => name)).toEqual(['eth0', 'net1', 'san0']);
      expect(scene.status()).toMatchObject([
        { name: 'front', interface: 'eth0' },
        { name: 'shop/net1', interface: 'net1' },
        { name: 'shop/net1', interface: 'san0' },
      ]);
      scene.expectAsked('GET definition shop/net1', PATCH);
    });

    test('its own annotation decides over CNI-Genie’s, with a warning', async () => {
      const answer = await scene.add('net1', { annotations: { cni: 'front,front' } });
      expect(scene.node.story()).toEqual(['ADD bridge eth0', 'ADD macvlan net1']);
      expect(answer.stderr).toContain(`annotation \\"cni\\" is ignored: \\"${NETWORKS}\\" is present and decides`);
    });

    test('the name of the definition is the network’s, unless its configuration has another', async () => {
      scene.define('net2', { cniVersion: '0.4.0', name: 'lan', plugins: [{ type: 'ptp' }, { type: 'macvlan', x: 1 }] });
      await scene.add('net1,net2');
      expect(scene.node.calls().map(({ stdin }) => [stdin.type, stdin.name, stdin.cniVersion])).toEqual([
        ['bridge', 'front', '1.0.0'],
        ['macvlan', 'net1', '1.0.0'],
        ['ptp', 'lan', '0.4.0'],
        ['macvlan', 'lan', '0.4.0'],
      ]);
      expect(scene.status().map(({ name }: { name: string }) => name)).toEqual(['front', 'shop/net1', 'shop/net2']);
    });

    test('one without a configuration is the file with its name inside, lists before single files', async () => {
      scene.define('disk', undefined);
      scene.node.conf('01-x.conf', { cniVersion: '1.0.0', name: 'disk', type: 'macvlan' });
      scene.node.conf('99-y.conflist', { cniVersion: '1.0.0', name: 'disk', plugins: [{ type: 'ptp' }] });
      scene.node.conf('00-disk.conf', { cniVersion: '1.0.0', name: 'unlike', type: 'vlan' });
      scene.node.conf('02-broken.conf', '{');
      expect(await scene.add('disk')).toMatchObject({ code: 0 });
      expect(scene.node.story()).toEqual(['ADD bridge eth0', 'ADD ptp net1']);
      expect(scene.status()[1]).toMatchObject({ name: 'shop/disk' });
    });

    test('one without a configuration and without such a file is an error that says where was looked', async () => {
      scene.define('disk', '  ');
      const { json } = await scene.add('net1,disk');
      const cause = `it has no "spec.config", and no configuration in ${scene.node.confDir} has the "name" "disk"`;
      expect(json).toMatchObject({
        code: 7,
        msg: `${AT}, item 2: definition "shop/disk" cannot be used: definition shop/disk: ${cause}`,
      });
      expect(scene.traces()).toEqual([]);
    });

    test('a failure of the third takes the others back, the default network last', async () => {
      scene.node.plugin('ptp', { ADD: { exit: 1, stdout: { code: 11, msg: 'no lease' } } });
      const { json } = await scene.add('net1,net2');
      expect(json).toMatchObject({ code: 11, msg: 'network "net2" (net2), plugin "ptp" ADD: no lease' });
      expect(scene.node.story().slice(3)).toEqual(['DEL ptp net2', 'DEL macvlan net1', 'DEL bridge eth0']);
      expect([scene.node.made(), scene.node.records(), scene.status()]).toEqual([[], [], null]);
    });
  });

  describe('results', () => {
    const cases = [
      ['without interfaces', { ips: [{ address: '10.2.0.9/24' }] }],
      ['without indexes', { interfaces: [{ name: 'net1', sandbox: '/x' }], ips: [{ address: '10.2.0.9/24' }] }],
      ['of 0.2.0', { cniVersion: '0.2.0', ip4: { ip: '10.2.0.9/24', routes: [{ dst: '10.99.0.0/16' }] } }],
    ] as const;

    test.each(cases)('%s: the address is its interface’s in answer and status', async (_how, result) => {
      scene.define('net1', { cniVersion: '0.3.1', type: 'macvlan' });
      scene.node.plugin('macvlan', { ADD: { stdout: { cniVersion: '0.3.1', ...result } } });
      const { json } = await scene.add('net1,net2');
      const owners = json.ips.map((ip: { address: string; interface: number }) => [
        ip.address,
        json.interfaces[ip.interface]?.name,
      ]);
      expect(owners).toEqual([
        ['10.1.0.2/24', 'eth0'],
        ['10.2.0.9/24', 'net1'],
        ['10.3.0.2/24', 'net2'],
      ]);
      expect(scene.status()[1]).toMatchObject({ name: 'shop/net1', interface: 'net1', ips: ['10.2.0.9/24'] });
    });

    test('network-status names definitions ns/name, and exactly one entry is the default', async () => {
      scene.node.plugin('macvlan', {
        ADD: {
          stdout: {
            cniVersion: '1.0.0',
            interfaces: [
              { name: 'veth1' },
              { name: 'net1', sandbox: '/x', mac: '02:00:00:00:00:07', mtu: 1400 },
              { name: 'dummy0', sandbox: '/x' },
            ],
            ips: [
              { address: '10.2.0.9/24', interface: 1, gateway: '10.2.0.1' },
              { address: 'fd02::9/64', interface: 1 },
            ],
            dns: { nameservers: ['10.2.0.53'], domain: 'corp', search: ['a.corp'], options: ['ndots:2'] },
          },
        },
      });
      scene.pod({ [NETWORKS]: 'net1,infra/vlan.100.corp', keep: 'me' });
      expect(await scene.call('ADD')).toMatchObject({ code: 0, stderr: '' });
      expect(scene.status()).toEqual([
        { name: 'front', interface: 'eth0', ips: ['10.1.0.2/24'], default: true, dns: {} },
        {
          name: 'shop/net1',
          interface: 'net1',
          ips: ['10.2.0.9/24', 'fd02::9/64'],
          mac: '02:00:00:00:00:07',
          mtu: 1400,
          default: false,
          dns: { nameservers: ['10.2.0.53'], domain: 'corp', search: ['a.corp'], options: ['ndots:2'] },
        },
        { name: 'infra/vlan.100.corp', interface: 'net2', default: false, dns: {} },
      ]);
      const annotations = scene.api.pod('shop', 'web')?.metadata.annotations ?? {};
      expect(Object.keys(annotations).toSorted()).toEqual([NETWORKS, STATUS, 'keep'].toSorted());
    });
  });

  describe('what is asked of the API server', () => {
    /** When so many requests had come. */
    const seen = (count: number) =>
      pollUntil(() => (scene.requests().length >= count ? performance.now() : undefined), {
        withinMs: 10_000,
        what: `${count} requests`,
      });

    test.each([
      ['annotations from the runtime', true, []],
      ['the pod from the API server', false, ['GET pod shop/web']],
    ])('with %s: each definition once, and the patch', async (_how, isOnStdin, first) => {
      const networks = 'net1,net2,net1,infra/vlan.100.corp,net2';
      for (const reference of ['net1', 'net2']) scene.network(reference, reference === 'net1' ? 'macvlan' : 'ptp');
      scene.pod({ [NETWORKS]: networks });
      const answer = isOnStdin ? await scene.add(networks) : await scene.call('ADD');
      expect(answer).toMatchObject({ code: 0, stderr: '' });
      const three = ['infra/vlan.100.corp', 'shop/net1', 'shop/net2'].map((name) => `GET definition ${name}`);
      scene.expectAsked(...first, ...three, PATCH);
      expect(scene.requests().at(-1)).toBe(PATCH);
    });

    test('nothing but the definitions where no status is wanted', async () => {
      await scene.add('net1,net2', { config: { statusWriteBack: 'off' } });
      scene.expectAsked('GET definition shop/net1', 'GET definition shop/net2');
    });

    test('they are asked for at once', async () => {
      const latencyMs = 1000;
      scene.api.faults.latencyMs = latencyMs;
      const answer = scene.add('net1,net2,infra/vlan.100.corp', { config: { statusWriteBack: 'off' } });
      const first = await seen(1);
      // No answer goes out before the first request has waited that long: the third was sent without one.
      expect((await seen(3)) - first).toBeLessThan(latencyMs - 200);
      expect(await answer).toMatchObject({ code: 0 });
    });

    test('the Namespace object is asked for beside the pod', async () => {
      const latencyMs = 1000;
      scene.namespace({});
      scene.pod({ [NETWORKS]: 'net1' });
      scene.api.faults.latencyMs = latencyMs;
      const answer = scene.call('ADD', { config: { namespaceDefaults: true } });
      const first = await seen(1);
      expect((await seen(2)) - first).toBeLessThan(latencyMs - 200);
      scene.api.faults.latencyMs = 0;
      expect(await answer).toMatchObject({ code: 0, stderr: '' });
      scene.expectAsked('GET namespace shop', 'GET pod shop/web', 'GET definition shop/net1', PATCH);
    });

    test('DEL, CHECK and GC ask nothing, with API server, kubeconfig, definitions and pod gone', async () => {
      const { json } = await scene.add('net1,net2', { cniVersion: '1.1.0' });
      const before = contacts(form, scene.api);
      expect(await scene.call('CHECK', { cniVersion: '1.1.0', config: { prevResult: json } })).toMatchObject({
        code: 0,
      });
      const valid = { 'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'eth0' }] };
      expect(await scene.call('GC', { cniVersion: '1.1.0', config: valid })).toMatchObject({ code: 0, stdout: '' });
      expect(contacts(form, scene.api)).toBe(before);
      await scene.api.stop();
      rmSync(scene.kubeconfig);
      scene.api.deletePod('shop', 'web');
      expect(await scene.call('DEL', { cniVersion: '1.1.0' })).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(scene.node.story().slice(-3)).toEqual(['DEL ptp net2', 'DEL macvlan net1', 'DEL bridge eth0']);
      expect([scene.node.made(), scene.node.records()]).toEqual([[], []]);
      await scene.api.start();
    });

    test('DEL runs what ADD ran, whatever annotation and definition say by then', async () => {
      await scene.add('net1@san0');
      scene.network('net1', 'ptp');
      expect(await scene.call('DEL', { annotations: { [NETWORKS]: 'net2' } })).toMatchObject({ code: 0, stdout: '' });
      expect(scene.node.story().slice(2)).toEqual(['DEL macvlan san0', 'DEL bridge eth0']);
      expect([scene.node.made(), scene.node.records()]).toEqual([[], []]);
    });

    test('a GC with an empty list deletes every network of a pod by its record, without a request', async () => {
      await scene.add('net1,net2', { cniVersion: '1.1.0' });
      await scene.api.stop();
      const config = { 'cni.dev/valid-attachments': [] };
      expect(await scene.call('GC', { cniVersion: '1.1.0', config })).toMatchObject({ code: 0, stdout: '' });
      expect([scene.node.made(), scene.node.records()]).toEqual([[], []]);
      await scene.api.start();
    });

    test('a DEL whose record is damaged or lost succeeds in the end, without a request', async () => {
      const { json } = await scene.add('net1');
      const before = contacts(form, scene.api);
      writeFileSync(join(scene.node.stateDir, 'attachments', scene.node.records()[0] ?? ''), '{"kind":');
      const annotations = { [NETWORKS]: 'net1' };
      const again = () => scene.call('DEL', { annotations, config: { prevResult: json } });
      expect(await again()).toMatchObject({ code: 1, json: { code: 103 } });
      expect(await again()).toMatchObject({ code: 0, stdout: '' });
      expect(contacts(form, scene.api)).toBe(before);
      expect(scene.node.records()).toEqual([]);
    });
  });

  describe('what can go wrong there', () => {
    async function refusal(networks: string, config: Record<string, unknown> = {}) {
      const answer = await scene.add(networks, { config });
      expect([answer.code, scene.traces()], answer.stdout).toEqual([1, []]);
      return { code: answer.json.code, msg: answer.json.msg as string, details: answer.json.details as string };
    }
    const absent = {
      code: 7,
      msg: `${AT}, item 2: there is no definition "shop/lost" in the API server`,
    };

    test('one that is not there: where that name is', async () => {
      scene.network('infra/lost', 'ptp');
      scene.network('backup/lost', 'ptp');
      scene.network('backup/lost2', 'ptp');
      const details = 'a definition of that name exists in: backup, infra; write namespace/name';
      expect(await refusal('net1,lost')).toEqual({ ...absent, details });
      scene.expectAsked('GET definition shop/lost', 'GET definition shop/net1', 'GET definitions everywhere');
    });

    test('… and not where we may not list them, or nobody answers that', async () => {
      scene.network('infra/lost', 'ptp');
      scene.api.deny('list', PLURAL);
      const details = 'check its name and its namespace';
      expect(await refusal('net1,lost')).toEqual({ ...absent, details });
    });

    test('… nor where there is none', async () => {
      expect(await refusal('net1,lost')).toEqual({ ...absent, details: 'check its name and its namespace' });
    });

    test('their CustomResourceDefinition is not installed', async () => {
      const fresh = await SelectScene.open(form);
      try {
        const { code, json } = await fresh.add('net1');
        expect([code, json, fresh.traces()]).toEqual([
          1,
          {
            cniVersion: '1.0.0',
            code: 7,
            msg: `${AT}, item 1: definition "shop/net1" cannot be read: definition shop/net1: the CustomResourceDefinition ${PLURAL}.k8s.cni.cncf.io is not installed`,
            details: 'install that of the Kubernetes Network Plumbing Working Group',
          },
          [],
        ]);
      } finally {
        await fresh.close();
      }
    });

    test('we may not read them', async () => {
      scene.api.deny('get', PLURAL);
      const { code, msg, details } = await refusal('net1');
      const where = `${AT}, item 1: definition "shop/net1" cannot be read: definition shop/net1: `;
      expect([code, msg.slice(0, where.length)]).toEqual([7, where]);
      expect(msg).toContain(`status 403: ${PLURAL}.k8s.cni.cncf.io "net1" is forbidden`);
      expect(details).toBe(
        `the user of the key "kubeconfig" must be allowed to get ${PLURAL}.k8s.cni.cncf.io: see config/rbac/definitions.yaml`,
      );
    });

    test('our credentials are none', async () => {
      scene.api.tokens.clear();
      const { code, msg, details } = await refusal('net1');
      expect([code, msg]).toEqual([7, expect.stringContaining('status 401')]);
      expect(details).toContain('does not know our credentials');
    });

    test('no API server is configured', async () => {
      expect(await refusal('net1', { kubeconfig: undefined })).toEqual({
        code: 7,
        msg: `${AT}, item 1: definition "shop/net1" cannot be read: definition shop/net1: no API server is configured`,
        details: 'set the key "kubeconfig"',
      });
    });

    test.each([
      ['is down', async () => scene.api.stop()],
      ['never answers', async () => void Object.assign(scene.api.faults, { hang: 9 })],
      ['answers 500 for ever', async () => void Object.assign(scene.api.faults, { status: { code: 500, times: 999 } })],
    ])('an API server that %s is code 11 when the time is up', async (_how, fail) => {
      await fail();
      const before = performance.now();
      const { code, msg } = await refusal('net1,net2', { apiTimeoutMs: 700 });
      expect([code, msg]).toEqual([11, expect.stringContaining('definition "shop/net1" cannot be read')]);
      expect(msg).toContain('no final answer before the deadline');
      const tookMs = performance.now() - before;
      expect(tookMs).toBeGreaterThan(600);
      expect(tookMs).toBeLessThan(6000);
      await scene.api.stop();
      await scene.api.start();
    });

    test.each([
      ['500 twice', { status: { code: 500, times: 2 } }],
      ['two broken connections', { reset: 2 }],
      ['an answer cut off', { truncate: 1 }],
      ['300 ms latency', { latencyMs: 300 }],
    ])('%s is overcome', async (_what, faults) => {
      scene.pod({ [NETWORKS]: 'net1,net2' });
      Object.assign(scene.api.faults, faults);
      expect(await scene.call('ADD')).toMatchObject({ code: 0, stderr: '' });
      expect(scene.node.story()).toHaveLength(3);
      expect(scene.status()).toHaveLength(3);
    });

    test('an answer that is no definition', async () => {
      scene.api.putObject(`/apis/k8s.cni.cncf.io/v1/namespaces/shop/${PLURAL}/odd`, {
        apiVersion: 'k8s.cni.cncf.io/v1',
        kind: 'NetworkAttachmentDefinition',
        metadata: { namespace: 'shop', name: 'odd' },
        spec: { config: 7 },
      });
      const { code, msg } = await refusal('odd');
      expect([code, msg]).toEqual([
        7,
        expect.stringContaining('it is no NetworkAttachmentDefinition: "spec.config" must be a string'),
      ]);
    });

    test('an answer that is none of an API server', async () => {
      // More than one, for an agent begins to list and watch as well.
      scene.api.faults.garbage = 9;
      const { code, msg } = await refusal('net1');
      expect([code, msg]).toEqual([11, expect.stringContaining('a body that is not JSON')]);
    });

    test('403 on the patch is a warning, and an error with everything taken back where the status is required', async () => {
      scene.api.deny('patch', 'pods/status');
      const answer = await scene.add('net1');
      expect([answer.code, answer.json.interfaces]).toEqual([0, [expect.anything(), expect.anything()]]);
      // An agent writes a status after the answer, and says so in its own log.
      const warnings = form.agent?.words() ?? answer.stderr;
      for (const words of ['cannot write the network status to the pod', 'the API server refused it: 403']) {
        expect(warnings).toContain(words);
      }
      await scene.call('DEL');
      const required = await scene.add('net1', { config: { statusWriteBack: 'required' } });
      expect(required.json).toMatchObject({ code: 104, msg: expect.stringContaining('403') });
      expect([scene.node.made(), scene.node.records()]).toEqual([[], []]);
      scene.api.allow('patch', 'pods/status');
      await scene.add('net1');
      expect(scene.status()).toHaveLength(2);
    });

    test('409 on the patch is tried again, and is a warning in the end', async () => {
      scene.node.plugin('macvlan', { ADD: { delayMs: 400 } });
      const answer = scene.add('net1');
      const isRead = () => (scene.node.calls().length > 0 ? true : undefined);
      await pollUntil(isRead, { withinMs: 10_000, what: 'the first network, all definitions being read' });
      scene.api.faults.status = { code: 409, times: 9 };
      // An agent says nothing, for it tries three times again later.
      const stderr = form.agent ? '' : expect.stringContaining('refused it: 409');
      expect(await answer).toMatchObject({ code: 0, stderr });
      const patches = scene.requests().filter((request) => request === PATCH).length;
      expect(form.agent ? patches % 3 : patches - 3).toBe(0);
      expect(patches).toBeGreaterThan(0);
      expect(scene.node.records().filter((file) => file.endsWith('.json'))).toHaveLength(1);
      scene.api.faults.status = { code: 200, times: 0 };
      await scene.add('net1', { containerId: 'c2' });
      expect(scene.status()).toHaveLength(2);
    });
  });
});
