/** The built binary against an API server over real TLS: annotations, status, and everything that goes wrong there. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../doubles/api-server.ts';
import { contacts, expectAsked, requestsOfCalls } from '../harness/api-traffic.ts';
import { BRAID_FORMS, type BraidCall, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';

beforeAll(prepareForms);

const STATUS = 'k8s.v1.cni.cncf.io/network-status';

describe.each(BRAID_FORMS)('an API server and Braid $name', (form) => {
  let node: BraidNode;
  let api: ApiServer;
  let kubeconfig: string;
  beforeEach(async () => {
    node = new BraidNode();
    node.network('front', ['bridge'], { plugin: { addresses: ['10.1.0.2/24', 'fd00::2/64'] } });
    node.network('storage', ['macvlan'], { plugin: { addresses: ['10.2.0.2/24'] } });
    api = await startApiServer();
    api.putPod({ namespace: 'shop', name: 'web', uid: 'u1', annotations: { cni: 'front,storage' } });
    kubeconfig = api.writeKubeconfig(join(node.dir, 'kube'), { auth: 'tokenFile' });
  });
  afterEach(async () => {
    await api.stop();
    node.dispose();
  });

  const call = (verb: string, config: object = {}, rest: Partial<BraidCall> = {}) =>
    node.call(form, { verb, ...rest, config: { kubeconfig, ...config } });
  const annotations = () => api.pod('shop', 'web')?.metadata.annotations as Record<string, string>;
  // An agent writes a status after the answer, and says so in its own log.
  const warnings = (stderr: string) => form.agent?.words() ?? stderr;

  test('the pod’s annotations decide, and its status is written by one patch on the same connection', async () => {
    const answer = await call('ADD');
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(node.story()).toEqual(['ADD bridge eth0', 'ADD macvlan eth1']);
    expectAsked(form, requestsOfCalls(api), [
      'GET /api/v1/namespaces/shop/pods/web',
      'PATCH /api/v1/namespaces/shop/pods/web/status',
    ]);
    // An agent has connections for its watches besides.
    if (!form.agent) expect(api.connections).toBe(1);
    expect(JSON.parse(annotations()[STATUS] ?? '')).toEqual([
      { name: 'front', interface: 'eth0', ips: ['10.1.0.2/24', 'fd00::2/64'], default: true, dns: {} },
      { name: 'storage', interface: 'eth1', ips: ['10.2.0.2/24'], default: false, dns: {} },
    ]);
    expect(JSON.parse(annotations()['multi-ip-preferences'] ?? '')).toEqual({
      multi_entry: 3,
      ips: {
        ip1: { ip: '10.1.0.2', interface: 'eth0' },
        ip2: { ip: 'fd00::2', interface: 'eth0' },
        ip3: { ip: '10.2.0.2', interface: 'eth1' },
      },
    });
    expect(annotations()['cni']).toBe('front,storage');
  });

  test('annotations from the runtime need no request but the patch', async () => {
    await call('ADD', {}, { annotations: { cni: 'storage' } });
    expect(requestsOfCalls(api)).toEqual(['PATCH /api/v1/namespaces/shop/pods/web/status']);
    expect(node.story()).toEqual(['ADD macvlan eth0']);
    expect(annotations()['multi-ip-preferences']).toBeUndefined();
  });

  test('statusWriteBack "off" writes nothing', async () => {
    await call('ADD', { statusWriteBack: 'off' });
    expectAsked(form, requestsOfCalls(api), ['GET /api/v1/namespaces/shop/pods/web']);
  });

  test('M15: DEL, CHECK and VERSION open no connection', async () => {
    const { json } = await call('ADD', { statusWriteBack: 'off' });
    const before = contacts(form, api);
    expect(await call('CHECK', { prevResult: json })).toMatchObject({ code: 0 });
    expect(await call('DEL')).toMatchObject({ code: 0 });
    expect(await call('VERSION')).toMatchObject({ code: 0 });
    expect(contacts(form, api)).toBe(before);
  });

  test('a token that was rotated between two calls works', async () => {
    expect(await call('ADD')).toMatchObject({ code: 0 });
    api.tokens.clear();
    api.tokens.add('fresh');
    writeFileSync(join(node.dir, 'kube', 'token'), 'fresh\n');
    expect(await call('ADD', {}, { containerId: 'c2' })).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    ['300 ms latency', (server: ApiServer) => Object.assign(server.faults, { latencyMs: 300 })],
    [
      '429 with Retry-After',
      (server: ApiServer) => Object.assign(server.faults, { status: { code: 429, times: 1, retryAfterSeconds: 1 } }),
    ],
    ['two connection resets', (server: ApiServer) => Object.assign(server.faults, { reset: 2 })],
    ['503 twice', (server: ApiServer) => Object.assign(server.faults, { status: { code: 503, times: 2 } })],
  ])('%s is overcome', async (_what, set) => {
    set(api);
    expect(await call('ADD')).toMatchObject({ code: 0, stderr: '' });
    expect(node.story()).toHaveLength(2);
    expect(annotations()[STATUS]).toBeDefined();
  });

  test('403 on the patch is a warning, the ADD succeeds', async () => {
    api.deny('patch', 'pods/status');
    const answer = await call('ADD');
    expect(answer.code).toBe(0);
    expect(answer.json.interfaces).toHaveLength(2);
    for (const words of ['cannot write the network status to the pod', 'refused it: 403', 'cannot patch resource']) {
      expect(warnings(answer.stderr)).toContain(words);
    }
    api.allow('patch', 'pods/status');
    await call('ADD', {}, { containerId: 'c2' });
    expect(annotations()[STATUS]).toBeDefined();
  });

  test('403 on the patch fails the ADD and takes all back when the status is required', async () => {
    api.deny('patch', 'pods/status');
    const answer = await call('ADD', { statusWriteBack: 'required' });
    expect(answer).toMatchObject({ code: 1, json: { code: 104, msg: expect.stringContaining('403') } });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('409 passes on the next try', async () => {
    await call('ADD', {}, { annotations: { cni: 'front' }, containerId: 'warm' });
    api.faults.status = { code: 409, times: 1 };
    const answer = await call('ADD', {}, { annotations: { cni: 'front' } });
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(annotations()[STATUS]).toBeDefined();
  });

  test('M29: a pod that is gone or another of its name is code 11, and nothing runs', async () => {
    api.putPod({ namespace: 'shop', name: 'web', uid: 'u2', annotations: { cni: 'front' } });
    const other = await call('ADD');
    expect(other.json).toMatchObject({
      code: 11,
      msg: expect.stringContaining('has uid u2, the runtime asks for uid u1'),
    });
    api.deletePod('shop', 'web');
    const gone = await call('ADD');
    expect(gone.json).toMatchObject({ code: 11, msg: expect.stringContaining('does not know pod shop/web') });
    expect(node.calls()).toEqual([]);
  });

  test('a status that nobody answers delays a best-effort ADD by little, and does not fail it', async () => {
    api.faults.hang = 9;
    const before = performance.now();
    const answer = await call('ADD', { apiTimeoutMs: 30_000 }, { annotations: { cni: 'front' } });
    expect(answer.code).toBe(0);
    expect(performance.now() - before).toBeLessThan(15_000);
    if (!form.agent) {
      expect(answer.stderr).toContain('cannot write the network status');
      return;
    }
    // An agent does not give up so soon.
    api.faults.hang = 0;
    await api.stop();
    await api.start();
    await pollUntil(() => annotations()[STATUS], { withinMs: 20_000, what: 'the status' });
  });

  test('a static pod is its mirror’s, whose uid differs', async () => {
    api.putPod({
      namespace: 'shop',
      name: 'web',
      uid: 'u2',
      annotations: { cni: 'front', 'kubernetes.io/config.mirror': 'u1' },
    });
    expect(await call('ADD')).toMatchObject({ code: 0, stderr: '' });
    expect(annotations()[STATUS]).toBeDefined();
  });

  test('an API server that is down is code 11 within the deadline, with what to look at', async () => {
    await api.stop();
    const answer = await call('ADD', { apiTimeoutMs: 600 });
    expect(answer).toMatchObject({ code: 1, json: { code: 11 } });
    expect(answer.json.msg).toContain(`127.0.0.1:${api.port}`);
    expect(node.calls()).toEqual([]);
    await api.start();
  });

  test('K8S_ANNOT stands in for an API server that is down', async () => {
    await api.stop();
    const args = 'K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;K8S_ANNOT={"cni":"storage"}';
    const answer = await call('ADD', { apiTimeoutMs: 400, statusWriteBack: 'off' }, { args });
    expect(answer.code).toBe(0);
    expect(node.story()).toEqual(['ADD macvlan eth0']);
    expect(answer.stderr).toContain('going on with K8S_ANNOT in CNI_ARGS');
    await api.start();
  });

  test('CNI-Genie’s inline API root and token win over the kubeconfig', async () => {
    const other = await startApiServer({ tokens: ['inline'] });
    try {
      other.putPod({ namespace: 'shop', name: 'web', uid: 'u1', annotations: { cni: 'storage' } });
      const genie = {
        kubeconfig: undefined,
        kubernetes: { kubeconfig, k8s_api_root: other.url },
        policy: { k8s_auth_token: 'inline' },
      };
      expect(await call('ADD', genie)).toMatchObject({ code: 0, stderr: '' });
      expect(node.story()).toEqual(['ADD macvlan eth0']);
      expect(api.requests).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  test('an authority that we do not trust is refused', async () => {
    const insecure = api.writeKubeconfig(join(node.dir, 'kube2'), {
      auth: 'token',
      cluster: { 'certificate-authority': undefined },
    });
    const answer = await call('ADD', { kubeconfig: insecure, apiTimeoutMs: 1500 });
    expect(answer.json).toMatchObject({ code: 11, msg: expect.stringMatching(/certificate/i) });
    expect(api.requests).toEqual([]);
  });

  test('exec credentials reach the API server', async () => {
    const [token = ''] = api.tokens;
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } };
    const exec = {
      apiVersion: credential.apiVersion,
      command: '/bin/echo',
      args: [JSON.stringify(credential)],
      interactiveMode: 'Never',
    };
    const file = api.writeKubeconfig(join(node.dir, 'kube3'), { auth: 'none', user: { exec } });
    expect(await call('ADD', { kubeconfig: file })).toMatchObject({ code: 0 });
    expect(node.story()).toHaveLength(2);
  });
});
