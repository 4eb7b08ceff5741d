/** What the body of each frame holds, in its order. Pure. Contents are views into what was received, not copies. */
import {
  type AgentFrame,
  END_KINDS,
  FRAME_TYPES,
  FRAMES_VERSION,
  FrameError,
  FrameLimit,
  type HelloFrame,
  type LauncherFrame,
  NETNS_KINDS,
} from './frames.ts';

const MAX_U32 = 2 ** 32 - 1;
const { contentBytes, blockBytes, logBytes, stderrBytes, pathBytes, cniVersionBytes, silenceMs } = FrameLimit;

/** The fields of a body in their order. Every method throws FrameError `malformed` for what is not there. */
export class BodyReader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  number(most = MAX_U32): number {
    if (this.#body.length - this.#at < 4) throw new FrameError('malformed', 'a number is missing');
    const value = this.#body.readUInt32LE(this.#at);
    if (value > most) throw new FrameError('malformed', `${value} where ${most} is the most`);
    this.#at += 4;
    return value;
  }

  choice<T extends string>(choices: readonly T[]): T {
    const choice = choices[this.number()];
    if (choice === undefined) throw new FrameError('malformed', `a number that stands for none of ${choices}`);
    return choice;
  }

  bytes(most: number = contentBytes): Buffer {
    const length = this.number(most);
    if (this.#body.length - this.#at < length) throw new FrameError('malformed', `${length} bytes are not there`);
    this.#at += length;
    return this.#body.subarray(this.#at - length, this.#at);
  }

  text(most: number): string {
    return this.bytes(most).toString('utf8');
  }

  /** Of a name that is there twice, the first counts, as it does for getenv(3). */
  block(): Record<string, string> {
    const variables = new Map<string, string>();
    const block = this.bytes(blockBytes);
    let count = 0;
    for (let at = 0, end = 0; at < block.length; at = end + 1) {
      end = block.indexOf(0, at);
      const equals = block.indexOf('=', at);
      count += 1;
      if (end < 0 || equals <= at || equals > end || count > FrameLimit.variables)
        throw new FrameError('malformed', 'a block of variables that is none');
      const name = block.toString('utf8', at, equals);
      if (!variables.has(name)) variables.set(name, block.toString('utf8', equals + 1, end));
    }
    return Object.fromEntries(variables);
  }

  end(): void {
    if (this.#at < this.#body.length)
      throw new FrameError('malformed', `${this.#body.length - this.#at} bytes too many`);
  }
}

/** How a type of frame is read. */
export interface Layout<F> {
  /** Of the body, in bytes. */
  readonly longest: number;
  readonly read: (body: BodyReader) => F;
}
/** By type, for one direction. */
export type Layouts<F> = ReadonlyMap<number, Layout<F>>;

/** What a version puts behind its number is for that version to know, so nothing more is read of another one. */
function readHello(body: BodyReader): HelloFrame {
  const version = body.number();
  if (version !== FRAMES_VERSION)
    throw new FrameError('other-version', `the peer speaks version ${version}, not ${FRAMES_VERSION}`);
  return { kind: 'hello', version, silenceMs: body.number(silenceMs) };
}

const HELLO: [number, Layout<HelloFrame>] = [FRAME_TYPES.hello, { longest: 64, read: readHello }];

/** What a launcher sends. */
export const FROM_LAUNCHER: Layouts<LauncherFrame<Buffer>> = new Map<number, Layout<LauncherFrame<Buffer>>>([
  HELLO,
  [
    FRAME_TYPES.request,
    {
      longest: 12 + blockBytes + contentBytes,
      read: (body) => ({
        kind: 'request',
        netns: body.choice(NETNS_KINDS),
        variables: body.block(),
        stdin: body.bytes(),
      }),
    },
  ],
  [
    FRAME_TYPES.exited,
    {
      longest: 28 + contentBytes + stderrBytes,
      read: (body) => ({
        kind: 'exited',
        id: body.number(),
        end: body.choice(END_KINDS),
        value: body.number(),
        durationUs: body.number(),
        maxRssKib: body.number(),
        stdout: body.bytes(),
        stderr: body.bytes(stderrBytes),
      }),
    },
  ],
  [FRAME_TYPES.signal, { longest: 4, read: (body) => ({ kind: 'signal', signal: body.number() }) }],
]);

/** What an agent sends. */
export const FROM_AGENT: Layouts<AgentFrame<Buffer>> = new Map<number, Layout<AgentFrame<Buffer>>>([
  HELLO,
  [
    FRAME_TYPES.exec,
    {
      longest: 28 + cniVersionBytes + pathBytes + blockBytes + contentBytes,
      read: (body) => ({
        kind: 'exec',
        id: body.number(),
        deadlineMs: body.number(),
        maxStdoutBytes: body.number(contentBytes),
        cniVersion: body.text(cniVersionBytes),
        path: body.text(pathBytes),
        variables: body.block(),
        stdin: body.bytes(),
      }),
    },
  ],
  [FRAME_TYPES.kill, { longest: 4, read: (body) => ({ kind: 'kill', id: body.number() }) }],
  [FRAME_TYPES.log, { longest: 4 + logBytes, read: (body) => ({ kind: 'log', text: body.bytes(logBytes) }) }],
  [
    FRAME_TYPES.done,
    {
      longest: 8 + contentBytes,
      read: (body) => ({ kind: 'done', exitCode: body.number(255), stdout: body.bytes() }),
    },
  ],
]);
