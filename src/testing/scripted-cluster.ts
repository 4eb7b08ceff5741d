/**
 * An API server out of manifests, with faults: it answers, refuses, is slow or breaks the connection as it is told.
 *
 * On top of it is the client that asks the real one (`kube/asking-client.ts`), so that retries, deadlines and words are the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AskingClient } from '../kube/asking-client.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Attempt, Call } from '../kube/send-request.ts';
import type { ApiFault } from '../schema/fixture.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { type ClusterObject, manifestClient } from './manifests.ts';

const SERVER = 'https://cluster.fixture';
const POD_STATUS = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/status$/;

interface Fault extends ApiFault {
  left: number;
}

/** The cluster of one fixture. */
export class ScriptedCluster {
  /** `METHOD PATH` of every attempt. */
  readonly requests: string[] = [];
  /** Annotations that were written, by `NAMESPACE/NAME` of the pod. */
  readonly written = new Map<string, Readonly<Record<string, string>>>();
  #objects: readonly ClusterObject[];
  readonly #faults: readonly Fault[];
  #stepFaults: readonly Fault[] = [];

  constructor(objects: readonly ClusterObject[], faults: readonly ApiFault[]) {
    this.#objects = objects;
    this.#faults = faults.map(counted);
  }

  /** What is different from this step on (`objects`) and in this step (`faults`). */
  beginStep({ objects, faults }: { objects: readonly ClusterObject[] | undefined; faults: readonly ApiFault[] }): void {
    this.#objects = objects ?? this.#objects;
    this.#stepFaults = faults.map(counted);
    this.written.clear();
  }

  client(): KubeClient {
    return new AskingClient({ server: SERVER, send: (call, stop) => this.#answer(call, stop), close: () => undefined });
  }

  async #answer(call: Call, stop: AbortSignal): Promise<Attempt> {
    this.requests.push(`${call.method} ${call.path}`);
    const fault = [...this.#stepFaults, ...this.#faults].find((each) => each.left > 0 && isHit(each, call));
    if (fault) fault.left -= 1;
    if (fault?.latencyMs) await sleep(fault.latencyMs, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return { kind: 'stopped' };
    if (fault?.reset) return { kind: 'broken', code: 'ECONNRESET', message: 'read ECONNRESET', isSetup: false };
    if (fault?.status !== undefined) return answered(fault.status, statusOf(fault.message ?? '', undefined));
    return call.method === 'GET' ? this.#get(call.path, stop) : this.#patch(call);
  }

  async #get(path: string, stop: AbortSignal): Promise<Attempt> {
    if (path === '/version') return answered(200, { gitVersion: 'fixture' });
    const response = await manifestClient(this.#objects).get(path, stop);
    if (response.kind === 'ok') return answered(200, response.body);
    return answered(404, statusOf('not found', path.split('/').at(-1)));
  }

  #patch({ path, body = '{}' }: Call): Attempt {
    const [, namespace, name] = POD_STATUS.exec(path) ?? [];
    const pod = this.#objects.find((each) => each.kind === 'Pod' && each.namespace === namespace && each.name === name);
    if (!pod) return answered(404, statusOf(`pods "${name}" not found`, name));
    const { metadata }: { metadata: { uid?: string; annotations: Record<string, string> } } = JSON.parse(body);
    const own = isJsonObject(pod.body['metadata']) ? pod.body['metadata'] : {};
    if (metadata.uid !== undefined && own['uid'] !== undefined && metadata.uid !== own['uid']) {
      return answered(422, statusOf('metadata.uid: Invalid value: field is immutable', name));
    }
    this.written.set(`${namespace}/${name}`, { ...this.written.get(`${namespace}/${name}`), ...metadata.annotations });
    return answered(200, pod.body);
  }
}

function counted(fault: ApiFault): Fault {
  return { ...fault, left: fault.times ?? Number.POSITIVE_INFINITY };
}

function isHit({ path, method }: ApiFault, call: Call): boolean {
  if (method !== undefined && method !== call.method) return false;
  return path.endsWith('*') ? call.path.startsWith(path.slice(0, -1)) : call.path === path;
}

function answered(status: number, body: unknown): Attempt {
  const answer = { status, text: JSON.stringify(body), retryAfter: '', contentType: 'application/json' };
  return { kind: 'answered', answer };
}

function statusOf(message: string, name: string | undefined): JsonObject {
  return { kind: 'Status', message, ...(name === undefined ? {} : { details: { name } }) };
}
