/**
 * A real containerd inside a test node, with its own root, state and socket, driven as kubelet drives it.
 *
 * Its data lies in memory (the node's /run), its socket and configuration in the node's folder, its pods in the node's
 * control group. Whatever `dispose` of this class should miss ends with the node.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { containerdConfig } from './containerd-config.ts';
import { CriClient } from './cri-client.ts';
import { pauseImageName, writePauseImage } from './pause-image.ts';
import { type PodSpec, type PodStatus, parsePodStatus, sandboxConfig } from './pod-sandbox.ts';
import { pollUntil } from './poll-until.ts';
import { collect } from './run-child.ts';
import type { TestNode } from './test-node.ts';

/** The CNI folders, full paths inside the node; `env` replaces containerd's and so its plugins' environment but PATH. */
export type ContainerdOptions = {
  readonly confDir: string;
  readonly binDir: string;
  readonly env?: Readonly<Record<string, string>>;
};

const startMs = 30_000;

/**
 * Starts containerd in `node` and waits until it answers and has the sandbox image; not until the network is ready.
 * Throws: an Error with containerd's log when it does not come up. Ask `hasRealContainerd` first.
 */
export async function startContainerd(node: TestNode, options: ContainerdOptions): Promise<Containerd> {
  const dir = await mkdtemp(join(node.dir, 'containerd-'));
  const data = `/run/${dir.slice(dir.lastIndexOf('/') + 1)}`;
  const socket = join(dir, 'containerd.sock');
  const { stdout: runc } = await node.exec(['sh', '-c', 'command -v runc']);
  const { confDir, binDir } = options;
  const paths = { root: `${data}/root`, state: `${data}/state`, socket, runc: runc.trim(), confDir, binDir };
  const configFile = join(dir, 'config.toml');
  await writeFile(configFile, containerdConfig(paths));
  const child = node.spawn(['containerd', '--config', configFile], { env: options.env ?? {} });
  const containerd = new Containerd({ node, child, socket, dataDir: data });
  try {
    await containerd.waitAnswering();
    await containerd.importImage(join(dir, 'pause.tar'));
  } catch (error) {
    await containerd.kill();
    throw new Error(`containerd did not come up: ${String(error)}\n${containerd.log()}`, { cause: error });
  }
  return containerd;
}

const conditionsSchema = z.object({
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.boolean(), message: z.string() })) }),
});
const infoSchema = z.object({ info: z.object({ cniconfig: z.string() }) });
const sandboxesSchema = z.object({ items: z.array(z.object({ id: z.string() })) });

/** See the head of this file. Made by `startContainerd`. */
export class Containerd {
  readonly socket: string;
  readonly #node: TestNode;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #dataDir: string;
  readonly #exited: Promise<unknown>;
  readonly #stderr: () => string;
  readonly #cri: CriClient;
  #killing: Promise<void> | undefined;

  constructor(parts: { node: TestNode; child: ChildProcessWithoutNullStreams; socket: string; dataDir: string }) {
    this.#node = parts.node;
    this.#child = parts.child;
    this.#dataDir = parts.dataDir;
    this.socket = parts.socket;
    this.#exited = once(parts.child, 'exit');
    this.#stderr = collect(parts.child.stderr);
    parts.child.stdout.resume();
    this.#cri = new CriClient(parts.socket);
  }

  /** containerd's stderr so far. */
  log(): string {
    return this.#stderr();
  }

  /** Waits until the runtime answers at all. Throws: an Error when it has ended, or not answered in time. */
  async waitAnswering(): Promise<void> {
    await pollUntil(
      async () => {
        if (this.#hasEnded()) throw new Error(`containerd ended with code ${this.#child.exitCode}`);
        return this.#cri.call('Version', {}, { timeoutMs: 1000 }).catch(() => undefined);
      },
      { withinMs: startMs, what: 'containerd to answer' },
    );
  }

  /** Builds the sandbox image in `archive`, imports it, and waits until the pod side of containerd has seen it. */
  async importImage(archive: string): Promise<void> {
    await writePauseImage(archive);
    const ctr = [
      'ctr',
      '--address',
      this.socket,
      '--namespace',
      'k8s.io',
      'images',
      'import',
      '--snapshotter',
      'native',
      archive,
    ];
    const imported = await this.#node.exec(ctr);
    if (imported.code !== 0) throw new Error(`ctr images import: ${imported.stderr}`);
    const seen = async (): Promise<true | undefined> => {
      const answer = await this.#cri.call(
        'ImageStatus',
        { image: { image: pauseImageName } },
        { service: 'ImageService' },
      );
      return z.object({ image: z.nullish(z.object({ id: z.string() })) }).parse(answer).image ? true : undefined;
    };
    await pollUntil(seen, { withinMs: startMs, what: `${pauseImageName} to be known` });
  }

