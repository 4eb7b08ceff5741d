/** The API server double answers as kube-apiserver does; every other test of the API server rests on this. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadKubeAccess } from '../../src/kube/kubeconfig.ts';
import type { ApiServer } from '../doubles/api-server.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { ample, clientOf, POD_PATH, scratchFolder, serverWithPod } from './kube-scene.ts';

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Received {
  readonly status: number | undefined;
  readonly text: string;
  readonly json: Record<string, unknown>;
  readonly retryAfter: string | undefined;
}

/** One raw request, with the first accepted token unless headers say otherwise. */
async function send(api: ApiServer, { method = 'GET', path, headers, body }: Sent): Promise<Received> {
  const [token = ''] = api.tokens;
  const sent = request(`${api.url}${path}`, {
    method,
    ca: api.caPem,
    agent: false,
    headers: headers ?? { authorization: `Bearer ${token}`, 'content-type': 'application/merge-patch+json' },
  });
  const response = once(sent, 'response');
  sent.end(body);
  const [incoming] = await response;
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  const isOneDocument = incoming.headers['content-type'] === 'application/json' && !path.includes('watch=true');
  return {
    status: incoming.statusCode,
    text,
    json: isOneDocument ? JSON.parse(text) : {},
    retryAfter: incoming.headers['retry-after'],
  };
}

describe('status bodies', () => {
  test('401 for a token that is not accepted, 403 for no credentials at all', async () => {
    const api = await serverWithPod();
    const wrong = await send(api, { path: POD_PATH, headers: { authorization: 'Bearer x' } });
    expect(wrong.json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    });
    expect((await send(api, { path: POD_PATH, headers: {} })).json).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message:
        'pods "web-0" is forbidden: User "system:anonymous" cannot get resource "pods" in API group "" in the namespace "default"',
    });
  });

  test('404 in a Status for an object, in plain text for a resource that is not installed', async () => {
    const api = await serverWithPod();
    expect((await send(api, { path: `${POD_PATH}1` })).json).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'pods "web-01" not found',
      details: { name: 'web-01', kind: 'pods' },
    });
    const path = '/apis/k8s.cni.cncf.io/v1/namespaces/default/network-attachment-definitions/storage';
    expect(await send(api, { path })).toMatchObject({ status: 404, text: '404 page not found\n' });
    api.putObject(path, {
      apiVersion: 'k8s.cni.cncf.io/v1',
      kind: 'NetworkAttachmentDefinition',
      metadata: { namespace: 'default', name: 'storage' },
    });
    expect((await send(api, { path })).json).toMatchObject({ kind: 'NetworkAttachmentDefinition' });
    expect((await send(api, { path: `${path}2` })).json).toMatchObject({
      message: 'network-attachment-definitions.k8s.cni.cncf.io "storage2" not found',
      details: { name: 'storage2', group: 'k8s.cni.cncf.io', kind: 'network-attachment-definitions' },
    });
  });

  test('409 for a stale resourceVersion, 422 for another uid, 415 for another patch type', async () => {
    const api = await serverWithPod();
    const patch = (metadata: object) =>
      send(api, { method: 'PATCH', path: POD_PATH, body: JSON.stringify({ metadata }) });
    expect((await patch({ resourceVersion: '1' })).json).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on pods "web-0": the object has been modified; please apply your changes to the latest version and try again',
    });
    expect((await patch({ uid: 'uid-0' })).json).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: 'Pod "web-0" is invalid: metadata.uid: Invalid value: "uid-0": field is immutable',
    });
    const [token = ''] = api.tokens;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    expect((await send(api, { method: 'PATCH', path: POD_PATH, headers, body: '{}' })).json).toMatchObject({
      code: 415,
      reason: 'UnsupportedMediaType',
    });
  });

  test('429 as priority and fairness sends it', async () => {
    const api = await serverWithPod();
    api.faults.status = { code: 429, times: 1, retryAfterSeconds: 1 };
    expect(await send(api, { path: POD_PATH })).toMatchObject({
      status: 429,
      retryAfter: '1',
      text: 'Too many requests, please try again later.\n',
    });
  });
});

