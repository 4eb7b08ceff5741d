/** The set-up that the tests of this room share: servers and folders that are gone after each test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openKubeClient } from '../../src/kube/https-client.ts';
import type { KubeAccess } from '../../src/kube/kube-access.ts';
import type { KubeClient } from '../../src/kube/kube-client.ts';
import { type ApiServer, type ApiServerOptions, startApiServer } from '../doubles/api-server.ts';

export const POD_PATH = '/api/v1/namespaces/default/pods/web-0';

/** A deadline no passing test reaches. */
export function ample(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

/** A server with the pod `default/web-0`. */
export async function serverWithPod(options: ApiServerOptions = {}): Promise<ApiServer> {
  const api = await startApiServer(options);
  onTestFinished(() => api.stop());
  api.putPod({ namespace: 'default', name: 'web-0', uid: 'uid-1', annotations: { color: 'red' } });
  return api;
}

export function scratchFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'braid-kube-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The access a correct kubeconfig for the server comes to; `changes` are laid over it. */
export function accessTo(api: ApiServer, changes: Partial<KubeAccess> = {}): KubeAccess {
  const [token = ''] = api.tokens;
  return { server: api.url, headers: { authorization: `Bearer ${token}` }, tls: { ca: api.caPem }, ...changes };
}

/** A client that is closed after the test. */
export function clientOf(access: KubeAccess, connections?: number): KubeClient {
  const client = openKubeClient(access, connections);
  onTestFinished(() => client.close());
  return client;
}