  /** Waits until the node would be Ready: containerd has read a CNI configuration. Throws: an Error with its reason. */
  async waitReady(withinMs = startMs): Promise<void> {
    let unmet = '';
    const ready = async (): Promise<true | undefined> => {
      const { status } = conditionsSchema.parse(await this.#cri.call('Status', {}));
      unmet = status.conditions
        .filter((each) => !each.status)
        .map((each) => `${each.type}: ${each.message}`)
        .join('; ');
      return unmet === '' ? true : undefined;
    };
    await pollUntil(ready, { withinMs, what: 'containerd to be ready' }).catch((error: unknown) => {
      throw new Error(`${String(error)} (${unmet})\n${this.log()}`, { cause: error });
    });
  }

  /** Waits until containerd has read a CNI configuration of exactly this text, which takes a moment after it was written. */
  async waitConfigured(text: string, withinMs = startMs): Promise<void> {
    const configured = async (): Promise<true | undefined> => {
      const { info } = infoSchema.parse(await this.#cri.call('Status', { verbose: true }));
      return info.cniconfig.includes(JSON.stringify(text)) ? true : undefined;
    };
    await pollUntil(configured, { withinMs, what: 'containerd to read its CNI configuration' });
  }

  /** Runs a pod; resolves with its sandbox id when the network is up. Throws: the runtime's error, of the plugin too. */
  async runPod(pod: PodSpec, { timeoutMs = 60_000 } = {}): Promise<string> {
    const config = sandboxConfig({ ...pod, uid: pod.uid ?? randomUUID() }, this.#node.cgroup);
    const answer = await this.#cri.call('RunPodSandbox', { config }, { timeoutMs });
    return z.object({ podSandboxId: z.string().min(1) }).parse(answer).podSandboxId;
  }

  /** What the runtime says about a pod, with the details it gives when asked to be verbose. */
  async podStatus(id: string): Promise<PodStatus> {
    return parsePodStatus(await this.#cri.call('PodSandboxStatus', { podSandboxId: id, verbose: true }));
  }

  /** The ids of all pods, stopped ones too. */
  async listPods(): Promise<string[]> {
    return sandboxesSchema.parse(await this.#cri.call('ListPodSandbox', {})).items.map((each) => each.id);
  }

  /** Stops a pod: the network goes (DEL), then its process. Throws: the runtime's error. */
  async stopPod(id: string, { timeoutMs = 60_000 } = {}): Promise<void> {
    await this.#cri.call('StopPodSandbox', { podSandboxId: id }, { timeoutMs });
  }

  /** Removes a pod, stopping it first if need be. Throws: the runtime's error. */
  async removePod(id: string, { timeoutMs = 60_000 } = {}): Promise<void> {
    await this.#cri.call('RemovePodSandbox', { podSandboxId: id }, { timeoutMs });
  }

  /**
   * Removes all pods, then ends containerd and whatever of it still runs or is mounted. Idempotent.
   * Throws: an Error naming the pods that could not be removed, after all else is done: their networks may be left.
   */
  async dispose(): Promise<void> {
    const failed: string[] = [];
    if (!this.#hasEnded()) {
      for (const id of await this.listPods().catch(() => [])) {
        await this.removePod(id, { timeoutMs: 15_000 }).catch((error: unknown) =>
          failed.push(`${id}: ${String(error)}`),
        );
      }
    }
    await this.kill();
    if (failed.length > 0) throw new Error(`pods that could not be removed:\n${failed.join('\n')}\n${this.log()}`);
  }

  /** Ends containerd, its shims and its pods' processes by force and takes their mounts away; runs no plugin. Idempotent. */
  kill(): Promise<void> {
    this.#killing ??= this.#killAll();
    return this.#killing;
  }

  async #killAll(): Promise<void> {
    this.#cri.close();
    if (!this.#hasEnded()) this.#child.kill('SIGKILL');
    await this.#exited;
    await pollUntil(async () => ((await this.#killRemains()) === 0 ? true : undefined), {
      withinMs: 10_000,
      what: 'the processes of containerd to end',
    });
    const mounts = (await this.#node.snapshot()).mountPoints.filter((path) => path.startsWith(this.#dataDir));
    if (mounts.length > 0) await this.#node.exec(['umount', '--lazy', ...mounts]);
  }

  async #killRemains(): Promise<number> {
    const isOurs = (each: { command: string; groups: string }): boolean =>
      each.command.includes(this.socket) || each.groups.includes(`/${this.#node.cgroup}/`);
    const remaining = (await this.#node.processes()).filter(isOurs);
    if (remaining.length > 0)
      await this.#node.exec(['sh', '-c', 'kill -KILL "$@"', 'sh', ...remaining.map((each) => String(each.pid))]);
    return remaining.length;
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
