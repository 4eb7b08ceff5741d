/**
 * A pretend Kubernetes node for tests: real kernel networking, nothing of it on the machine.
 *
 * Own network, mount, PID and UTS namespaces; own /run (with /run/netns, /run/lock, the xtables lock), /var/lib/cni,
 * /sys and /proc; loopback up. Bridges, veths, rules, leases and abstract sockets stay inside, so several nodes and
 * several test runs can go at once. The rest of the file system is the machine's. All ends with `dispose`, or when the
 * test process ends in any way (see node-holder.ts). Linux and root only: ask `hasRealNetworking` first.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecOptions, killGroupInNode, spawnInNode } from './enter-node.ts';
import { leftovers } from './leftovers.ts';
import { type NodeHolder, startHolder } from './node-holder.ts';
import { listProcesses, type NodeProcess, type NodeSnapshot, takeSnapshot } from './node-snapshot.ts';
import { PodNetns } from './pod-netns.ts';
import { type RunResult, runToEnd } from './run-child.ts';

/**
 * Makes a node. `name` becomes its host name; nodes of the same name do not disturb each other.
 * Throws: an Error with the reason when the machine cannot do it.
 */
export async function createTestNode(name: string): Promise<TestNode> {
  const dir = mkdtempSync(join(tmpdir(), `braid-${name}-`));
  const cgroup = `braid-test-${randomUUID().slice(0, 8)}`;
  return new TestNode({ name, dir, cgroup, holder: await startHolder({ hostname: name, dir, cgroup }) });
}

/** See the head of this file. Made by `createTestNode`. */
export class TestNode {
  readonly name: string;
  /** A temporary folder on the machine, at the same path inside the node. */
  readonly dir: string;
  /** Name, without slash, of the control group below which a runtime should put its pods: it goes with the node. */
  readonly cgroup: string;
  /** Process 1 of the node, as the machine numbers it. */
  readonly holderPid: number;
  readonly #holder: NodeHolder;

  constructor(parts: { name: string; dir: string; cgroup: string; holder: NodeHolder }) {
    this.name = parts.name;
    this.dir = parts.dir;
    this.cgroup = parts.cgroup;
    this.holderPid = parts.holder.pid;
    this.#holder = parts.holder;
  }

  /** Runs a program in the node (working folder: /) and resolves when it has ended, whatever its exit code. */
  exec(argv: readonly string[], options: ExecOptions = {}): Promise<RunResult> {
    const child = this.spawn(argv, options);
    const { stdin, timeoutMs } = options;
    return runToEnd(child, { stdin, timeoutMs, kill: () => this.killGroup(child) });
  }

  /**
   * Starts a program in the node, for tests that kill it: `kill` and the exit event of the child are the program's,
   * `pid` is not. The program leads a process group of its own, see `killGroup`.
   */
  spawn(argv: readonly string[], { env }: Pick<ExecOptions, 'env'> = {}): ChildProcessWithoutNullStreams {
    return spawnInNode(this.holderPid, argv, env);
  }

  /** Sends a signal to a program that `spawn` started and to its whole process group. */
  killGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals = 'SIGKILL'): boolean {
    return killGroupInNode(child, signal);
  }

  /** Makes a network namespace for a pod, as a runtime does before ADD. */
  async createPodNetns(name: string): Promise<PodNetns> {
    const result = await this.exec(['ip', 'netns', 'add', name]);
    if (result.code !== 0) throw new Error(`ip netns add ${name}: ${result.stderr}`);
    return new PodNetns(name, { holderPid: this.holderPid, exec: (argv, options) => this.exec(argv, options) });
  }

  /** The processes in the node, without its holder. */
  processes(): Promise<NodeProcess[]> {
    return listProcesses(this.#holder);
  }

  /** What is on the node now that could be left behind. */
  snapshot(): Promise<NodeSnapshot> {
    return takeSnapshot({ exec: (argv) => this.exec(argv), holder: this.#holder, cgroup: this.cgroup });
  }

  /**
   * What is left over since `before`, as readable lines; `expect(await node.leftSince(before)).toEqual([])`. Looks
   * again for up to `withinMs`, since the kernel ends processes and namespaces in the background.
   */
  async leftSince(before: NodeSnapshot, { withinMs = 2000 } = {}): Promise<string[]> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const left = leftovers(before, await this.snapshot());
      if (left.length === 0 || performance.now() >= deadline) return left;
    }
  }

  /** Kills all that runs in the node and clears everything away, the folder too. Idempotent. */
  dispose(): Promise<void> {
    return this.#holder.stop();
  }
}
