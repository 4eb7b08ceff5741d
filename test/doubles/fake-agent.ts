/** An agent that does what a test says: it listens on a socket, and a script plays its part of each connection. */
import { createServer, type Server, type Socket } from 'node:net';
import { encodeFrame } from '../../src/agent/encode-frame.ts';
import { launcherFrames } from '../../src/agent/frame-decoder.ts';
import {
  type AgentFrame,
  type Content,
  type ExecFrame,
  type ExitedFrame,
  FRAMES_VERSION,
  type LauncherFrame,
} from '../../src/agent/frames.ts';

/** What the agent does with one launcher. The connection is closed when it ends. */
export type AgentScript = (launcher: Connection) => Promise<void>;

type Received = LauncherFrame<Buffer>;

/** The agent's end of one connection. */
export class Connection {
  readonly #socket: Socket;
  readonly #frames: AsyncGenerator<Received, void>;
  #lastId = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    // A launcher that is gone is seen by who waits for its next frame.
    socket.on('error', () => undefined);
    this.#frames = framesOf(socket);
  }

  /** Sends HELLO and gives the launcher's request. */
  async greet(silenceMs = 0): Promise<Extract<Received, { kind: 'request' }>> {
    this.send({ kind: 'hello', version: FRAMES_VERSION, silenceMs });
    await this.next('hello');
    return this.next('request');
  }

  send(frame: AgentFrame): void {
    this.write(encodeFrame(frame));
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Sends an order and gives its id. */
  order(order: Partial<ExecFrame> & { path: string }): number {
    this.#lastId += 1;
    const defaults = {
      deadlineMs: 30_000,
      maxStdoutBytes: 8 << 20,
      cniVersion: '1.0.0',
      variables: { CNI_COMMAND: 'ADD', CNI_IFNAME: 'net0' },
      stdin: '{}',
    };
    this.send({ kind: 'exec', id: this.#lastId, ...defaults, ...order });
    return this.#lastId;
  }

  /** Sends an order and gives its end. */
  async run(order: Partial<ExecFrame> & { path: string }): Promise<ExitedFrame<Buffer>> {
    const id = this.order(order);
    const exited = await this.next('exited');
    if (exited.id !== id) throw new Error(`the end of ${exited.id}, not of ${id}`);
    return exited;
  }

  done(stdout: Content = '', exitCode = 0): void {
    this.send({ kind: 'done', exitCode, stdout });
  }

  /** The launcher's next frame, which must be of this kind. */
  async next<K extends Received['kind']>(kind: K): Promise<Extract<Received, { kind: K }>> {
    const { value } = await this.#frames.next();
    if (value?.kind !== kind) throw new Error(`the launcher sent ${value ? value.kind : 'no more'}, not ${kind}`);
    return value as Extract<Received, { kind: K }>;
  }

  /** Resolves when the launcher has gone without another frame. */
  async gone(): Promise<void> {
    const { value } = await this.#frames.next();
    if (value) throw new Error(`the launcher sent ${value.kind} instead of going`);
  }

  close(): void {
    this.#socket.destroySoon();
  }
}

async function* framesOf(socket: Socket): AsyncGenerator<Received, void> {
  const decoder = launcherFrames();
  try {
    for await (const chunk of socket) yield* decoder.push(chunk as Buffer);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ECONNRESET') throw cause;
  }
}

/** Listens until it is stopped. */
export class FakeAgent {
  readonly #server: Server;
  readonly #played: Promise<void>[] = [];

  private constructor(script: AgentScript) {
    this.#server = createServer((socket) => {
      const connection = new Connection(socket);
      const played = script(connection).finally(() => connection.close());
      // Whoever stops the agent gets the error; until then it is nobody's.
      played.catch(() => undefined);
      this.#played.push(played);
    });
  }

  static async start(socketPath: string, script: AgentScript): Promise<FakeAgent> {
    const agent = new FakeAgent(script);
    await new Promise<void>((resolve) => agent.#server.listen(socketPath, resolve));
    return agent;
  }

  get connections(): number {
    return this.#played.length;
  }

  /** Waits for all scripts. Throws: what one of them threw. */
  async stop(): Promise<void> {
    this.#server.close();
    await Promise.all(this.#played);
  }
}
