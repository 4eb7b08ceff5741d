/**
 * What Bun itself offers, as far as it is used: the compiled form runs on it.
 *
 * Its versions of Node's modules work, but each takes a millisecond or two to load, which is as much as all else that a call
 * does; what is built in is there at once. Used by adapters only, each beside one for Node with the same tests.
 */

interface BunSubprocess {
  readonly pid: number;
  readonly exited: Promise<unknown>;
  readonly exitCode: number | null;
  readonly signalCode: string | null;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
}

/** The global of Bun. */
export interface Bun {
  /** Throws at once, with Node's code, when the program cannot be started. */
  spawn(
    argv: readonly string[],
    options: {
      readonly env: Readonly<Record<string, string>>;
      readonly stdin: Uint8Array;
      readonly stdout: 'pipe';
      readonly stderr: 'pipe';
      readonly detached: true;
    },
  ): BunSubprocess;
}

/** Bun, where this program runs on it. */
export const bun: Bun | undefined = (globalThis as { Bun?: Bun }).Bun;
