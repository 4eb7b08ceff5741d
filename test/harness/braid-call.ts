/** Calling the built Braid as a container runtime does: environment, stdin, and what comes back, for every form of it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LAUNCHER_COMMAND, SERVING_AGENT, type ServingAgent, startFormAgent } from './form-agent.ts';
import { type RunResult, runToEnd } from './run-child.ts';
import { linkScriptedDelegate } from './scripted-delegate.ts';

const project = resolve(import.meta.dirname, '../..');
const node = join(project, 'node_modules/.bin/node');

/** A form in which Braid is delivered, and the command that runs it. */
export interface BraidForm {
  readonly name: string;
  readonly command: readonly string[];
  /** What stays when a call has ended. */
  readonly agent?: ServingAgent;
}

/** One file that does everything by itself. */
export const COMPILED: BraidForm = { name: 'compiled', command: [join(project, 'dist/cni/braid-standalone')] };
/** The same for a Node that is there already. */
export const ON_NODE: BraidForm = { name: 'on Node', command: [node, join(project, 'dist/braid.mjs')] };
/** The launcher; its agent is started by `prepareForms`, or with a node by `createRealScene`. */
export const WITH_AGENT: BraidForm = { name: 'served by an agent', command: LAUNCHER_COMMAND, agent: SERVING_AGENT };

/** The launcher needs musl-gcc; where everything is required, so is that. */
const hasLauncher = existsSync(join(project, 'dist/cni/braid')) || process.env['BRAID_REQUIRE_REAL'] === '1';

/** Those that do everything by themselves. */
export const STANDALONE_FORMS: readonly BraidForm[] = [COMPILED, ON_NODE];

/** Every form that `npm run build` makes. */
export const BRAID_FORMS: readonly BraidForm[] = [...STANDALONE_FORMS, ...(hasLauncher ? [WITH_AGENT] : [])];

/** Fails with the remedy where the build is missing, rather than in every test. */
export function requireBuild(): void {
  const files = ['cni/braid-standalone', 'braid.mjs', ...(hasLauncher ? ['cni/braid'] : [])];
  for (const file of files) {
    if (!existsSync(join(project, 'dist', file))) throw new Error(`dist/${file} is missing: run npm run build first`);
  }
}

/** For `beforeAll` of a file whose tests call every form: what they need; the answer takes it away and judges it. */
export async function prepareForms(): Promise<() => Promise<void>> {
  requireBuild();
  const agent = hasLauncher ? await startFormAgent() : undefined;
  return async () => agent?.stop();
}

/** One CNI call. Members left out have the values of an ordinary pod. */
export interface BraidCall {
  readonly verb: string;
  readonly containerId?: string;
  readonly ifName?: string;
  readonly netns?: string;
  readonly args?: string;
  readonly cniPath?: string;
  readonly cniVersion?: string;
  /** The pod's annotations, handed over as containerd does; absent: not handed over. */
  readonly annotations?: Readonly<Record<string, unknown>>;
  /** Further keys of the configuration; they win. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Replaces the whole configuration. */
  readonly stdin?: string;
  /** Further variables; they win. An empty string unsets. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What came back: exit code, both streams, and stdout as JSON where it is one. */
export interface BraidAnswer extends RunResult {
  // biome-ignore lint/suspicious/noExplicitAny: a test reaches into the document that it expects
  readonly json: any;
}

/** A call that a scripted delegate wrote down. */
export interface DelegateRecord {
  readonly plugin: string;
  readonly verb: string;
  readonly env: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: a test reaches into the configuration that it expects
  readonly stdin: any;
  readonly pid: number;
}

/** How a call is run: here, or inside a test node. */
export type RunCommand = (
  argv: readonly string[],
  options: { stdin: string; env: Record<string, string>; timeoutMs: number },
) => Promise<RunResult>;

/** A node's files for one test: configuration folder, plugin folder, state folder. */
export class BraidNode {
  readonly dir: string;
  readonly confDir: string;
  readonly binDir: string;
  readonly stateDir: string;
  readonly #run: RunCommand;

