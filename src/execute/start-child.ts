/** Starting a process: the port that the two runtimes' adapters fill. What it means how a process ends is decided elsewhere. */

/** What is started: an absolute path and arguments, the whole environment, and stdin. */
export interface Program {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}

/** What is told of a process that was started. */
export interface ChildEvents {
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
  /** It has ended, by itself (`signal` is null) or not; others may still hold its pipes. */
  readonly exited: (status: number | null, signal: string | null) => void;
  /** It has ended and its pipes have. */
  readonly closed: () => void;
  /** It could not be started after all. */
  readonly failed: (cause: unknown) => void;
}

/** A process that leads a process group of its own. */
export interface Child {
  readonly pid: number | undefined;
  /** Lets go of its pipes; nothing is told any more. */
  release(): void;
}

/** Starts a process. Throws what the system says. */
export type StartChild = (program: Program, events: ChildEvents) => Child;
