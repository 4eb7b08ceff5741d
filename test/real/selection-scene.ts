/**
 * A node with real networks and, reachable from within, an API server double: what the tests of selecting networks share.
 *
 * The double runs in the test's own process, so that a test can change its objects at any moment; its port is opened in the
 * network namespace of the node by a child that hands the listening socket over and ends.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { type ApiServer, startApiServer } from '../doubles/api-server.ts';
import type { BraidAnswer, BraidCall, BraidForm } from '../harness/braid-call.ts';
import type { NodeSnapshot } from '../harness/node-snapshot.ts';
import type { PodNetns } from '../harness/pod-netns.ts';
import { type Ability, hasRealNetworking } from '../harness/real-requirements.ts';
import { createRealScene, type RealScene } from '../harness/real-scene.ts';
import type { TestNode } from '../harness/test-node.ts';

const project = resolve(import.meta.dirname, '../..');
const node = join(project, 'node_modules/.bin/node');

/** Real networking, and the namespace helper, without which no default route can move. */
export function hasSelectionTools(): Ability {
  const helper = join(project, 'dist/cni/braid-netns');
  const ability = hasRealNetworking();
  if (!ability.ok || existsSync(helper)) return ability;
  return { ok: false, why: `${helper} is missing: install musl-gcc (Debian: musl-tools), then npm run build` };
}

/** The namespace of every pod that says no other. */
const SHOP = 'shop';
const NETWORKS = 'k8s.v1.cni.cncf.io/networks';
const STATUS = 'k8s.v1.cni.cncf.io/network-status';

type Annotations = Readonly<Record<string, string>>;

/** An IPAM part of host-local with these ranges, one set each. */
export function hostLocal(...subnets: readonly string[]): Record<string, unknown> {
  return { type: 'host-local', ranges: subnets.map((subnet) => [{ subnet }]) };
}

/** A bridge without a default route; `more` adds keys and wins. */
export function bridge(name: string, ipam: object, more: object = {}): object {
  return { type: 'bridge', bridge: name, isGateway: true, ipam, ...more };
}

