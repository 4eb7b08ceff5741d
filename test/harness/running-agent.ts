/** The real agent as a process of its own, for tests that question it, signal it and kill it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { pollUntil } from './poll-until.ts';
import { type RunResult, runToEnd } from './run-child.ts';

const project = resolve(import.meta.dirname, '../..');

/** What runs the agent; `braid agent`'s own words follow. */
export const AGENT_COMMAND: readonly string[] = [
  join(project, 'node_modules/.bin/node'),
  join(project, 'dist/braid.mjs'),
  'agent',
];

/** Where it lives, and how it is started. */
export interface AgentPlace {
  /** For its sockets. */
  readonly dir: string;
  /** Options beside `--socket` and `--listen`. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Starts a program; here, unless told. `kill` must reach it. */
  readonly spawn?: (argv: readonly string[], env: Readonly<Record<string, string>>) => ChildProcessWithoutNullStreams;
}

/** An agent that has begun to serve. Killed after the test, if it still runs then. */
export class RunningAgent {
  readonly socketPath: string;
  /** Its end, with all that it said. */
  readonly ended: Promise<RunResult>;
  readonly #httpPath: string;
  readonly #child: ChildProcessWithoutNullStreams;

  /** Starts it; resolves when it serves. Throws: an Error when it does not. */
  static async start(place: AgentPlace): Promise<RunningAgent> {
    const agent = new RunningAgent(place);
    const serves = async () => (await agent.ask('/healthz').catch(() => undefined)) ?? agent.#lost();
    await pollUntil(serves, { withinMs: 30_000, what: 'the agent' });
    return agent;
  }

  private constructor({ dir, options = [], env = {}, spawn: start = spawnHere }: AgentPlace) {
    this.socketPath = join(dir, 'agent.sock');
    this.#httpPath = join(dir, 'http.sock');
    const sockets = ['--socket', this.socketPath, '--listen', `unix:${this.#httpPath}`];
    this.#child = start([...AGENT_COMMAND, ...sockets, ...options], { PATH: process.env['PATH'] ?? '', ...env });
    const kill = () => void this.#child.kill('SIGKILL');
    this.ended = runToEnd(this.#child, { timeoutMs: 170_000, kill });
    onTestFinished(() => this.kill());
  }

  /** What it answers to GET. */
  ask(path: string): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((answer, reject) => {
      // A connection that is kept may be closed just as it is used again.
      const options = { socketPath: this.#httpPath, path, timeout: 5000, agent: false };
      const asked = request(options, async (response) => {
        const chunks = await response.toArray();
        answer({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
      asked.on('timeout', () => asked.destroy(new Error('the agent is silent')));
      asked.on('error', reject).end();
    });
  }

  /** The value of a metric, written with its labels as Prometheus has them; undefined when it is not there. */
  async metric(name: string): Promise<number | undefined> {
    const { text } = await this.ask('/metrics');
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length + 1));
  }

  /** Waits until a metric has a value. */
  async metricIs(name: string, value: number): Promise<void> {
    const probe = async () => (await this.metric(name)) === value || undefined;
    await pollUntil(probe, { withinMs: 60_000, what: `${name} to be ${value}` });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  #lost(): undefined {
    if (this.#child.exitCode !== null) throw new Error(`the agent ended with ${this.#child.exitCode}`);
    return undefined;
  }
}

function spawnHere(argv: readonly string[], env: Readonly<Record<string, string>>): ChildProcessWithoutNullStreams {
  const [file = '', ...args] = argv;
  return spawn(file, args, { env });
}
