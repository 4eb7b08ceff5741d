/**
 * Programs run and measured by `native/bench-run.c`: wall time without our own event loop in it, and what `wait4` says of
 * processor time and memory.
 *
 * Libraries for benchmarks measure functions, and tools for commands run one command after the other; here runs of several
 * programs have to alternate, at once where wanted, with a request on stdin.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { encodeRequest, type ProgramCall } from './program-call.ts';

/** One measurement. `maxRssMiB`: the largest process of the tree. `output`: what the last call printed. */
export interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly maxRssMiB: number;
  readonly output: string;
}

/** Starts the stop-watch: here, or inside a test node. */
export type StartProgram = (argv: readonly string[]) => ChildProcessWithoutNullStreams;

const HEADER = /^(\d+) (\d+) (\d+) (\d+) (\d+)\n/;

/** See the head of this file. One request at a time. */
export class StopWatch {
  readonly #child: ChildProcessWithoutNullStreams;
  #received = Buffer.alloc(0);
  #stderr = '';
  readonly #stop: AbortSignal;
  #wake: () => void = () => undefined;

  /** Once `stop` fires nothing more is run; what is under way ends. */
  constructor(program: string, { stop, start = startHere }: { stop: AbortSignal; start?: StartProgram }) {
    this.#stop = stop;
    this.#child = start([program]);
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    this.#child.on('close', () => this.#wake());
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-4000);
    });
    // A stop-watch that has died is noticed where its answer is waited for.
    this.#child.stdin.on('error', () => undefined);
  }

  /** Runs one program. Throws: an Error when it fails. */
  async call(call: ProgramCall): Promise<Sample> {
    return this.run([[call]]);
  }

  /** Runs chains of programs at once; times are of the whole. Throws: an Error when a program fails or the bench is stopped. */
  async run(chains: ReadonlyArray<readonly ProgramCall[]>): Promise<Sample> {
    this.#stop.throwIfAborted();
    this.#stderr = '';
    this.#child.stdin.write(encodeRequest(chains));
    const [wallNs = 0, cpuUs = 0, maxRssKib = 0, status = 0, length = 0] = await this.#header();
    while (this.#received.length < length) await this.#more();
    const output = this.#received.subarray(0, length).toString();
    this.#received = this.#received.subarray(length);
    if (status !== 0) {
      throw new Error(`${chains[0]?.[0]?.argv.join(' ')} ended with ${status}: ${output}${this.#stderr}`);
    }
    return { wallMs: wallNs / 1e6, cpuMs: cpuUs / 1e3, maxRssMiB: maxRssKib / 1024, output };
  }

  /** Ends it. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'close');
    this.#child.stdin.end();
    await ended;
  }

  async #header(): Promise<number[]> {
    for (;;) {
      const [line, ...values] = HEADER.exec(this.#received.toString('latin1', 0, 200)) ?? [];
      if (line !== undefined) {
        this.#received = this.#received.subarray(line.length);
        return values.map(Number);
      }
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    if (this.#child.exitCode !== null) throw new Error(`the stop-watch ended: ${this.#stderr}`);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Starts a program in a process group of its own, which an interrupt from the terminal does not reach; it dies with us. */
export function startHere(argv: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], { detached: true });
}
