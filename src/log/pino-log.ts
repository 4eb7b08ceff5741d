/**
 * Log lines as JSON, to a file or stderr, through pino.
 *
 * pino is loaded at the first line that passes the level: most calls of a plugin have nothing to say, and must not pay
 * for a logger. Lines wait in a queue until then, so their order stays.
 */
import { LOG_LEVELS, type Log, type LogFields, type LogLevel, type LogOptions } from './log.ts';
import type { OpenedLogger } from './pino-logger.ts';

/** A log that writes lines at `level` and above. A log file that cannot be opened is said once on stderr. */
export function openLog(options: LogOptions): Log {
  let logger: Promise<OpenedLogger> | undefined;
  let last: Promise<void> = Promise.resolve();
  const say = (level: Exclude<LogLevel, 'off'>) => (fields: LogFields, message: string) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(options.level)) return;
    logger ??= openPino(options);
    const opened = logger;
    // A log that fails is no reason to fail an ADD.
    last = last.then(async () => (await opened).logger[level](fields, message)).catch(() => undefined);
  };
  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    flush: () => last,
    close: async () => {
      await last;
      (await logger?.catch(() => undefined))?.close();
    },
  };
}

async function openPino(options: LogOptions): Promise<OpenedLogger> {
  const { openPinoLogger } = await import('./pino-logger.ts');
  return openPinoLogger(options);
}
