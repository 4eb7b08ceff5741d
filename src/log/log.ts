/** What Braid says while it works: the port. Never on stdout, never a configuration, a token or a CNI_ARGS value. */

/** Log levels, most talkative first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'off'] as const;
/** One log level. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Facts that go with a log line: names, codes, durations in ms. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Takes log lines. A call never throws and never blocks an ADD. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** Resolves when everything said so far is written. */
  flush(): Promise<void>;
  /** Flushes, and gives the file back. What is said afterwards is lost. */
  close(): Promise<void>;
}

/** Where log lines go and which; `bound` stands in every line. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly file: string | undefined;
  /** Whether lines go to stderr; beside a `file`, to both. Without one they go there in any case. */
  readonly hasStderr: boolean;
  /** Takes a whole line for stderr. */
  readonly writeStderr: (line: string) => void;
  readonly bound: LogFields;
}
