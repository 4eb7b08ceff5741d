/** The pino logger itself. A module of its own, reached by dynamic import only, so that a silent call never loads pino. */
import { existsSync, statSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import type { LogOptions } from './log.ts';

/** A logger; `close` gives the file back. */
export interface OpenedLogger {
  readonly logger: Logger;
  close(): void;
}

/** Opens it; synchronous, so that every line is written when the process ends. */
export function openPinoLogger({ level, file, hasStderr, writeStderr, bound }: LogOptions): OpenedLogger {
  const settings = {
    level: level === 'off' ? 'silent' : level,
    base: bound,
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  const stderr = { write: writeStderr };
  const onStderr = { logger: pino(settings, stderr), close: () => undefined };
  if (file === undefined) return onStderr;
  try {
    // Opening a pipe that nobody reads would wait for ever.
    if (existsSync(file) && !statSync(file).isFile()) throw new Error('it is not a regular file');
    const stream = pino.destination({ dest: file, sync: true, mode: 0o600 });
    // A line that cannot be written is no reason to fail a call. All that could be was written at once, so nothing waits.
    stream.on('error', () => undefined);
    const close = () => stream.destroy();
    // The level of the logger decides; these must not drop what it lets pass.
    const both = [stream, stderr].map((each) => ({ level: 'trace' as const, stream: each }));
    return { logger: pino(settings, hasStderr ? pino.multistream(both) : stream), close };
  } catch (cause) {
    onStderr.logger.warn({ logFile: file, cause: String(cause) }, 'cannot open the log file; logging to stderr');
    return onStderr;
  }
}
