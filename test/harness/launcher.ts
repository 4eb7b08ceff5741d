/** The launcher built from its sources, and what it meets on a node: an agent's socket, plugins, a standalone program. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { type AgentScript, FakeAgent } from '../doubles/fake-agent.ts';
import { script } from '../samples/scratch.ts';
import { buildRawStart, type LauncherBuild, SANITIZED, SHIPPED } from './launcher-build.ts';
import { pollUntil } from './poll-until.ts';
import { describeReal } from './real-requirements.ts';
import { type RunResult, runToEnd } from './run-child.ts';

/** Patience with a hung agent, and with one that does not end after a signal, in seconds. */
const IMPATIENT = ['-DPATIENCE_SECONDS=1', '-DSTOP_SECONDS=1'];

/** Programs built once for a file of tests. */
class LauncherPrograms {
  readonly folder = mkdtempSync(join(tmpdir(), 'braid-launcher-'));
  readonly launcher = join(this.folder, 'launcher');
  readonly rawStart = join(this.folder, 'raw-start');
  readonly #build: LauncherBuild;

  constructor(build: LauncherBuild) {
    this.#build = build;
    build.build(this.launcher, []);
    buildRawStart(this.rawStart);
  }

  /** The launcher with flags of the compiler, built when asked for. */
  variant(name: string, flags: readonly string[]): string {
    const path = join(this.folder, name);
    if (!existsSync(path)) this.#build.build(path, flags);
    return path;
  }

  /** One that has a second of patience where it has many. */
  get impatient(): string {
    return this.variant('impatient', IMPATIENT);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One call of the launcher. */
interface LauncherCall {
  readonly agent?: AgentScript;
  /** Where the agent listens; by default where the launcher looks for it. */
  readonly socketPath?: string;
  readonly stdin?: string | Uint8Array;
  /** Variables that are added to those of an ordinary ADD. */
  readonly env?: Readonly<Record<string, string>>;
  /** All variables, as bytes. */
  readonly rawEnv?: Buffer;
  /** Options of test/doubles/raw-start.c. */
  readonly startOptions?: readonly string[];
  readonly args?: readonly string[];
  /** Gets the launcher's process id. */
  readonly started?: (pid: number) => void;
  /** A command that gets the launcher as its last arguments. */
  readonly through?: readonly string[];
}

/** A launcher that runs. */
interface RunningLauncher {
  readonly child: ChildProcessWithoutNullStreams;
  readonly pid: number;
  readonly ended: Promise<RunResult>;
}

/** A node's files for one test. */
class LauncherScene {
  readonly dir = mkdtempSync(join(tmpdir(), 'braid-wire-'));
  readonly binDir = join(this.dir, 'bin');
  readonly socketPath = join(this.dir, 'agent.sock');
  readonly program = join(this.dir, 'braid');
  readonly #rawStart: string;

  constructor(programs: LauncherPrograms) {
    this.#rawStart = programs.rawStart;
    mkdirSync(this.binDir);
    this.use(programs.launcher);
    this.standalone(
      'cat > stdin',
      'cat "/proc/$$/environ" > environ',
      'cat "/proc/$$/status" > status',
      'printf "%s\\n" "$@" > args',
      'echo standalone',
      'exit 3',
    );
  }

  /** A plugin that is a shell script, run in this scene's folder; gives its path. */
  delegate(name: string, ...lines: readonly string[]): string {
    return script(this.binDir, name, `cd ${this.dir} || exit`, ...lines);
  }

  /** What lies beside the launcher. As it is made at first it writes down what it is given, says so, and exits with 3. */
  standalone(...lines: readonly string[]): void {
    script(this.dir, 'braid-standalone', `cd ${this.dir} || exit`, ...lines);
  }

  /** Puts another build in the place of the launcher. */
  use(program: string): void {
    copyFileSync(program, this.program);
  }

  path(file: string): string {
    return join(this.dir, file);
  }

  bytes(file: string): Buffer {
    return readFileSync(this.path(file));
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  /** The number in a file, once a script has written it with its line break. */
  async number(file: string): Promise<number> {
    const probe = () => (existsSync(this.path(file)) && this.read(file).endsWith('\n') ? this.read(file) : undefined);
    return Number(await pollUntil(probe, { withinMs: 10_000, what: file }));
  }

  /** True when the standalone program ran. */
  get hasFallenBack(): boolean {
    return existsSync(this.path('stdin'));
  }

  /** The variables of an ordinary ADD. */
  get variables(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      BRAID_AGENT_SOCKET: this.socketPath,
      CNI_COMMAND: 'ADD',
      CNI_CONTAINERID: 'c1',
      CNI_NETNS: '/run/netns/braid-none',
      CNI_IFNAME: 'eth0',
      CNI_PATH: this.binDir,
    };
  }

  /** Calls the launcher and waits for its end, and for the agent's. Throws: what the agent's script threw. */
  async call(call: LauncherCall): Promise<RunResult> {
    const agent = call.agent && (await FakeAgent.start(call.socketPath ?? this.socketPath, call.agent));
    try {
      const { pid, ended } = this.start(call);
      call.started?.(pid);
      return await ended;
    } finally {
      await agent?.stop();
    }
  }

  /** Starts the launcher; an agent is the caller's. */
  start({ stdin = '{}', env, rawEnv, startOptions = [], args = [], through = [] }: LauncherCall): RunningLauncher {
    const argv = [...through, ...this.#rawly(rawEnv, startOptions, env), this.program, ...args];
    const child = spawn(argv[0] ?? '', argv.slice(1), { env: { ...this.variables, ...env }, detached: true });
    const kill = () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    return { child, pid: child.pid ?? 0, ended: runToEnd(child, { stdin, timeoutMs: 40_000, kill }) };
  }

  #rawly(rawEnv: Buffer | undefined, options: readonly string[], env: LauncherCall['env']): string[] {
    if (!rawEnv && options.length === 0) return [];
    const file = this.path('raw-env');
    const entries = Object.entries({ ...this.variables, ...env }).map(([name, value]) => `${name}=${value}\0`);
    writeFileSync(file, rawEnv ?? entries.join(''));
    return [this.#rawStart, file, ...options, '--'];
  }

  dispose(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** What a test of the launcher has at hand. */
export interface LauncherTest {
  readonly programs: LauncherPrograms;
  readonly scene: LauncherScene;
}

/** Tests of the launcher in every build, with a scene of its own for each. */
export function describeLauncher(title: string, define: (at: LauncherTest) => void): void {
  describe.each([SHIPPED, SANITIZED])('$name', (build) => {
    describeReal(title, build.ability, () => {
      const at = {} as { programs: LauncherPrograms; scene: LauncherScene };
      beforeAll(() => {
        at.programs = new LauncherPrograms(build);
      });
      afterAll(() => at.programs.dispose());
      beforeEach(() => {
        at.scene = new LauncherScene(at.programs);
      });
      afterEach(() => at.scene.dispose());
      define(at);
    });
  });
}

/** Resolves when nothing runs under this process id any more; a zombie whose parent does not look counts as gone. */
export async function untilGone(pid: number): Promise<void> {
  const isGone = () => {
    const status = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
    return status === '' || /\) [ZX] /.test(status) || undefined;
  };
  await pollUntil(isGone, { withinMs: 10_000, what: `the end of process ${pid}` });
}
