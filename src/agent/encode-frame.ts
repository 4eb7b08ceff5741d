/** Frames to bytes. Pure. Invariant: what `encodeFrame` accepts, the other side's decoder accepts. */
import {
  type AgentFrame,
  type Content,
  END_KINDS,
  FRAME_TYPES,
  FrameError,
  FrameLimit,
  HEADER_BYTES,
  type LauncherFrame,
  NETNS_KINDS,
  type Variables,
} from './frames.ts';

const MAX_U32 = 2 ** 32 - 1;

/** The bytes of a frame. Throws: FrameError `oversize` or `malformed` for what the peer would refuse. */
export function encodeFrame(frame: LauncherFrame | AgentFrame): Buffer {
  const body = new BodyWriter();
  switch (frame.kind) {
    case 'hello':
      body.number(frame.version).number(frame.silenceMs, FrameLimit.silenceMs);
      break;
    case 'request':
      body.number(NETNS_KINDS.indexOf(frame.netns)).block(frame.variables).bytes(frame.stdin);
      break;
    case 'exec':
      body.number(frame.id).number(frame.deadlineMs).number(frame.maxStdoutBytes, FrameLimit.contentBytes);
      body.bytes(frame.cniVersion, FrameLimit.cniVersionBytes).bytes(frame.path, FrameLimit.pathBytes);
      body.block(frame.variables).bytes(frame.stdin);
      break;
    case 'exited':
      body.number(frame.id).number(END_KINDS.indexOf(frame.end)).number(frame.value);
      body.number(frame.durationUs).number(frame.maxRssKib);
      body.bytes(frame.stdout).bytes(frame.stderr, FrameLimit.stderrBytes);
      break;
    case 'kill':
      body.number(frame.id);
      break;
    case 'signal':
      body.number(frame.signal);
      break;
    case 'log':
      body.bytes(frame.text, FrameLimit.logBytes);
      break;
    case 'done':
      body.number(frame.exitCode, 255).bytes(frame.stdout);
      break;
  }
  return body.frame(FRAME_TYPES[frame.kind]);
}

/** Gathers the fields of a body, then writes them into one buffer of just the right size. */
class BodyWriter {
  readonly #fields: (number | Content)[] = [];
  #length = 0;

  number(value: number, most = MAX_U32): this {
    if (!Number.isInteger(value) || value < 0 || value > most)
      throw new FrameError('malformed', `${value} is not a whole number from 0 to ${most}`);
    this.#fields.push(value);
    this.#length += 4;
    return this;
  }

  bytes(content: Content, most: number = FrameLimit.contentBytes): this {
    const length = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
    if (length > most) throw new FrameError('oversize', `${length} bytes where ${most} are the most`);
    this.#fields.push(content);
    this.#length += 4 + length;
    return this;
  }

  block(variables: Variables): this {
    const entries = Object.entries(variables);
    if (entries.length > FrameLimit.variables)
      throw new FrameError('oversize', `${entries.length} variables where ${FrameLimit.variables} are the most`);
    const wrong = entries.find(([name, value]) => !/^[^=\0]+$/.test(name) || value.includes('\0'));
    if (wrong) throw new FrameError('malformed', `no variable can be ${JSON.stringify(wrong[0])}, or its value`);
    return this.bytes(entries.map(([name, value]) => `${name}=${value}\0`).join(''), FrameLimit.blockBytes);
  }

  frame(type: number): Buffer {
    const frame = Buffer.allocUnsafe(HEADER_BYTES + this.#length);
    let at = frame.writeUInt32LE(this.#length, 0);
    at = frame.writeUInt32LE(type, at);
    for (const field of this.#fields) {
      if (typeof field === 'number') {
        at = frame.writeUInt32LE(field, at);
      } else {
        const length = typeof field === 'string' ? frame.write(field, at + 4) : field.length;
        if (typeof field !== 'string') frame.set(field, at + 4);
        at = frame.writeUInt32LE(length, at) + length;
      }
    }
    return frame;
  }
}
