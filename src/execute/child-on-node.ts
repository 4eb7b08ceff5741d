/** A process by Node's own module. */
import { spawn } from 'node:child_process';
import type { StartChild } from './start-child.ts';

/** The adapter for Node. */
export const startOnNode: StartChild = ({ argv: [path = '', ...args], env, stdin }, events) => {
  const child = spawn(path, args, { env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  for (const pipe of child.stdio) pipe?.on('error', () => undefined);
  child.stdout.on('data', events.stdout);
  child.stderr.on('data', events.stderr);
  child.once('error', events.failed);
  child.once('exit', events.exited);
  child.once('close', events.closed);
  // A plugin may end without reading its stdin; that is its right, and its exit status tells the rest.
  child.stdin.end(stdin);
  return {
    pid: child.pid,
    release() {
      for (const pipe of child.stdio) pipe?.destroy();
    },
  };
};
