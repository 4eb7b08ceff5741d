/**
 * What the tests of selecting networks share: a node, an API server with real TLS, a pod, and definitions.
 *
 * The node's default network is `front` (plugin `bridge`). The definitions are made by the tests.
 */
import { join } from 'node:path';
import { type ApiServer, startApiServer } from '../doubles/api-server.ts';
import { expectAsked, requestsOfCalls } from '../harness/api-traffic.ts';
import { type BraidAnswer, type BraidCall, type BraidForm, BraidNode } from '../harness/braid-call.ts';

/** The annotations that select, and the one that tells. */
export const NETWORKS = 'k8s.v1.cni.cncf.io/networks';
export const DEFAULT_NETWORK = 'v1.multus-cni.io/default-network';
export const STATUS = 'k8s.v1.cni.cncf.io/network-status';

const DEFINITIONS = '/apis/k8s.cni.cncf.io/v1/namespaces';
const PLURAL = 'network-attachment-definitions';

/** What a call may say beside its verb; `annotations` come on stdin, as containerd hands them over. */
export type Call = Partial<Omit<BraidCall, 'verb'>>;

/** One node, one cluster, one pod `shop/web`. */
export class SelectScene {
  readonly node = new BraidNode();
  readonly api: ApiServer;
  readonly kubeconfig: string;
  readonly #form: BraidForm;

  private constructor(form: BraidForm, api: ApiServer) {
    this.#form = form;
    this.api = api;
    this.kubeconfig = api.writeKubeconfig(join(this.node.dir, 'kube'), { auth: 'tokenFile' });
    this.node.network('front', ['bridge'], { plugin: { addresses: ['10.1.0.2/24'] } });
    this.pod({});
  }

  /** Opens the scene; `close` it. */
  static async open(form: BraidForm): Promise<SelectScene> {
    return new SelectScene(form, await startApiServer());
  }

  async close(): Promise<void> {
    await this.api.stop();
    this.node.dispose();
  }

  /** The pod as the API server has it. */
  pod(annotations: Record<string, string>): void {
    this.api.putPod({ namespace: 'shop', name: 'web', uid: 'u1', annotations });
  }

  /** A definition: `shop/` unless another namespace stands before the name; a text is the config as it stands. */
  define(reference: string, config: object | string | undefined): void {
    const [namespace = '', name = ''] = reference.includes('/') ? reference.split('/') : ['shop', reference];
    const text = typeof config === 'object' ? JSON.stringify(config) : config;
    this.api.putObject(`${DEFINITIONS}/${namespace}/${PLURAL}/${name}`, {
      apiVersion: 'k8s.cni.cncf.io/v1',
      kind: 'NetworkAttachmentDefinition',
      metadata: { namespace, name },
      spec: text === undefined ? {} : { config: text },
    });
  }

  /** A definition of one scripted plugin, with further keys of it. */
  network(reference: string, type: string, keys: object = {}): void {
    this.node.plugin(type);
    this.define(reference, { cniVersion: '1.0.0', type, ...keys });
  }

  /** The Namespace object of the pod. */
  namespace(annotations: Record<string, string>, name = 'shop'): void {
    this.api.putObject(`/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, annotations },
    });
  }

  /** Calls Braid with the kubeconfig and `front` as the default network. */
  call(verb: string, call: Call = {}): Promise<BraidAnswer> {
    const config = { kubeconfig: this.kubeconfig, defaultPlugin: 'front', ...call.config };
    return this.node.call(this.#form, { verb, ...call, config });
  }

  /** An ADD with `k8s.v1.cni.cncf.io/networks`: a text, or a value for its JSON form. */
  add(networks: unknown, call: Call = {}): Promise<BraidAnswer> {
    const text = typeof networks === 'string' ? networks : JSON.stringify(networks);
    return this.call('ADD', { ...call, annotations: { [NETWORKS]: text, ...call.annotations } });
  }

  /** Every request of a call so far, the path cut down to what it is of: `GET definition shop/net1`. */
  requests(): string[] {
    return requestsOfCalls(this.api).map((request) => request.replace(/\/.*/, subject));
  }

  /** Expects that exactly this was asked, in any order, but for what an agent knows already. */
  expectAsked(...expected: readonly string[]): void {
    expectAsked(this.#form, this.requests().toSorted(), expected.toSorted());
  }

  /** The network status as it stands on the pod. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reaches into the document that it expects
  status(): any {
    const annotations = this.api.pod('shop', 'web')?.metadata.annotations;
    return JSON.parse(annotations?.[STATUS] ?? 'null');
  }

  /** What must be empty after a refusal: what ran, what was made, what was recorded. */
  traces(): unknown[] {
    return [...this.node.calls(), ...this.node.made(), ...this.node.records()];
  }
}

function subject(path: string): string {
  return path
    .replace(/^\/apis\/[^/]+\/v1\/namespaces\/([^/]+)\/network-attachment-definitions\//, 'definition $1/')
    .replace(/^\/apis\/[^/]+\/v1\/network-attachment-definitions\?.*/, 'definitions everywhere')
    .replace(/^\/apis\/[^/]+\/v1\/namespaces\/([^/]+)\/(logical|physical)networks\//, '$2 network $1/')
    .replace(/^\/api\/v1\/namespaces\/([^/]+)\/pods\//, 'pod $1/')
    .replace(/^\/api\/v1\/namespaces\//, 'namespace ');
}
