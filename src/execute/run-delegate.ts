/**
 * Running one delegate: the port and its types.
 *
 * Every way in which a process can end is a value here; what it means is decided in `interpret-run.ts`. The adapter
 * beside this file starts processes; tests and other forms of Braid pass their own.
 */

/** One call of a plugin: an absolute path, the variables that differ from our own environment, and stdin. */
export interface DelegateCall {
  readonly path: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly stdin: string;
  /** After this many ms the delegate and everything it started is killed. */
  readonly timeoutMs: number;
  /** Kills the delegate likewise. */
  readonly signal: AbortSignal;
}

/** How it ended. */
export type DelegateEnd =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signaled'; readonly signal: string }
  | { readonly kind: 'not-started'; readonly cause: string }
  | { readonly kind: 'timed-out'; readonly timeoutMs: number }
  | { readonly kind: 'overflowed'; readonly limitBytes: number }
  | { readonly kind: 'aborted'; readonly reason: string };

/** A finished call. `stderr` is its beginning, for messages; all of it was forwarded to our own stderr. */
export interface DelegateRun {
  readonly end: DelegateEnd;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  /** What whoever reads of its failure may want to know, by what is known of the plugin. */
  readonly hints?: readonly string[];
  /** True: it failed for there is nothing left that it could delete. */
  readonly isNothingLeft?: boolean;
}

/** Runs a delegate to its end. Never throws. */
export type RunDelegate = (call: DelegateCall) => Promise<DelegateRun>;

/** What prints more than this is killed. */
export const MAX_STDOUT_BYTES = 8 * 1024 * 1024;
