/** Asking a program of ours what it is. Starts a process. */
import { execFile } from 'node:child_process';
import type { ProgramAnswer } from './examined-node.ts';

const LIMIT_MS = 3000;
const MOST_BYTES = 64 * 1024;

/** Runs it with this environment and no other; never throws. */
export function runProgram(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ProgramAnswer> {
  return new Promise((resolve) => {
    const options = { env, timeout: LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: MOST_BYTES } as const;
    const child = execFile(path, [...args], options, (error, stdout) => {
      resolve({ stdout, fault: error ? faultOf(error) : undefined });
    });
    child.stdin?.end();
  });
}

function faultOf({ code, killed, signal }: { code?: unknown; killed?: boolean; signal?: unknown }): string {
  if (killed) return `it did not end within ${LIMIT_MS} ms`;
  if (signal) return `it was ended by ${String(signal)}`;
  return typeof code === 'number' ? `it ended with status ${code}` : `it cannot be started: ${String(code)}`;
}
