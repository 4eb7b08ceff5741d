/**
 * The frames between launcher and agent, as docs/frames.md lays them down. Pure.
 *
 * `encode-frame.ts` turns them into bytes, `frame-decoder.ts` reads them from a stream; the C of `src/launcher/frames.c`
 * does both for the launcher, and all pass the same vectors (`fixtures/frames/`).
 */

/** Spoken by this build; a peer that says another number in HELLO is not listened to any further. */
export const FRAMES_VERSION = 1;

const KiB = 1024;
const MiB = 1024 * KiB;

/** What a field may hold at most. */
export const FrameLimit = {
  /** stdin of a call or a delegate, stdout of a delegate, an answer. */
  contentBytes: 8 * MiB,
  blockBytes: MiB,
  variables: 64,
  logBytes: 64 * KiB,
  stderrBytes: 16 * KiB,
  pathBytes: 4095,
  cniVersionBytes: 16,
  silenceMs: 600_000,
} as const;

/** How a delegate ended; what `value` of EXITED means: status, signal number, ms, bytes, errno, signal number or 0. */
export const END_KINDS = ['exited', 'signaled', 'timed-out', 'overflowed', 'not-started', 'stopped'] as const;
export type EndKind = (typeof END_KINDS)[number];

/** What CNI_NETNS leads to: nothing, something, the namespace that the launcher is in. */
export const NETNS_KINDS = ['absent', 'other', 'own'] as const;
export type NetnsKind = (typeof NETNS_KINDS)[number];

/** Bytes, or text that stands for its UTF-8. Decoding always gives a Buffer. */
export type Content = string | Uint8Array;
export type Variables = Readonly<Record<string, string>>;

export interface HelloFrame {
  readonly kind: 'hello';
  readonly version: number;
  /** How long the agent may say nothing while no delegate runs; 0: the launcher's default. A launcher sends 0. */
  readonly silenceMs: number;
}
export interface RequestFrame<C extends Content = Content> {
  readonly kind: 'request';
  readonly netns: NetnsKind;
  readonly variables: Variables;
  readonly stdin: C;
}
export interface ExecFrame<C extends Content = Content> {
  readonly kind: 'exec';
  readonly id: number;
  readonly deadlineMs: number;
  readonly maxStdoutBytes: number;
  /** In which version the launcher reports an error, should it lose the agent. */
  readonly cniVersion: string;
  readonly path: string;
  readonly variables: Variables;
  readonly stdin: C;
}
export interface ExitedFrame<C extends Content = Content> {
  readonly kind: 'exited';
  readonly id: number;
  readonly end: EndKind;
  readonly value: number;
  readonly durationUs: number;
  readonly maxRssKib: number;
  readonly stdout: C;
  readonly stderr: C;
}
export interface KillFrame {
  readonly kind: 'kill';
  readonly id: number;
}
export interface SignalFrame {
  readonly kind: 'signal';
  readonly signal: number;
}
export interface LogFrame<C extends Content = Content> {
  readonly kind: 'log';
  readonly text: C;
}
export interface DoneFrame<C extends Content = Content> {
  readonly kind: 'done';
  readonly exitCode: number;
  readonly stdout: C;
}

export type LauncherFrame<C extends Content = Content> = HelloFrame | RequestFrame<C> | ExitedFrame<C> | SignalFrame;
export type AgentFrame<C extends Content = Content> =
  | HelloFrame
  | ExecFrame<C>
  | KillFrame
  | LogFrame<C>
  | DoneFrame<C>;

/** Bytes that are no frame of this version, or a value that fits into none. `fault` is what tests and logs go by. */
export class FrameError extends Error {
  readonly fault: 'unknown-type' | 'oversize' | 'malformed' | 'out-of-turn' | 'other-version';

  constructor(fault: FrameError['fault'], message: string) {
    super(message);
    this.name = 'FrameError';
    this.fault = fault;
  }
}

/** The number of each kind on the wire. */
export const FRAME_TYPES = { hello: 1, request: 2, exec: 3, exited: 4, kill: 5, signal: 6, log: 7, done: 8 } as const;

/** Length of the body and type. */
export const HEADER_BYTES = 8;
