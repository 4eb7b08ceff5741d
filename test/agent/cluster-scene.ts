/** A cluster as the agent knows it, against an API server over real TLS. */
import { onTestFinished } from 'vitest';
import { Cluster } from '../../src/agent/cluster/cluster.ts';
import type { OnLiveGet } from '../../src/agent/cluster/live-client.ts';
import type { KubeSettings } from '../../src/request/node-config.ts';
import { type ApiServer, startApiServer } from '../doubles/api-server.ts';
import type { KubeconfigOptions } from '../doubles/api-server-kubeconfig.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { keptLog } from '../samples/delegates.ts';
import { scratchFolder } from '../samples/scratch.ts';

export const DEFINITIONS = '/apis/k8s.cni.cncf.io/v1/network-attachment-definitions';
export const PODS = '/api/v1/pods';

export function definitionPath(name: string, namespace = 'shop'): string {
  return `/apis/k8s.cni.cncf.io/v1/namespaces/${namespace}/network-attachment-definitions/${name}`;
}

/** Waits for something that is true soon. */
export function until(isTrue: () => boolean | Promise<boolean>, what: string, withinMs = 20_000): Promise<true> {
  return pollUntil(async () => (await isTrue()) || undefined, { withinMs, what });
}

/** A deadline for one look-up. */
export function soon(ms = 10_000): AbortSignal {
  return AbortSignal.timeout(ms);
}

/** An API server with a definition `shop/front` and a pod `shop/web` of node-1; both are gone after the test. */
export async function apiScene(auth: KubeconfigOptions['auth'] = 'tokenFile') {
  const api = await startApiServer();
  const folder = scratchFolder();
  onTestFinished(() => api.stop());
  define(api, 'front');
  putPod(api, 'web');
  const kubeconfig = api.writeKubeconfig(folder, { auth });
  return { api, folder, settings: settingsOf(kubeconfig) };
}

export function settingsOf(kubeconfig: string): KubeSettings {
  const none = { apiRoot: undefined, token: undefined, clientCertificate: undefined, clientKey: undefined };
  return { kubeconfig, ...none, certificateAuthority: undefined };
}

export function define(api: ApiServer, name: string, type = 'bridge'): void {
  api.putObject(definitionPath(name), {
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: { namespace: 'shop', name },
    spec: { config: JSON.stringify({ cniVersion: '1.0.0', type }) },
  });
}

/** A pod of this node, unless another one is named. */
export function putPod(api: ApiServer, name: string, { uid = 'u1', nodeName = 'node-1', color = 'red' } = {}): void {
  const spec = { nodeName, containers: [{ name: 'main', image: 'pause' }] };
  api.putPod({ namespace: 'shop', name, uid, annotations: { color }, spec });
}

/** A cluster that has listed what it watches, unless it cannot. */
export async function clusterScene({
  auth,
  nodeName = 'node-1',
}: {
  auth?: KubeconfigOptions['auth'];
  nodeName?: string;
} = {}) {
  const { api, folder, settings } = await apiScene(auth);
  const log = keptLog();
  /** Why the server was asked, as `reason: collection`. */
  const reasons: string[] = [];
  const onLiveGet: OnLiveGet = ({ collection, reason }) => {
    reasons.push(`${reason}: ${collection}`);
  };
  const cluster = new Cluster({ settings, nodeName, onLiveGet, log });
  onTestFinished(() => cluster.close());
  const synced = () => until(() => isWatching(cluster, api), 'lists and watches');
  const find = (name: string, uid: string | undefined = 'u1') =>
    cluster.pods(soon).find({ namespace: 'shop', name, uid });
  const get = async (path: string) => (await cluster.open(soon())).get(path, soon());
  /** Requests that no watch or list made: those that an ADD would wait for. */
  const asked = () => api.requests.map(({ path }) => path).filter((path) => !/[?&](watch|limit)=/.test(path));
  return { api, folder, settings, cluster, log, synced, find, get, asked, reasons };
}

/** Both collections are listed, and the server has both watches. */
function isWatching(cluster: Cluster, api: ApiServer): boolean {
  const informers = [...cluster.informers.values()];
  return informers.length === 2 && informers.every(({ isSettled }) => isSettled) && api.watches.size === 2;
}