/** Listens on the node's own 127.0.0.1:`port` and forwards to the machine's. The answer ends it. */
async function openPortInNode({ holderPid }: TestNode, port: number): Promise<() => Promise<void>> {
  const listen = `const server = require('node:net').createServer();
    server.listen(${port}, '127.0.0.1', () => process.send('listening', server, () => process.exit()));`;
  const child = spawn('nsenter', ['-t', String(holderPid), '--net', '--', node, '-e', listen], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const server = await new Promise<Server>((taken, failed) => {
    child.once('message', (_text, handle) => taken(handle as Server));
    child.once('error', failed);
    child.once('exit', (code) => failed(new Error(`no port in the node: exit status ${code}`)));
  });
  const sockets = new Set<Socket>();
  server.on('connection', (incoming) => {
    const outgoing = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  return async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  };
}

/** What a call of a pod may say beyond the scene's defaults. */
export interface PodCall {
  readonly form?: BraidForm;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly rest?: Partial<BraidCall>;
}

/** The node, its API server and what tests say of both. Made by `createSelectionScene`. */
export class SelectionScene {
  readonly real: RealScene;
  /** Whose calls the pods get unless they say another. */
  readonly form: BraidForm;
  readonly api: ApiServer;
  readonly kubeconfig: string;
  readonly #closePort: () => Promise<void>;

  constructor(parts: {
    real: RealScene;
    form: BraidForm;
    api: ApiServer;
    kubeconfig: string;
    closePort: () => Promise<void>;
  }) {
    this.real = parts.real;
    this.form = parts.form;
    this.api = parts.api;
    this.kubeconfig = parts.kubeconfig;
    this.#closePort = parts.closePort;
  }

  get node(): TestNode {
    return this.real.node;
  }

  /** Puts a definition; plugins make a list of its name, an object is its configuration, a string its text. */
  define(name: string, config: readonly object[] | object | string | undefined, namespace = SHOP): void {
    const list = Array.isArray(config) ? { cniVersion: '1.0.0', name, plugins: config } : config;
    const text = typeof list === 'string' || list === undefined ? list : JSON.stringify(list);
    this.api.putObject(`/apis/k8s.cni.cncf.io/v1/namespaces/${namespace}/network-attachment-definitions/${name}`, {
      apiVersion: 'k8s.cni.cncf.io/v1',
      kind: 'NetworkAttachmentDefinition',
      metadata: { name, namespace },
      ...(text === undefined ? {} : { spec: { config: text } }),
    });
  }

  /** Puts an object of CNI-Genie's group. */
  genieObject(plural: 'logicalnetworks' | 'physicalnetworks', name: string, spec: object): void {
    this.api.putObject(`/apis/alpha.network.k8s.io/v1/namespaces/${SHOP}/${plural}/${name}`, {
      apiVersion: 'alpha.network.k8s.io/v1',
      kind: plural === 'logicalnetworks' ? 'LogicalNetwork' : 'PhysicalNetwork',
      metadata: { name, namespace: SHOP },
      spec,
    });
  }

  /** Adds a plugin that is a shell script; it has the CNI variables, and the reference plugins beside it, in `$HERE`. */
  shellPlugin(type: string, script: string): void {
    const file = join(this.real.braid.binDir, type);
    writeFileSync(file, `#!/bin/sh\nset -eu\nHERE="$(dirname "$0")"\n${script}\n`);
    chmodSync(file, 0o755);
  }

  /** A pod with a namespace on the node and an object on the API server; an array is its JSON list of networks. */
  async pod(
    asked: Annotations | readonly object[] | string,
    { name = 'web', namespace = SHOP } = {},
  ): Promise<TestPod> {
    const annotations = Array.isArray(asked)
      ? { [NETWORKS]: JSON.stringify(asked) }
      : typeof asked === 'string'
        ? { [NETWORKS]: asked }
        : (asked as Annotations);
    const netns = await this.real.pod(name);
    this.api.putPod({ namespace, name, uid: `uid-${name}`, annotations });
    return new TestPod(this, { netns, name, namespace, before: await this.node.snapshot() });
  }

  async dispose(): Promise<void> {
    await this.#closePort();
    await this.api.stop().catch(() => undefined);
    await this.real.dispose();
  }
}

/** A pod of a scene, called as kubelet's runtime does: without annotations, which the API server has. */
export class TestPod {
  readonly netns: PodNetns;
  readonly name: string;
  readonly namespace: string;
  /** The result of the last ADD that succeeded. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reaches into the document that it expects
  result: any;
  readonly #scene: SelectionScene;
  readonly #before: NodeSnapshot;

  constructor(
    scene: SelectionScene,
    parts: { netns: PodNetns; name: string; namespace: string; before: NodeSnapshot },
  ) {
    this.#scene = scene;
    this.netns = parts.netns;
    this.name = parts.name;
    this.namespace = parts.namespace;
    this.#before = parts.before;
  }

  async add(call: PodCall = {}): Promise<BraidAnswer> {
    const answer = await this.#call('ADD', call);
    if (answer.code === 0) this.result = answer.json;
    return answer;
  }

  /** ADD, which has to succeed. */
  async up(call: PodCall = {}): Promise<BraidAnswer> {
    const answer = await this.add(call);
    expect(answer.code, answer.stdout).toBe(0);
    return answer;
  }

  /** ADD, which has to fail; answers its error, once nothing of it is left. */
  async refused(call: PodCall = {}): Promise<{ code: number; msg: string; details?: string }> {
    const answer = await this.add(call);
    expect(answer.code, answer.stdout).toBe(1);
    await this.expectNothing();
    return answer.json;
  }

  check(call: PodCall = {}): Promise<BraidAnswer> {
    return this.#call('CHECK', { ...call, config: { prevResult: this.result, ...call.config } });
  }

  del(call: PodCall = {}): Promise<BraidAnswer> {
    return this.#call('DEL', call);
  }

  /** DEL, which has to succeed and to leave nothing on the node. */
  async down(call: PodCall = {}): Promise<void> {
    expect(await this.del(call)).toMatchObject({ code: 0, stdout: '' });
    await this.expectNothing();
  }

  async expectNothing(): Promise<void> {
    expect((await this.netns.links()).map((link) => link.name)).toEqual(['lo']);
    expect(this.#scene.real.braid.records()).toEqual([]);
    expect(await this.#scene.node.leftSince(this.#before)).toEqual([]);
  }

  /** The default routes of the namespace, IPv4 before IPv6, as `via GATEWAY dev DEV`. */
  async defaults(): Promise<string[]> {
    const routes = (await this.netns.routes()).filter((route) => route.dst === 'default');
    return routes.map(({ gateway, dev }) => `via ${gateway} dev ${dev}`);
  }

  /** The network-status annotation. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reaches into the document that it expects
  status(): any {
    const text = this.#scene.api.pod(this.namespace, this.name)?.metadata.annotations?.[STATUS];
    return text === undefined ? undefined : JSON.parse(text);
  }

  async exec(...argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.netns.exec(argv);
    expect(code, `${argv.join(' ')}: ${stderr}`).toBe(0);
    return stdout;
  }

  #call(verb: string, { form = this.#scene.form, config, rest }: PodCall): Promise<BraidAnswer> {
    const { kubeconfig, real } = this.#scene;
    return real.braid.call(form, {
      verb,
      containerId: `id-${this.name}`,
      netns: this.netns.path,
      args: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${this.namespace};K8S_POD_NAME=${this.name};K8S_POD_UID=uid-${this.name}`,
      ...rest,
      config: { kubeconfig, defaultPlugin: 'front', ...config },
    });
  }
}

/** Makes the scene: the networks of `createRealScene`, and an API server without objects. */
export async function createSelectionScene(name: string, form: BraidForm): Promise<SelectionScene> {
  const real = await createRealScene(name, form);
  const api = await startApiServer();
  const kubeconfig = api.writeKubeconfig(join(real.braid.dir, 'kube'), { auth: 'token' });
  return new SelectionScene({ real, form, api, kubeconfig, closePort: await openPortInNode(real.node, api.port) });
}
