/** What the agent knows of a cluster without asking, and when it asks all the same. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Cluster } from '../../src/agent/cluster/cluster.ts';
import { Clusters } from '../../src/agent/cluster/clusters.ts';
import { keptLog } from '../samples/delegates.ts';
import {
  apiScene,
  clusterScene,
  DEFINITIONS,
  define,
  definitionPath,
  PODS,
  putPod,
  settingsOf,
  soon,
  until,
} from './cluster-scene.ts';

const RED = { kind: 'found', pod: { annotations: { color: 'red' }, origin: 'the API server' } };

describe('what is known', () => {
  test('costs no request', async () => {
    const { cluster, synced, find, get, asked, api } = await clusterScene();
    await cluster.warmUp();
    await synced();
    for (let count = 0; count < 100; count += 1) {
      expect(await find('web')).toMatchObject(RED);
      expect(await get(definitionPath('front'))).toMatchObject({ kind: 'ok', body: { spec: {} } });
    }
    expect(asked()).toEqual([]);
    // A list and a watch for each of two collections, over three connections.
    expect(api.requests).toHaveLength(4);
    expect(api.connections).toBeLessThanOrEqual(4);
  });

  test('is of this node’s pods only', async () => {
    const { cluster, synced, find, asked, api } = await clusterScene();
    putPod(api, 'foreign', { nodeName: 'node-2' });
    await cluster.warmUp();
    await synced();
    const ofPods = api.requests.filter(({ path }) => path.startsWith(PODS));
    expect(ofPods).toHaveLength(2);
    for (const { path } of ofPods) expect(decodeURIComponent(path)).toContain('fieldSelector=spec.nodeName=node-1');
    expect(cluster.informers.get(PODS)?.size).toBe(1);
    expect(await find('foreign')).toMatchObject(RED);
    expect(asked()).toEqual(['/api/v1/namespaces/shop/pods/foreign']);
  });

  test('without the name of a node no pods are watched, and each is asked for', async () => {
    const { api, settings } = await apiScene();
    const cluster = new Cluster({ settings, nodeName: undefined, log: keptLog(), onLiveGet: () => undefined });
    await cluster.warmUp();
    await until(() => api.watches.size === 1, 'the watch of definitions');
    expect([...cluster.informers.keys()]).toEqual([DEFINITIONS]);
    const lookup = await cluster.pods(soon).find({ namespace: 'shop', name: 'web', uid: 'u1' });
    expect(lookup).toMatchObject(RED);
    cluster.close();
  });

  test('is trimmed to what networks are chosen by', async () => {
    const { cluster, synced, api, get } = await clusterScene();
    const large = 'x'.repeat(10_000);
    const metadata = {
      namespace: 'shop',
      managedFields: [{ large }],
      ownerReferences: [{ large }],
      labels: { app: 'web' },
      annotations: { color: 'red', 'kubectl.kubernetes.io/last-applied-configuration': large },
    };
    const put = (name: string) =>
      api.putObject(`/api/v1/namespaces/shop/pods/${name}`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...metadata, name, uid: 'u1' },
        spec: { nodeName: 'node-1', containers: [{ large }] },
        status: { large },
      });
    put('listed');
    await cluster.warmUp();
    await synced();
    put('watched');
    const pods = cluster.informers.get(PODS);
    await until(() => pods?.get('shop', 'watched') !== undefined, 'the new pod');
    put('listed');
    for (const name of ['listed', 'watched', 'listed']) {
      const text = JSON.stringify(pods?.get('shop', name));
      expect(text).not.toContain(large);
      expect(JSON.parse(text).metadata).toMatchObject({ annotations: { color: 'red' }, labels: { app: 'web' } });
    }
    expect(await get(definitionPath('front'))).toMatchObject({ body: { spec: { config: expect.any(String) } } });
  });

  test('1,200 definitions come in three pages', async () => {
    const { cluster, synced, api, get, asked } = await clusterScene();
    for (let count = 0; count < 1199; count += 1) define(api, `net-${count}`);
    await cluster.warmUp();
    await synced();
    expect(cluster.informers.get(DEFINITIONS)?.size).toBe(1200);
    const lists = api.requests.filter(({ path }) => path.startsWith(`${DEFINITIONS}?limit`));
    expect(lists).toHaveLength(3);
    expect(await get(definitionPath('net-1198'))).toMatchObject({ kind: 'ok' });
    expect(asked()).toEqual([]);
  });
});

test('definitions that are too large for one answer come in more; the large ones are not kept', async () => {
  const { cluster, synced, api, get, asked } = await clusterScene();
  for (let count = 0; count < 40; count += 1) define(api, `large-${count}`, 'x'.repeat(300_000));
  define(api, 'small');
  await cluster.warmUp();
  await synced();
  expect(cluster.informers.get(DEFINITIONS)?.size).toBe(42);
  for (const name of ['front', 'small']) expect(await get(definitionPath(name))).toMatchObject({ kind: 'ok' });
  expect(asked()).toEqual([]);
  const large = await get(definitionPath('large-7'));
  expect(large).toMatchObject({ body: { spec: { config: expect.stringContaining('xxxx') } } });
  expect(asked()).toEqual([definitionPath('large-7')]);
});

describe('what is not known for certain is asked for', () => {
  test('an object that the watch has not delivered', async () => {
    const { cluster, synced, find, get, asked, api, reasons } = await clusterScene();
    await cluster.warmUp();
    await synced();
    api.watches.isSilent = true;
    putPod(api, 'new');
    define(api, 'back');
    expect(await find('new')).toMatchObject(RED);
    expect(await get(definitionPath('back'))).toMatchObject({ kind: 'ok' });
    expect(await get(definitionPath('none'))).toMatchObject({ kind: 'absent' });
    expect(await get(`${DEFINITIONS}?fieldSelector=metadata.name%3Dnone`)).toMatchObject({ kind: 'ok' });
    expect(asked()).toHaveLength(4);
    const unknown = [PODS, DEFINITIONS, DEFINITIONS].map((collection) => `not in the watch: ${collection}`);
    expect(reasons).toEqual([...unknown, `a list: ${DEFINITIONS}`]);
  });

  test('a pod whose uid is another one, or that the runtime names without', async () => {
    const { cluster, synced, find, asked, api, reasons } = await clusterScene();
    await cluster.warmUp();
    await synced();
    api.watches.isSilent = true;
    putPod(api, 'web', { uid: 'u2', color: 'blue' });
    expect(await find('web', 'u2')).toMatchObject({ kind: 'found', pod: { annotations: { color: 'blue' } } });
    expect(asked()).toHaveLength(1);
    expect(await cluster.pods(soon).find({ namespace: 'shop', name: 'web', uid: undefined })).toMatchObject({
      pod: { annotations: { color: 'blue' } },
    });
    expect(asked()).toHaveLength(2);
    expect(reasons).toEqual([`another uid: ${PODS}`, `another uid: ${PODS}`]);
  });

  test('every pod, under a wrong name of the node, which is told once', async () => {
    const { cluster, synced, find, api, reasons, log } = await clusterScene({ nodeName: 'node-l' });
    putPod(api, 'later');
    await cluster.warmUp();
    await synced();
    for (const name of ['web', 'later']) expect(await find(name)).toMatchObject(RED);
    expect(reasons).toEqual([`another node: ${PODS}`, `another node: ${PODS}`]);
    expect(log.warnings).toEqual(['a pod of this node names another node; see --node']);
  });

  test('anything before the first list', async () => {
    const { cluster, find, get, api, asked, reasons } = await clusterScene();
    api.faults.latencyMs = 100;
    void cluster.warmUp();
    expect(await Promise.all([find('web'), get(definitionPath('front'))])).toMatchObject([RED, { kind: 'ok' }]);
    expect(asked()).toHaveLength(2);
    expect(reasons.toSorted()).toEqual([`no watch: ${PODS}`, `no watch: ${DEFINITIONS}`]);
  });

  test('a namespace, until all of them are watched', async () => {
    const { cluster, get, asked, api } = await clusterScene();
    const metadata = { name: 'shop', annotations: { a: 'b' } };
    api.putObject('/api/v1/namespaces/shop', { apiVersion: 'v1', kind: 'Namespace', metadata });
    expect(await get('/api/v1/namespaces/shop')).toMatchObject({ kind: 'ok', body: { metadata } });
    await until(() => cluster.informers.get('/api/v1/namespaces')?.isSettled === true, 'the list');
    const before = asked().length;
    expect(await get('/api/v1/namespaces/shop')).toMatchObject({ kind: 'ok', body: { metadata } });
    expect(asked()).toHaveLength(before);
  });
});

describe('many clusters', () => {
  test('four are kept, the most recently used, and all the others let go of everything', async () => {
    const { api, folder } = await apiScene();
    const clusters = new Clusters({ nodeName: 'node-1', log: keptLog(), onLiveGet: () => undefined });
    const use = (name: string) =>
      clusters.of(settingsOf(api.writeKubeconfig(folder, { auth: 'token', fileName: name })));
    const first = use('one');
    for (const name of ['two', 'three', 'four', 'one', 'five']) use(name);
    expect(use('one')).toBe(first);
    expect(clusters.all).toHaveLength(4);
    await until(() => api.watches.size === 8, 'two watches for each of four clusters');
    const evicted = clusters.all[0];
    use('six');
    expect(clusters.all).not.toContain(evicted);
    // A call that had it by then is served all the same.
    expect(await evicted?.pods(soon).find({ namespace: 'shop', name: 'web', uid: 'u1' })).toMatchObject(RED);
    await until(() => api.watches.size === 8, 'its watches to end');
    clusters.close();
    await until(() => api.watches.size === 0, 'all watches to end');
  });

  test('one that is closed while it begins leaves no watch', async () => {
    const { api, settings } = await apiScene();
    api.faults.latencyMs = 50;
    for (const pauseMs of [0, 30, 80, 120, 170]) {
      const cluster = new Cluster({ settings, nodeName: 'node-1', log: keptLog(), onLiveGet: () => undefined });
      void cluster.warmUp();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      cluster.close();
    }
    await new Promise((resolve) => setTimeout(resolve, 400));
    await until(() => api.watches.size === 0, 'all watches to end');
  });
});

describe('credentials', () => {
  test('a rotated token works at once for what is asked, and for watches when they begin anew', async () => {
    const { api, folder, cluster, synced, get, find } = await clusterScene();
    await cluster.warmUp();
    await synced();
    await get(definitionPath('none'));
    api.tokens.clear();
    api.tokens.add('second');
    writeFileSync(join(folder, 'token'), 'second\n');
    const before = api.requests.length;
    expect(await get(definitionPath('none'))).toMatchObject({ kind: 'absent' });
    // The old one was refused, the new one was read.
    expect(api.requests.slice(before).map(({ user }) => user !== '')).toEqual([false, true]);
    api.watches.end('well');
    define(api, 'after');
    await until(() => cluster.informers.get(DEFINITIONS)?.get('shop', 'after') !== undefined, 'the event');
    expect(await find('web')).toMatchObject(RED);
  });

  test('a rewritten kubeconfig leads to the new server', async () => {
    const { api, folder, cluster, synced, get } = await clusterScene({ auth: 'token' });
    const other = await apiScene();
    define(other.api, 'elsewhere');
    await cluster.warmUp();
    await synced();
    other.api.writeKubeconfig(folder, { auth: 'token' });
    api.tokens.clear();
    api.watches.end('well');
    expect(await get(definitionPath('elsewhere'))).toMatchObject({ kind: 'ok' });
    await until(() => other.api.watches.size === 2, 'watches of the new server');
  });

  test('that are not there yet are waited for', async () => {
    const { api, folder } = await apiScene();
    const missing = settingsOf(join(folder, 'later'));
    const cluster = new Cluster({ settings: missing, nodeName: 'node-1', log: keptLog(), onLiveGet: () => undefined });
    await cluster.warmUp();
    await expect(cluster.openLive(soon())).rejects.toMatchObject({ code: 7 });
    api.writeKubeconfig(folder, { auth: 'token', fileName: 'later' });
    await until(() => api.watches.size === 2, 'the watches');
    cluster.close();
  });
});
