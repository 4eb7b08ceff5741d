/** A small share of all cases against the built binary: a real process, real pipes, delegates that are shell scripts. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { type RunResult, runToEnd } from '../harness/run-child.ts';
import type { Call } from './braid-in-process.ts';
import { outputs } from './delegate-target.ts';
import { checkAnswer, must, shown } from './expectations.ts';
import { requests } from './request-target.ts';
import type { Sandbox } from './sandbox.ts';
import { target } from './target.ts';

const binary = resolve(import.meta.dirname, '../../dist/cni/braid-standalone');
const DEADLINE_MS = 15_000;
const MAX_RESIDENT_KB = 200 * 1024;
const SAMPLE_MS = 5;
/** What could send the real program away from the sandbox: to other folders, or to an API server. */
const LEADING_AWAY = ['logFile', 'trace', 'kubeconfig', 'kubernetes', 'policy'];

const outcomes = fc.record({ stdout: outputs, status: fc.constantFrom(0, 0, 0, 1, 3) });

/** Any request and any output of one delegate, then an ordinary DEL. */
export const binaryTarget = target({
  name: 'the built binary',
  share: 0.01,
  cases: (sandbox) => fc.record({ call: requests(sandbox), add: outcomes }),
  run: async (sandbox, { call, add }) => {
    fc.pre(staysInside(call, sandbox));
    sandbox.reset();
    writeFileSync(join(sandbox.binDir, 'bridge.out'), add.stdout);
    const answer = '[ "$CNI_COMMAND" = ADD ] || exit 0';
    sandbox.plugin('bridge', 'cat > /dev/null', answer, 'cat "$0.out"', `exit ${add.status}`);
    for (const type of ['macvlan', 'tuning']) sandbox.plugin(type, 'cat > /dev/null', answer, 'echo "{}"');
    await runBinary(call, sandbox);
    if (call.variables['CNI_COMMAND'] !== 'ADD') return;
    const deleted = await runBinary({ ...call, variables: { ...call.variables, CNI_COMMAND: 'DEL' } }, sandbox);
    if (deleted.code !== 0) return;
    const left = sandbox.stateFiles('attachments');
    must(left.length === 0, `after DEL there is still: ${left.join(', ')}`);
  },
});

function staysInside({ stdin, variables }: Call, sandbox: Sandbox): boolean {
  if (Object.values(variables).some((value) => value.includes('\0'))) return false;
  const config = parsed(stdin);
  if (typeof config !== 'object' || config === null) return true;
  return (
    Reflect.get(config, 'stateDir') === sandbox.stateDir && !LEADING_AWAY.some((key) => Object.hasOwn(config, key))
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function runBinary(call: Call, sandbox: Sandbox): Promise<RunResult> {
  const child = spawn(binary, [], { env: { PATH: '/usr/bin:/bin', ...call.variables }, cwd: sandbox.root });
  const memory = residentPeak(child.pid);
  const kill = () => void child.kill('SIGKILL');
  const result = await runToEnd(child, { stdin: call.stdin, timeoutMs: DEADLINE_MS, kill });
  const peakKb = memory();
  must(!result.timedOut, `no answer within ${DEADLINE_MS} ms: ${shown(call)}`);
  must(
    result.code === 0 || result.code === 1,
    `exit status ${result.code}, signal ${result.signal}: ${shown(result.stderr)}`,
  );
  must(!/^\s+at .*:\d+:\d+\)?$/m.test(result.stderr), `a stack on stderr: ${shown(result.stderr)}`);
  must(peakKb < MAX_RESIDENT_KB, `${peakKb} kB of memory`);
  // Without a command it tells a person what it is.
  if (call.variables['CNI_COMMAND'])
    checkAnswer(call.variables['CNI_COMMAND'], { status: result.code ?? 1, stdout: result.stdout });
  sandbox.checkUntouched();
  return result;
}

/** Looks at a process now and then; the returned function ends that and gives the most memory it had, in kB. */
function residentPeak(pid: number | undefined): () => number {
  let peakKb = 0;
  const timer = setInterval(() => {
    const [, kb = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(statusOf(pid)) ?? [];
    peakKb = Math.max(peakKb, Number(kb));
  }, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return peakKb;
  };
}

function statusOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
