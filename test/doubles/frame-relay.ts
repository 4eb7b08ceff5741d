/**
 * Stands between one launcher and an agent, hands their frames on one by one, and at one of them has one of the two end.
 *
 * A frame of the victim's own is still delivered, one that is for it is not; nothing passes afterwards. Signs of life do
 * not count.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { encodeFrame } from '../../src/agent/encode-frame.ts';
import { agentFrames, type FrameDecoder, launcherFrames } from '../../src/agent/frame-decoder.ts';
import type { AgentFrame, LauncherFrame } from '../../src/agent/frames.ts';

type Side = 'launcher' | 'agent';
type Frame = LauncherFrame<Buffer> | AgentFrame<Buffer>;

/** How a stream tells that one of the two has gone, or that we closed it therefore. */
const GONE = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'];

/** At which frame, as `launcher exited 1` (the second one), who ends, and how. */
export interface Cut {
  readonly at: string;
  readonly victim: Side;
  readonly end: () => Promise<void>;
}

/** A relay for one connection. */
export class FrameRelay {
  /** What has come, side by side: `agent exec 0`. */
  readonly seen: Readonly<Record<Side, string[]>> = { launcher: [], agent: [] };
  readonly #server: Server;
  readonly #cut: Cut | undefined;
  readonly #counts = new Map<string, number>();
  #isCut = false;
  #played: Promise<void> = Promise.resolve();

  /** Listens on `path` for a launcher, and connects it to the agent at `agentPath`. */
  static async start({ path, agentPath, cut }: { path: string; agentPath: string; cut?: Cut }): Promise<FrameRelay> {
    const relay = new FrameRelay(agentPath, cut);
    relay.#server.listen(path);
    await once(relay.#server, 'listening');
    return relay;
  }

  private constructor(agentPath: string, cut: Cut | undefined) {
    this.#cut = cut;
    this.#server = createServer((launcher) => {
      this.#played = this.#play(launcher, connect({ path: agentPath }));
      this.#played.catch(() => undefined);
    });
  }

  async #play(launcher: Socket, agent: Socket): Promise<void> {
    await once(agent, 'connect');
    await Promise.all([
      this.#pump('launcher', { source: launcher, target: agent, frames: launcherFrames() }),
      this.#pump('agent', { source: agent, target: launcher, frames: agentFrames() }),
    ]);
  }

  /** Waits for the end of the connection; true when the cut was made. Throws: Error with a frame that was none. */
  async stop(): Promise<boolean> {
    this.#server.close();
    await this.#played;
    return this.#isCut;
  }

  async #pump<F extends Frame>(from: Side, { source, target, frames }: Line<F>): Promise<void> {
    try {
      for await (const chunk of source) {
        for (const frame of frames.push(chunk as Buffer)) await this.#pass(from, frame, target);
      }
    } catch (cause) {
      if (!GONE.includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
    } finally {
      target.destroySoon();
    }
  }

  async #pass(from: Side, frame: Frame, target: Socket): Promise<void> {
    if (this.#isCut) return;
    const isLifeSign = frame.kind === 'log' && frame.text.length === 0;
    const name = isLifeSign ? '' : this.#name(from, frame.kind);
    const isHere = name !== '' && name === this.#cut?.at;
    this.#isCut = isHere;
    if (!isHere || this.#cut?.victim === from) await new Promise((sent) => target.write(encodeFrame(frame), sent));
    if (isHere) await this.#cut?.end();
  }

  #name(from: Side, kind: string): string {
    const count = this.#counts.get(`${from} ${kind}`) ?? 0;
    this.#counts.set(`${from} ${kind}`, count + 1);
    this.seen[from].push(`${from} ${kind} ${count}`);
    return `${from} ${kind} ${count}`;
  }
}

interface Line<F extends Frame> {
  readonly source: Socket;
  readonly target: Socket;
  readonly frames: FrameDecoder<F>;
}
