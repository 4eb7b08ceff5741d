/**
 * One launcher's connection, as docs/frames.md has it: greets, takes the request, orders delegates one at a time, answers.
 *
 * In: a socket. Out: the request (`SessionEvents`), then an end of each delegate that was ordered. Invariant: whatever the
 * launcher does, every promise that was given resolves, and `stop` has fired once it is gone.
 */
import type { Socket } from 'node:net';
import { encodeFrame } from './encode-frame.ts';
import { launcherFrames } from './frame-decoder.ts';
import {
  type AgentFrame,
  type ExecFrame,
  type ExitedFrame,
  FRAMES_VERSION,
  FrameError,
  FrameLimit,
  type LauncherFrame,
  type RequestFrame,
} from './frames.ts';
import { signalName } from './signal-name.ts';

/** How long the launcher waits for a word from us; a stopped agent is noticed after that. */
const SILENCE_MS = 15_000;
/** We say something at least so often while we work. */
const LIFE_SIGN_MS = 3000;
/** A launcher that tells no end of a delegate so long after its deadline stands still itself. */
const OVERDUE_MS = 30_000;

/** How a delegate ended; `lost` when the launcher was gone before it could tell. */
export type Exit = ExitedFrame<Buffer> | { readonly end: 'lost' };

/** A delegate to be run; the session gives it its id. */
export type Order = Omit<ExecFrame, 'kind' | 'id'>;

/** What a session tells its owner. Neither may throw. */
export interface SessionEvents {
  readonly onRequest: (request: RequestFrame<Buffer>) => void;
  /** The connection is closed, for whatever reason; the last event. `fault`: what the launcher did wrong. */
  readonly onClose: (fault: string | undefined) => void;
}

/** The agent's end of one connection. */
export class LauncherSession {
  readonly #socket: Socket;
  readonly #events: SessionEvents;
  readonly #frames = launcherFrames();
  readonly #stop = new AbortController();
  readonly #lifeSign: NodeJS.Timeout;
  #hasGreeting = false;
  #hasRequest = false;
  #isDone = false;
  #answeredAt: number | undefined;
  #lastId = 0;
  #running:
    | { readonly id: number; readonly resolve: (exit: Exit) => void; readonly overdue: NodeJS.Timeout }
    | undefined;
  #waiting: Promise<unknown> = Promise.resolve();
  #fault: string | undefined;

  constructor(socket: Socket, events: SessionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed());
    this.#send({ kind: 'hello', version: FRAMES_VERSION, silenceMs: SILENCE_MS });
    this.#lifeSign = setInterval(() => this.#send({ kind: 'log', text: '' }), LIFE_SIGN_MS).unref();
  }

  /** Fires when the runtime told the launcher to stop, or the launcher is gone without an answer. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** True for a peer that greets and asks for nothing: `braid doctor` looks so whether there is an agent. */
  get isKnock(): boolean {
    return this.#hasGreeting && !this.#hasRequest && this.#fault === undefined;
  }

  /** True once a delegate was ordered: from then on no other process can take the call over. */
  get hasBegun(): boolean {
    return this.#lastId > 0;
  }

  /** True while the launcher waits for an answer. */
  get isOpen(): boolean {
    return !this.#isDone && !this.#socket.destroyed;
  }

  /** True once we have ended the call, by an answer or without one. */
  get isEnded(): boolean {
    return this.#isDone;
  }

  /** When the call got its answer, by `performance.now`; `undefined` before that, or without one. */
  get answeredAt(): number | undefined {
    return this.#answeredAt;
  }

  /** Orders a delegate when the one before has ended; `onStart` gets a function that has it killed. Never throws. */
  order(order: Order, onStart: (kill: () => void) => void): Promise<Exit> {
    const exit = this.#waiting.then(() => this.#orderNow(order, onStart));
    this.#waiting = exit.catch(() => undefined);
    return exit;
  }

  /** Writes to the launcher's stderr; false when it is not there any more. */
  log(text: string): boolean {
    if (!this.isOpen) return false;
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += FrameLimit.logBytes) {
      this.#send({ kind: 'log', text: bytes.subarray(at, at + FrameLimit.logBytes) });
    }
    return true;
  }

  /** Ends the call; false when nobody waits for the answer any more. Throws: FrameError when it is too long. */
  done(exitCode: number, stdout: string): boolean {
    if (!this.isOpen) return false;
    const frame = encodeFrame({ kind: 'done', exitCode, stdout });
    this.#isDone = true;
    this.#answeredAt = performance.now();
    clearInterval(this.#lifeSign);
    this.#socket.end(frame);
    return true;
  }

  /** Ends the connection without an answer; before the first order the launcher has the standalone form serve the call. */
  close(): void {
    this.#isDone = true;
    this.#socket.destroySoon();
  }

  /** Ends the connection even if the launcher does not read what it was sent. */
  destroy(): void {
    this.#isDone = true;
    this.#socket.destroy();
  }

  #orderNow(order: Order, onStart: (kill: () => void) => void): Promise<Exit> {
    const { promise, resolve } = Promise.withResolvers<Exit>();
    if (!this.isOpen) return Promise.resolve({ end: 'lost' });
    const id = this.#lastId + 1;
    const frame = encodeFrame({ kind: 'exec', id, ...order });
    this.#lastId = id;
    const overdueMs = order.deadlineMs + OVERDUE_MS;
    const overdue = setTimeout(() => this.#break('it tells no end of a delegate'), overdueMs).unref();
    this.#running = { id, resolve, overdue };
    this.#socket.write(frame);
    onStart(() => {
      if (this.#running?.id === id) this.#send({ kind: 'kill', id });
    });
    return promise;
  }

  #send(frame: AgentFrame): void {
    if (this.isOpen) this.#socket.write(encodeFrame(frame));
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) this.#take(frame);
    } catch (cause) {
      this.#break(cause instanceof Error ? cause.message : String(cause));
    }
  }

  #break(fault: string): void {
    this.#fault = fault;
    this.#socket.destroy();
  }

  #take(frame: LauncherFrame<Buffer>): void {
    switch (frame.kind) {
      case 'hello':
        if (frame.version !== FRAMES_VERSION)
          throw new FrameError('other-version', `it speaks version ${frame.version}`);
        this.#hasGreeting = true;
        break;
      case 'request':
        if (this.#hasRequest) throw new FrameError('out-of-turn', 'a second request');
        this.#hasRequest = true;
        this.#events.onRequest(frame);
        break;
      case 'exited':
        this.#end(frame);
        break;
      case 'signal':
        this.#stop.abort(new Error(`Braid got ${signalName(frame.signal)}`));
        break;
    }
  }

  #end(frame: ExitedFrame<Buffer>): void {
    const running = this.#running;
    if (running?.id !== frame.id)
      throw new FrameError('out-of-turn', `the end of delegate ${frame.id}, which does not run`);
    this.#running = undefined;
    clearTimeout(running.overdue);
    running.resolve(frame);
  }

  #closed(): void {
    clearInterval(this.#lifeSign);
    // What is left to do after the answer goes on without it.
    if (this.#answeredAt === undefined) this.#stop.abort(new Error('the launcher is gone'));
    clearTimeout(this.#running?.overdue);
    this.#running?.resolve({ end: 'lost' });
    this.#running = undefined;
    this.#events.onClose(this.#fault);
  }
}
