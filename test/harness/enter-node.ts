/** Programs started inside a test node from outside, with `nsenter`. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { systemPath } from './system-path.ts';

/**
 * What a program in the node is given. `env` replaces the environment, except that PATH stays the tests' own unless it
 * is given. `timeoutMs` (default 60 s) ends the program's process group with SIGKILL.
 */
export type ExecOptions = {
  readonly stdin?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs?: number | undefined;
};

/**
 * Starts a program in the node whose process 1 is `holderPid`, as leader of a session and process group of its own.
 * The child is `nsenter`, which stays as parent and ends as the program ends; its `kill` is made to reach the program.
 */
export function spawnInNode(
  holderPid: number,
  argv: readonly string[],
  env?: ExecOptions['env'],
): ChildProcessWithoutNullStreams {
  const [file = '', ...args] = [...enterCommand(holderPid), absolute('setsid'), '--', ...argv];
  const child = spawn(file, args, { env: environment(env), stdio: 'pipe' });
  // Killing nsenter would do, too, but its orphan then waits for the machine's init to reap it, and the node with it.
  child.kill = (signal = 'SIGTERM') => signalTo(programOf(child) ?? child.pid, signal);
  return child;
}

/** A command that starts its further arguments as a program in the node; the program ends with it. */
export function enterCommand(holderPid: number): string[] {
  const target = ['-t', String(holderPid), '--net', '--mount', '--pid', '--uts'];
  // To enter a PID namespace nsenter has to fork. Should it die alone, the program must not go on inside.
  return [absolute('nsenter'), ...target, '--', absolute('setpriv'), '--pdeathsig', 'KILL', '--'];
}

/** Sends a signal to the program that `spawnInNode` started and to all of its process group. False when it has ended. */
export function killGroupInNode(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals = 'SIGKILL'): boolean {
  const program = programOf(child);
  if (program === undefined) return signalTo(child.pid, signal);
  // No group yet when setsid has not come to run; then the program is all there is.
  return signalTo(-program, signal) || signalTo(program, signal);
}

/** The pid, as the machine numbers it, of the program that nsenter runs; undefined before it starts and after it ends. */
function programOf(child: ChildProcessWithoutNullStreams): number | undefined {
  try {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    return children === '' ? undefined : Number(children.split(' ')[0]);
  } catch {
    // nsenter has ended.
    return undefined;
  }
}

function signalTo(pid: number | undefined, signal: NodeJS.Signals | number): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, signal);
  } catch {
    // It ended in the meantime: what was wanted.
    return false;
  }
}

function environment(env: ExecOptions['env']): Readonly<Record<string, string>> {
  if (env !== undefined) return { PATH: systemPath(), ...env };
  const own = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(own), PATH: systemPath() };
}

/** util-linux lies here on every distribution; absolute, so that a test may give a PATH without it. */
function absolute(tool: 'nsenter' | 'setpriv' | 'setsid'): string {
  return `/usr/bin/${tool}`;
}
