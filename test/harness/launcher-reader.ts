/** The launcher's own reader of frames, built with sanitizers as a program that can be asked again and again. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { agentFrames } from '../../src/agent/frame-decoder.ts';
import { type AgentFrame, FrameError } from '../../src/agent/frames.ts';
import { buildSanitized } from './launcher-build.ts';
import { collect } from './run-child.ts';

/** What comes of an agent's connection: its frames as JSON values, and whether it was refused. */
export interface ReadConnection {
  readonly frames: readonly object[];
  readonly isRefused: boolean;
}

/** As the agent's codec reads it. Throws: what is no FrameError. */
export function readByAgent(bytes: Buffer): ReadConnection {
  const decoder = agentFrames();
  const frames: object[] = [];
  try {
    for (const frame of decoder.push(bytes)) frames.push(comparable(frame));
    return { frames, isRefused: false };
  } catch (cause) {
    if (!(cause instanceof FrameError)) throw cause;
    return { frames, isRefused: true };
  }
}

/** As the launcher reads it. */
export class LauncherReader {
  readonly #folder = mkdtempSync(join(tmpdir(), 'braid-reader-'));
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #stderr: () => string;

  constructor() {
    const program = join(this.#folder, 'launcher-frames');
    buildSanitized('fuzz/launcher-frames.c', ['frames.c'], program);
    this.#child = spawn(program);
    this.#child.stdin.on('error', () => undefined);
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
    this.#stderr = collect(this.#child.stderr);
  }

  /** Each of 64 KiB at most; one call at a time. Throws: an Error with the sanitizers' words. */
  async readAll(connections: readonly Buffer[]): Promise<ReadConnection[]> {
    const lengths = connections.map(({ length }) => Buffer.from(new Uint32Array([length]).buffer));
    this.#child.stdin.write(Buffer.concat(connections.flatMap((bytes, index) => [lengths[index] ?? bytes, bytes])));
    const read: ReadConnection[] = [];
    while (read.length < connections.length) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`the reader of the launcher ended: ${this.#stderr()}`);
      read.push(parsedConnection(String(value)));
    }
    return read;
  }

  dispose(): void {
    this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Contents in hexadecimal; text as the agent understands it, be it UTF-8 or not. */
function comparable(frame: AgentFrame<Buffer>): object {
  const shown = Object.entries(frame).map(([key, value]) => [
    key,
    Buffer.isBuffer(value) ? value.toString('hex') : value,
  ]);
  return Object.fromEntries(shown);
}

function parsedConnection(line: string): ReadConnection {
  const parts = line.split('; ');
  const isRefused = !['closed the connection', 'ends in the middle of a frame'].includes(parts.at(-1) ?? '');
  return { frames: parts.slice(0, -1).map(parsedFrame), isRefused };
}

/** A frame as test/fuzz/launcher-frames.c shows it. */
function parsedFrame(text: string): object {
  const [kind, ...words] = text.split(' ');
  const numbers = words.filter((word) => !word.startsWith(':')).map(Number);
  const contents = words.filter((word) => word.startsWith(':')).map((word) => word.slice(1));
  switch (kind) {
    case 'hello':
      return { kind, version: numbers[0], silenceMs: numbers[1] };
    case 'kill':
      return { kind, id: numbers[0] };
    case 'log':
      return { kind, text: contents[0] };
    case 'done':
      return { kind, exitCode: numbers[0], stdout: contents[0] };
    default: {
      const [id, deadlineMs, maxStdoutBytes] = numbers;
      const [cniVersion = '', path = '', block = '', stdin] = contents;
      const order = { id, deadlineMs, maxStdoutBytes, cniVersion: textOf(cniVersion), path: textOf(path) };
      return { kind, ...order, variables: variablesOf(Buffer.from(block, 'hex')), stdin };
    }
  }
}

function textOf(hex: string): string {
  return Buffer.from(hex, 'hex').toString('utf8');
}

function variablesOf(block: Buffer): Record<string, string> {
  const entries = block.toString('latin1').split('\0').slice(0, -1);
  const pairs = entries.map((entry) => {
    const at = entry.indexOf('=');
    return [entry.slice(0, at), entry.slice(at + 1)].map((part) => Buffer.from(part, 'latin1').toString('utf8'));
  });
  // The first of a name counts.
  return Object.fromEntries(pairs.toReversed());
}
