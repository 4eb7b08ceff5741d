/**
 * Bytes to frames, as they come from a socket. Pure.
 *
 * In: chunks of any size. Out: the frames that are whole, their contents views into what was received. Invariant: how the
 * bytes are cut into chunks changes nothing, and no more memory is taken than twice the bytes that have come.
 */
import { BodyReader, FROM_AGENT, FROM_LAUNCHER, type Layout, type Layouts } from './frame-layouts.ts';
import { type AgentFrame, FrameError, HEADER_BYTES, type LauncherFrame } from './frames.ts';

const NOTHING = Buffer.alloc(0);

/** For what a launcher sends. */
export function launcherFrames(): FrameDecoder<LauncherFrame<Buffer>> {
  return new FrameDecoder(FROM_LAUNCHER);
}

/** For what an agent sends. */
export function agentFrames(): FrameDecoder<AgentFrame<Buffer>> {
  return new FrameDecoder(FROM_AGENT);
}

/** Reads one connection. After an error nothing more can be read from it. */
export class FrameDecoder<F extends LauncherFrame<Buffer> | AgentFrame<Buffer>> {
  readonly #layouts: Layouts<F>;
  /** The beginning of a frame whose end has not come. */
  #begun: Buffer = NOTHING;
  #length = 0;
  #isGreeted = false;

  constructor(layouts: Layouts<F>) {
    this.#layouts = layouts;
  }

  /** True when the stream may end here: not in the middle of a frame. */
  get isBetweenFrames(): boolean {
    return this.#length === 0;
  }

  /** The frames that `chunk` completes. Throws: FrameError, after the frames that came before what is wrong. */
  *push(chunk: Buffer): Generator<F, void> {
    let rest = chunk;
    while (rest.length > 0) {
      const isWhole = this.#length === 0 && rest.length >= HEADER_BYTES && rest.length >= this.#frameBytes(rest);
      if (isWhole) {
        const length = this.#frameBytes(rest);
        yield this.#decode(rest.subarray(0, length));
        rest = rest.subarray(length);
      } else {
        rest = rest.subarray(this.#keep(rest));
        const begun = this.#begun.subarray(0, this.#length);
        if (this.#length === this.#frameBytes(begun)) {
          this.#length = 0;
          this.#begun = NOTHING;
          yield this.#decode(begun);
        }
      }
    }
  }

  /** Takes what the frame that has begun still lacks, first of its header; answers how much that was. */
  #keep(bytes: Buffer): number {
    const needed = this.#frameBytes(this.#begun.subarray(0, this.#length));
    const taken = Math.min(needed - this.#length, bytes.length);
    if (this.#length + taken > this.#begun.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * this.#begun.length, this.#length + taken), needed));
      this.#begun.copy(larger, 0, 0, this.#length);
      this.#begun = larger;
    }
    bytes.copy(this.#begun, this.#length, 0, taken);
    this.#length += taken;
    return taken;
  }

  /** How long the frame that begins here is, or its header, until that has come. */
  #frameBytes(begun: Buffer): number {
    if (begun.length < HEADER_BYTES) return HEADER_BYTES;
    const length = begun.readUInt32LE(0);
    const { longest } = this.#layout(begun);
    if (length > longest) throw new FrameError('oversize', `a frame of ${length} bytes where ${longest} are the most`);
    if (length === 0) throw new FrameError('malformed', 'a frame without a body');
    return HEADER_BYTES + length;
  }

  #layout(begun: Buffer): Layout<F> {
    const type = begun.readUInt32LE(4);
    const layout = this.#layouts.get(type);
    if (!layout) throw new FrameError('unknown-type', `type ${type} is none that the peer sends`);
    return layout;
  }

  #decode(frame: Buffer): F {
    const body = new BodyReader(frame.subarray(HEADER_BYTES));
    const decoded = this.#layout(frame).read(body);
    body.end();
    if ((decoded.kind === 'hello') === this.#isGreeted)
      throw new FrameError('out-of-turn', 'HELLO comes first, and once');
    this.#isGreeted = true;
    return decoded;
  }
}
