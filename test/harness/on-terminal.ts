/** A command on a terminal of its own, made by `script` of util-linux. */
import { spawn } from 'node:child_process';
import { type RunResult, runToEnd } from './run-child.ts';

/** How wide it is, and what the command gets in its environment. */
export interface TerminalOptions {
  readonly columns: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs it to its end; stdout has what the terminal shows, of both streams, with `\n` at the ends of lines. */
export async function onTerminal(
  command: readonly string[],
  { columns, env = {} }: TerminalOptions,
): Promise<RunResult> {
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const shell = `stty cols ${columns} rows 24; exec ${words}`;
  const child = spawn('script', ['--quiet', '--return', '--command', shell, '/dev/null'], {
    env: { PATH: process.env['PATH'] ?? '', SHELL: '/bin/sh', TERM: 'xterm', ...env },
  });
  const run = await runToEnd(child, { timeoutMs: 30_000, kill: () => void child.kill('SIGKILL') });
  return { ...run, stdout: run.stdout.replaceAll('\r\n', '\n') };
}