describe('objects', () => {
  test('a patch makes a new resourceVersion, unless it changes nothing', async () => {
    const api = await serverWithPod();
    const version = () => api.pod('default', 'web-0')?.metadata.resourceVersion;
    const [patch, before] = [{ method: 'PATCH', path: `${POD_PATH}/status` }, version()];
    await send(api, { ...patch, body: '{"metadata":{"uid":"uid-1","annotations":{"color":"red"}}}' });
    expect(version()).toBe(before);
    await send(api, { ...patch, body: '{"metadata":{"annotations":{"color":null,"a":"b"}},"spec":{"x":1}}' });
    expect(version()).not.toBe(before);
    expect(api.pod('default', 'web-0')).toMatchObject({
      metadata: { annotations: { a: 'b' } },
      spec: { containers: [{}] },
    });
    expect(api.pod('default', 'web-0')?.spec).not.toHaveProperty('x');
  });

  test('a collection is listed by namespace or whole', async () => {
    const api = await serverWithPod();
    api.putPod({ namespace: 'other', name: 'db' });
    expect((await send(api, { path: '/api/v1/namespaces/other/pods' })).json).toMatchObject({
      kind: 'PodList',
      apiVersion: 'v1',
      items: [{ metadata: { name: 'db' } }],
    });
    expect((await send(api, { path: '/api/v1/pods' })).json.items).toHaveLength(2);
    api.deletePod('other', 'db');
    expect((await send(api, { path: '/api/v1/pods' })).json.items).toHaveLength(1);
  });

  test('a list is narrowed down by name or namespace, and by nothing else', async () => {
    const api = await serverWithPod();
    for (const namespace of ['a', 'b']) api.putPod({ namespace, name: 'db' });
    const listed = async (selector: string) =>
      (await send(api, { path: `/api/v1/pods?fieldSelector=${selector}` })).json;
    expect((await listed('metadata.name%3Ddb')).items).toHaveLength(2);
    expect((await listed('metadata.namespace%3Da')).items).toHaveLength(1);
    expect(await listed('spec.x%3D1')).toMatchObject({ code: 400, message: 'field label not supported: spec.x' });
  });

  test('pods are narrowed down by their node, and nothing else is', async () => {
    const api = await serverWithPod();
    api.putPod({ namespace: 'a', name: 'db', spec: { nodeName: 'node-1' } });
    const listed = async (resource: string) =>
      (await send(api, { path: `/api/v1/${resource}?fieldSelector=spec.nodeName%3Dnode-1` })).json;
    expect((await listed('pods')).items).toHaveLength(1);
    expect(await listed('namespaces')).toMatchObject({ code: 400 });
  });

  test('a list comes page by page when that is wanted', async () => {
    const api = await serverWithPod();
    for (const name of ['a', 'b', 'c']) api.putPod({ namespace: 'default', name });
    const page = async (query: string) => (await send(api, { path: `/api/v1/pods?limit=3${query}` })).json;
    expect(await page('')).toMatchObject({ metadata: { continue: '3', remainingItemCount: 1 }, items: { length: 3 } });
    const last = await page('&continue=3');
    expect(last.items).toHaveLength(1);
    expect(last.metadata).not.toHaveProperty('continue');
  });

  test('a watch tells what has happened since a version, and what happens', async () => {
    const api = await serverWithPod();
    const { metadata } = (await send(api, { path: '/api/v1/pods' })).json as { metadata: { resourceVersion: string } };
    api.putPod({ namespace: 'default', name: 'new' });
    const path = `/api/v1/pods?watch=true&resourceVersion=${metadata.resourceVersion}`;
    const watched = send(api, { path });
    await pollUntil(() => api.watches.size || undefined, { withinMs: 10_000, what: 'the watch' });
    api.deletePod('default', 'web-0');
    api.putObject('/api/v1/namespaces/shop', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    api.watches.bookmark();
    api.watches.end('well');
    const told = (await watched).text.trim().split('\n');
    expect(told.map((text) => JSON.parse(text))).toMatchObject([
      { type: 'ADDED', object: { metadata: { name: 'new' } } },
      { type: 'DELETED', object: { metadata: { name: 'web-0' } } },
      { type: 'BOOKMARK', object: { metadata: {} } },
    ]);
    api.watches.compact();
    expect(JSON.parse((await send(api, { path })).text)).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });

  test('an object without a namespace is served too', async () => {
    const api = await serverWithPod();
    const path = '/api/v1/namespaces/shop';
    expect((await send(api, { path })).json).toMatchObject({ code: 404, message: 'namespaces "shop" not found' });
    api.putObject(path, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    expect((await send(api, { path })).json).toMatchObject({ kind: 'Namespace', metadata: { name: 'shop' } });
  });
});

test('as a process of its own it obeys its control endpoint, also while it is stopped', async () => {
  const dir = scratchFolder();
  const options = { pods: [{ namespace: 'default', name: 'web-0' }], kubeconfig: { dir, auth: 'token' } };
  const main = join(import.meta.dirname, '../doubles/api-server-main.ts');
  const child = spawn(process.execPath, [main, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  const [line] = await once(createInterface(child.stdout), 'line');
  const { controlUrl, kubeconfig, url } = JSON.parse(String(line));
  const control = async (...commands: object[]): Promise<unknown[]> =>
    (await fetch(controlUrl, { method: 'POST', body: JSON.stringify(commands) })).json() as Promise<unknown[]>;

  const client = clientOf(await loadKubeAccess(kubeconfig));
  expect(await client.get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
  await control({ do: 'deny', verb: 'get', resource: 'pods' });
  expect(await client.get(POD_PATH, ample())).toMatchObject({ kind: 'refused', status: 403 });
  const [dump] = await control({ do: 'requests' }, { do: 'stop' });
  expect(dump).toMatchObject({ requests: [{ method: 'GET', path: POD_PATH }, {}], connections: 1 });
  expect(await client.get(POD_PATH, AbortSignal.timeout(1000))).toMatchObject({ kind: 'unreachable' });
  await control({ do: 'start' }, { do: 'allow', verb: 'get', resource: 'pods' });
  expect(await client.get(POD_PATH, ample())).toMatchObject({ kind: 'ok' });
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
});
