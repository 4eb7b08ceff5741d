/** A node whose calls go through the launcher, and what the tests of the agent's faults look at. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type ApiServer, startApiServer } from '../doubles/api-server.ts';
import { type BraidAnswer, type BraidCall, BraidNode, type RunCommand } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { runToEnd } from '../harness/run-child.ts';
import { RunningAgent } from '../harness/running-agent.ts';
import { script } from '../samples/scratch.ts';

export const LAUNCHER: readonly string[] = [resolve(import.meta.dirname, '../../dist/cni/braid')];
/** Longer than any answer may take: an agent that stops gives calls 25 s, a launcher an agent that is silent 15 s. */
const BOUND_MS = 40_000;

/** A node with the networks `front` and `storage`, of scripted plugins `bridge` and `ptp`. */
export class AgentScene {
  readonly node = new BraidNode({ run: (argv, options) => this.#run(argv, options) });
  readonly socketPath = join(this.node.dir, 'agent.sock');
  readonly conf = join(this.node.dir, 'braid.conflist');

  /** Keys of the configuration that calls bring along. */
  config: Readonly<Record<string, unknown>> = {};
  #launcher: ChildProcess | undefined;
  #api: ApiServer | undefined;
  /** Beside what all calls have; with an API server the pod's annotations are there. */
  #usual: Partial<BraidCall> = { annotations: { cni: 'front,storage' } };

  constructor() {
    onTestFinished(() => this.node.dispose());
    this.node.network('front', ['bridge']);
    this.node.network('storage', ['ptp']);
  }

  /**
   * Starts an API server with the pod `shop/web` of node-1, which asks for the definition `shop/extra` of plugin `ptp`;
   * calls and `--conf` name its kubeconfig.
   */
  async withApi(): Promise<ApiServer> {
    const api = await startApiServer();
    this.#api = api;
    onTestFinished(() => api.stop());
    this.config = { kubeconfig: api.writeKubeconfig(this.node.dir, { auth: 'tokenFile' }), apiTimeoutMs: 2000 };
    this.#usual = { config: this.config };
    const plugin = { type: 'braid', stateDir: this.node.stateDir, ...this.config };
    writeFileSync(this.conf, JSON.stringify({ cniVersion: '1.0.0', name: 'braid', plugins: [plugin] }));
    putExtra(api, 'ptp');
    putPod(api, 'u1');
    return api;
  }

  /** An agent that has listed everything and watches it. */
  async startReadyAgent(): Promise<RunningAgent> {
    const agent = await this.startAgent(['--conf', this.conf, '--node', 'node-1']);
    const isReady = async () =>
      ((await agent.ask('/readyz')).status === 200 && this.#api?.watches.size === 2) || undefined;
    await pollUntil(isReady, { withinMs: 20_000, what: 'lists and watches' });
    return agent;
  }

  /** A network `gate`, of a plugin of the same name: its ADDs end when the returned function is called, not before. */
  gate(): () => void {
    const { binDir, dir } = this.node;
    this.node.conf('10-gate.conflist', { cniVersion: '1.0.0', name: 'gate', plugins: [{ type: 'gate' }] });
    mkdirSync(join(dir, 'begun'));
    script(
      binDir,
      'gate',
      '[ "$CNI_COMMAND" = ADD ] || exit 0',
      `: > ${dir}/begun/$CNI_CONTAINERID`,
      `while [ -d ${dir}/begun ] && [ ! -e ${dir}/open ]; do sleep 0.1; done`,
      `echo '{"cniVersion":"1.0.0","ips":[]}'`,
    );
    return () => writeFileSync(join(dir, 'open'), '');
  }

  /** Waits until the ADDs of so many containers stand at the gate, and gives these. */
  atGate(count: number): Promise<string[]> {
    const probe = () => {
      const begun = readdirSync(join(this.node.dir, 'begun'));
      return begun.length >= count ? begun : undefined;
    };
    return pollUntil(probe, { withinMs: 30_000, what: `${count} calls at the gate` });
  }

  /** Starts an agent on `socketPath`. */
  startAgent(options: readonly string[] = [], env?: Readonly<Record<string, string>>): Promise<RunningAgent> {
    return RunningAgent.start({ dir: this.node.dir, options, ...(env && { env }) });
  }

  /** Calls the launcher, which looks for its agent at `socketPath`; the answer must come in bounded time. */
  async call(verb: string, call: Partial<BraidCall> = {}, command = LAUNCHER): Promise<BraidAnswer> {
    const began = performance.now();
    const env = { BRAID_AGENT_SOCKET: this.socketPath, ...call.env };
    const answer = await this.node.call({ name: 'launcher', command }, { verb, ...this.#usual, ...call, env });
    expect(performance.now() - began).toBeLessThan(BOUND_MS);
    return answer;
  }

  /** A signal for the launcher that was called last. */
  signalLauncher(signal: NodeJS.Signals): void {
    if (!this.#launcher?.kill(signal)) throw new Error('no launcher runs');
  }

  /** SIGKILL for it; resolves when it is gone. */
  async killLauncher(): Promise<void> {
    this.signalLauncher('SIGKILL');
    if (this.#launcher) await once(this.#launcher, 'exit');
  }

  /** A DEL that succeeds, after which nothing is left of any container: no attachment, record, or delegate. */
  async delLeavesNothing(call: Partial<BraidCall> = {}): Promise<void> {
    expect(await this.call('DEL', call)).toMatchObject({ code: 0, stdout: '' });
    expect({ made: this.node.made(), records: this.node.records(), delegates: this.delegates() }).toEqual({
      made: [],
      records: [],
      delegates: [],
    });
  }

  #run(argv: readonly string[], { stdin, env, timeoutMs }: Parameters<RunCommand>[1]): ReturnType<RunCommand> {
    const [file = '', ...args] = argv;
    const child = spawn(file, args, { env });
    this.#launcher = child;
    return runToEnd(child, { stdin, timeoutMs, kill: () => void child.kill('SIGKILL') });
  }

  /** Process ids of delegates that run. */
  delegates(): number[] {
    const all = this.node.calls().map(({ pid }) => pid);
    return all.filter((pid) => commandOf(pid).includes(this.node.binDir));
  }
}

/** Makes the definition `shop/extra`, or changes it. */
export function putExtra(api: ApiServer, type: string): void {
  api.putObject('/apis/k8s.cni.cncf.io/v1/namespaces/shop/network-attachment-definitions/extra', {
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: { namespace: 'shop', name: 'extra' },
    spec: { config: JSON.stringify({ cniVersion: '1.0.0', type }) },
  });
}

/** Makes the pod `shop/web`, or another one in its place; it asks for `extra` unless told. */
export function putPod(api: ApiServer, uid: string, networks = 'extra', name = 'web'): void {
  const annotations = { 'k8s.v1.cni.cncf.io/networks': networks };
  api.putPod({ namespace: 'shop', name, uid, annotations, spec: { nodeName: 'node-1', containers: [] } });
}

/** Empty for a process that is not there, or a zombie. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Whether the launcher can be built here; without it there is nothing to test. */
export function hasLauncher() {
  const [file = ''] = LAUNCHER;
  return existsSync(file)
    ? ({ ok: true } as const)
    : ({ ok: false, why: `${file} is missing: it needs musl-gcc` } as const);
}
