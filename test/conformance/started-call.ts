/** Calls of Braid that are still under way, for tests that look at the node meanwhile, or kill. */
import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BraidCall, BraidForm, BraidNode } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { type RunResult, runToEnd } from '../harness/run-child.ts';

/** A running call: `kill` ends Braid alone, not its delegates. */
export interface StartedCall {
  kill(signal?: NodeJS.Signals): void;
  readonly ended: Promise<RunResult>;
}

/** Starts a call without waiting for it. */
export function startCall(node: BraidNode, form: BraidForm, call: BraidCall): StartedCall {
  const [file = '', ...args] = form.command;
  const { stdin, env } = node.request(call);
  const child = spawn(file, args, { env });
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => void child.kill(signal);
  return { kill, ended: runToEnd(child, { stdin, timeoutMs: 40_000, kill }) };
}

/** Resolves when a scripted plugin has been called as `VERB plugin`, so that the call is known to be under way. */
export async function untilCalled(node: BraidNode, call: string): Promise<void> {
  const isCalled = () => node.calls().some(({ verb, plugin }) => `${verb} ${plugin}` === call);
  await pollUntil(() => isCalled() || undefined, { withinMs: 20_000, what: call });
}

/** Kills scripted plugins that hang on although their Braid is gone. Numbers of those that ended may be others' by now. */
export function endDelegates(node: BraidNode): void {
  for (const { pid } of node.calls()) {
    try {
      const isOurs = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(node.binDir);
      if (isOurs) process.kill(pid, 'SIGKILL');
    } catch {
      // Most have ended long ago.
    }
  }
}

/** True while the process runs; one that is dead and not yet waited for counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Puts a shell script in the place of a plugin, for what the scripted one cannot do. */
export function shellPlugin(node: BraidNode, type: string, ...lines: readonly string[]): void {
  const file = join(node.binDir, type);
  rmSync(file, { force: true });
  writeFileSync(file, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(file, 0o755);
}
