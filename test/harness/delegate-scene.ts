/** A test node for one network of a delegate at a time: pods that have it, the network outside, and what they show of it. */
import { expect } from 'vitest';
import type { BraidAnswer, BraidForm } from './braid-call.ts';
import type { NodeSnapshot } from './node-snapshot.ts';
import type { PodNetns } from './pod-netns.ts';
import { createRealScene, type RealScene } from './real-scene.ts';
import type { RunResult } from './run-child.ts';
import type { TestNode } from './test-node.ts';

/** The neighbour of a node, and the node itself, on the link between them. */
export const OUTSIDE = { address: '192.0.2.2', node: '192.0.2.1' } as const;

/** The result of a program that had to succeed. Throws: vitest's error with what it said. */
function succeeded(result: RunResult, what: string): string {
  expect(result.code, `${what}: ${result.stdout}${result.stderr}`).toBe(0);
  return result.stdout;
}

/** Made by `createDelegateScene`. */
export class DelegateScene {
  readonly real: RealScene;
  readonly form: BraidForm;

  constructor(real: RealScene, form: BraidForm) {
    this.real = real;
    this.form = form;
  }

  get node(): TestNode {
    return this.real.node;
  }

  /** Writes a network of these plugins. */
  network(name: string, ...plugins: readonly object[]): void {
    this.real.braid.conf(`40-${name}.conflist`, { cniVersion: '1.0.0', name, plugins });
  }

  /** Runs a program on the node, which has to succeed; answers what it printed. */
  async exec(...argv: readonly string[]): Promise<string> {
    return succeeded(await this.node.exec(argv), argv.join(' '));
  }

  /** Puts the far end of the node's `uplink` into a namespace of its own, the pod's way out: see OUTSIDE. */
  async outside(): Promise<PodNetns> {
    const outside = await this.node.createPodNetns('outside');
    await this.exec('ip', 'link', 'set', 'uplink-peer', 'netns', 'outside');
    await this.exec('ip', 'address', 'add', `${OUTSIDE.node}/24`, 'dev', 'uplink');
    await this.exec('ip', '-n', 'outside', 'address', 'add', `${OUTSIDE.address}/24`, 'dev', 'uplink-peer');
    await this.exec('ip', '-n', 'outside', 'link', 'set', 'uplink-peer', 'up');
    await this.exec('ip', '-n', 'outside', 'route', 'add', 'default', 'via', OUTSIDE.node);
    return outside;
  }

  /** A pod whose annotation asks for `networks`. What is on the node now is not left behind by it. */
  async pod(name: string, networks: string): Promise<DelegatePod> {
    const netns = await this.real.pod(name);
    return new DelegatePod(this, { netns, networks, before: await this.node.snapshot() });
  }

  dispose(): Promise<void> {
    return this.real.dispose();
  }
}

/** A pod and its calls. */
export class DelegatePod {
  readonly netns: PodNetns;
  /** The result of the last ADD that succeeded. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reaches into the document that it expects
  result: any;
  readonly #scene: DelegateScene;
  readonly #networks: string;
  readonly #before: NodeSnapshot;

  constructor(scene: DelegateScene, parts: { netns: PodNetns; networks: string; before: NodeSnapshot }) {
    this.#scene = scene;
    this.netns = parts.netns;
    this.#networks = parts.networks;
    this.#before = parts.before;
  }

  async add(runtimeConfig: object = {}): Promise<BraidAnswer> {
    const annotations = { 'io.kubernetes.cri.pod-annotations': { cni: this.#networks } };
    const answer = await this.#call('ADD', { runtimeConfig: { ...annotations, ...runtimeConfig } });
    if (answer.code === 0) this.result = answer.json;
    return answer;
  }

  /** ADD, which has to succeed. `runtimeConfig` is what the runtime gives for capabilities. */
  async up(runtimeConfig: object = {}): Promise<void> {
    succeeded(await this.add(runtimeConfig), 'ADD');
  }

  /** ADD, which has to fail; answers its error, once nothing of it is left. */
  async refused(): Promise<{ code: number; msg: string; details?: string }> {
    const answer = await this.add();
    expect(answer.code, answer.stdout).toBe(1);
    await this.#expectNothing();
    return answer.json;
  }

  /** The message of CHECK's error; empty where all is as ADD left it. */
  async check(): Promise<string> {
    const { code, stdout, json } = await this.#call('CHECK', { prevResult: this.result });
    if (code === 0) expect(stdout).toBe('');
    return code === 0 ? '' : json.msg;
  }

  /** DEL, which has to succeed. */
  async del(): Promise<void> {
    expect(await this.#call('DEL')).toMatchObject({ code: 0, stdout: '' });
  }

  /** DEL, which has to leave nothing on the node; where there are several pods, of the one made last, as the last. */
  async down(): Promise<void> {
    await this.del();
    await this.#expectNothing();
  }

  /** DEL after the pod's namespace has gone, as after a crash; it has to leave nothing on the node. */
  async lost(): Promise<void> {
    await this.netns.remove();
    await this.del();
    await this.#expectNothingOnNode();
  }

  async #expectNothing(): Promise<void> {
    expect((await this.netns.links()).map((link) => link.name)).toEqual(['lo']);
    await this.#expectNothingOnNode();
  }

  async #expectNothingOnNode(): Promise<void> {
    expect(this.#scene.real.braid.records()).toEqual([]);
    expect(await this.#scene.node.leftSince(this.#before)).toEqual([]);
  }

  /** Runs a program in the pod, which has to succeed; answers what it printed. */
  async exec(...argv: readonly string[]): Promise<string> {
    return succeeded(await this.netns.exec(argv), argv.join(' '));
  }

  /** Whether `address` answers; `from`: the interface or address to ask from. */
  async reaches(address: string, { from, withinS = 3 }: { from?: string; withinS?: number } = {}): Promise<boolean> {
    const source = from === undefined ? [] : ['-I', from];
    // The first packet may get lost while a link comes up; the answer to any of them will do.
    const limits = ['-c', '1', '-w', String(withinS), '-i', '0.2'];
    const { code } = await this.netns.exec(['ping', '-q', ...limits, ...source, address]);
    return code === 0;
  }

  #call(verb: string, config: Readonly<Record<string, unknown>> = {}): Promise<BraidAnswer> {
    const { real, form } = this.#scene;
    const { name, path } = this.netns;
    return real.braid.call(form, { verb, containerId: name, netns: path, config });
  }
}

/** Makes a node with the networks of `createRealScene`; `front` is a bridge with the default route. */
export async function createDelegateScene(name: string, form: BraidForm): Promise<DelegateScene> {
  return new DelegateScene(await createRealScene(name, form), form);
}