  constructor(options: { dir?: string; run?: RunCommand } = {}) {
    this.dir = options.dir ?? mkdtempSync(join(tmpdir(), 'braid-wire-'));
    this.#run = options.run ?? runHere;
    this.confDir = join(this.dir, 'net.d');
    this.binDir = join(this.dir, 'bin');
    this.stateDir = join(this.dir, 'state');
    for (const folder of [this.confDir, this.binDir]) mkdirSync(folder, { recursive: true });
  }

  /** Writes a configuration file. */
  conf(file: string, content: unknown): void {
    writeFileSync(join(this.confDir, file), typeof content === 'string' ? content : JSON.stringify(content));
  }

  /** A network of scripted plugins: their types in the chain's order; `plugin` adds keys to the first. */
  network(name: string, types: readonly string[], options: { list?: object; plugin?: object } = {}): void {
    for (const type of types) this.plugin(type);
    const plugins = types.map((type, index) => ({ type, ...(index === 0 ? options.plugin : {}) }));
    this.conf(`10-${name}.conflist`, { cniVersion: '1.0.0', name, ...options.list, plugins });
  }

  /** Makes a scripted plugin; `answers` by verb as in scripted-delegate.mjs. */
  plugin(type: string, answers?: object): void {
    if (!existsSync(join(this.binDir, type))) linkScriptedDelegate(this.binDir, type);
    if (answers) writeFileSync(join(this.binDir, `${type}.script.json`), JSON.stringify(answers));
  }

  /** What the scripted plugins were called with, in order. */
  calls(): DelegateRecord[] {
    const file = join(this.binDir, 'calls.jsonl');
    if (!existsSync(file)) return [];
    // The first line may be just about to be written.
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line));
  }

  /** The calls as `VERB plugin interface`. */
  story(): string[] {
    return this.calls().map(({ verb, plugin, env }) => `${verb} ${plugin} ${env['CNI_IFNAME']}`);
  }

  /** Attachments that a scripted plugin made and has not taken back. */
  made(): string[] {
    return filesIn(join(this.binDir, 'made'));
  }

  /** Files of the journal. */
  records(): string[] {
    return filesIn(join(this.stateDir, 'attachments'));
  }

  /** Calls Braid and waits for its end. */
  async call(form: BraidForm, call: BraidCall): Promise<BraidAnswer> {
    const { stdin, env } = this.request(call);
    const result = await this.#run([...form.command], { stdin, env, timeoutMs: 60_000 });
    if (call.verb === 'ADD') await form.agent?.hasReported();
    return { ...result, json: parsed(result.stdout) };
  }

  /** The environment and stdin of a call. */
  request(call: BraidCall): { stdin: string; env: Record<string, string> } {
    const config = {
      cniVersion: call.cniVersion ?? '1.0.0',
      name: 'braid',
      type: 'braid',
      confDir: this.confDir,
      stateDir: this.stateDir,
      ...(call.annotations ? { runtimeConfig: { 'io.kubernetes.cri.pod-annotations': call.annotations } } : {}),
      ...call.config,
    };
    const env: Record<string, string> = {
      PATH: process.env['PATH'] ?? '',
      CNI_COMMAND: call.verb,
      CNI_CONTAINERID: call.containerId ?? 'c1',
      CNI_NETNS: call.netns ?? '/run/netns/braid-none',
      CNI_IFNAME: call.ifName ?? 'eth0',
      CNI_ARGS: call.args ?? 'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;K8S_POD_UID=u1',
      CNI_PATH: call.cniPath ?? this.binDir,
      ...call.env,
    };
    return {
      stdin: call.stdin ?? JSON.stringify(config),
      env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')),
    };
  }

  /** Removes all its files. */
  dispose(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function runHere(argv: readonly string[], options: Parameters<RunCommand>[1]): Promise<RunResult> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { env: options.env, detached: true });
  const kill = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  return runToEnd(child, { stdin: options.stdin, timeoutMs: options.timeoutMs, kill });
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
