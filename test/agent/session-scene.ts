/** A LauncherSession on a real socket, and a launcher written by hand at the other end. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { encodeFrame } from '../../src/agent/encode-frame.ts';
import { agentFrames } from '../../src/agent/frame-decoder.ts';
import { type AgentFrame, FRAMES_VERSION, type LauncherFrame, type RequestFrame } from '../../src/agent/frames.ts';
import { LauncherSession } from '../../src/agent/launcher-session.ts';
import { scratchFolder } from '../samples/scratch.ts';

/** What the session told its owner. */
interface Told {
  readonly requests: RequestFrame<Buffer>[];
  /** One entry for each close: what the launcher had done wrong. */
  readonly closes: (string | undefined)[];
}

/** The launcher's end. */
class HandWrittenLauncher {
  readonly socket: Socket;
  readonly #frames: AsyncGenerator<AgentFrame<Buffer>, void>;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    this.#frames = framesOf(socket);
  }

  send(...frames: LauncherFrame[]): void {
    for (const frame of frames) this.socket.write(encodeFrame(frame));
  }

  /** HELLO and an ordinary request. */
  begin(variables: Record<string, string> = { CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'c1' }): void {
    this.send(HELLO, { kind: 'request', netns: 'other', variables, stdin: '{}' });
  }

  /** The next frame that is no sign of life; undefined when the agent has closed. */
  async next(): Promise<AgentFrame<Buffer> | undefined> {
    for (;;) {
      const { value } = await this.#frames.next();
      if (value?.kind !== 'log' || value.text.length > 0) return value ?? undefined;
    }
  }

  /** The next order; its id. Throws: Error when something else came. */
  async order(): Promise<number> {
    const frame = await this.next();
    if (frame?.kind !== 'exec') throw new Error(`${frame?.kind ?? 'the end'} instead of an order`);
    return frame.id;
  }

  /** Reads to the end of the connection. */
  async rest(): Promise<AgentFrame<Buffer>[]> {
    const frames: AgentFrame<Buffer>[] = [];
    for (let frame = await this.next(); frame; frame = await this.next()) frames.push(frame);
    return frames;
  }
}

export const HELLO: LauncherFrame = { kind: 'hello', version: FRAMES_VERSION, silenceMs: 0 };

/** An EXITED with everything in order but what is changed. */
export function exitedFrame(id: number, changes: Partial<Extract<LauncherFrame, { kind: 'exited' }>> = {}) {
  const usual = { end: 'exited' as const, value: 0, durationUs: 1000, maxRssKib: 1, stdout: '', stderr: '' };
  return { kind: 'exited' as const, id, ...usual, ...changes };
}

async function* framesOf(socket: Socket): AsyncGenerator<AgentFrame<Buffer>, void> {
  const decoder = agentFrames();
  try {
    for await (const chunk of socket) yield* decoder.push(chunk as Buffer);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ECONNRESET') throw cause;
  }
}

/** Connects the two; everything is closed after the test. */
export async function sessionScene() {
  const path = join(scratchFolder(), 'agent.sock');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = once(server, 'connection');
  const socket = connect({ path });
  const [serverEnd] = (await accepted) as [Socket];
  onTestFinished(() => {
    socket.destroy();
    serverEnd.destroy();
    server.close();
  });
  const told: Told = { requests: [], closes: [] };
  const session = new LauncherSession(serverEnd, {
    onRequest: (request) => told.requests.push(request),
    onClose: (fault) => told.closes.push(fault),
  });
  return { session, serverEnd, told, launcher: new HandWrittenLauncher(socket) };
}
