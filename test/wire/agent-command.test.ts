/** `braid agent` as a person or a supervisor runs it: options, what keeps it from starting, and how it ends. */
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pollUntil } from '../harness/poll-until.ts';
import { describeReal } from '../harness/real-requirements.ts';
import { type RunResult, runToEnd } from '../harness/run-child.ts';
import { AGENT_COMMAND, RunningAgent } from '../harness/running-agent.ts';
import { scratchFolder } from '../samples/scratch.ts';
import { AgentScene, hasLauncher } from './agent-scene.ts';

/** Runs it to its end. */
function agent(...options: string[]): Promise<RunResult> {
  const [file = '', ...args] = AGENT_COMMAND;
  const child = spawn(file, [...args, ...options], { env: { PATH: process.env['PATH'] ?? '' } });
  return runToEnd(child, { timeoutMs: 20_000, kill: () => void child.kill('SIGKILL') });
}

test('--help tells of every option', async () => {
  const { code, stdout, stderr } = await agent('--help');
  expect([code, stderr]).toEqual([0, '']);
  for (const option of ['socket', 'conf', 'node', 'listen', 'limit', 'waiting', 'log-level', 'help'])
    expect(stdout).toContain(`--${option}`);
});

test.each([
  [['--nope'], "unknown option '--nope'"],
  [['--limt', '1'], "unknown option '--limt'\n(Did you mean --limit?)"],
  [['here'], 'too many arguments'],
  [['--limit', '0'], "option '--limit <n>' argument '0' is invalid. It must be a whole number from 1 to 100000."],
  [
    ['--waiting', '1e3'],
    "option '--waiting <n>' argument '1e3' is invalid. It must be a whole number from 0 to 100000.",
  ],
  [['--log-level', 'loud'], "argument 'loud' is invalid. Allowed choices are debug, info, warn, error, off."],
  [['--socket', 'agent.sock'], "argument 'agent.sock' is invalid. It must be an absolute path."],
  [['--listen', '0.0.0.0:9476'], '"0.0.0.0:9476" is no address for --listen'],
  [['--listen', '127.0.0.1:65536'], '"127.0.0.1:65536" is no address for --listen'],
])('%j is wrong usage', async (options, fault) => {
  const { code, stdout, stderr } = await agent(...options);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^braid agent: /);
  expect(stderr).toContain(fault);
  expect(stderr).toContain('\nTry braid agent --help.\n');
});

describe('does not start', () => {
  /** Expects status 1, the fault on stderr, and no socket. */
  async function expectFailure(folder: string, options: readonly string[], fault: string | RegExp): Promise<void> {
    const socket = join(folder, 'agent.sock');
    const { code, stdout, stderr } = await agent('--socket', socket, '--listen', 'off', ...options);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.split('\n').find((line) => line.startsWith('braid agent: '))).toMatch(fault);
    expect(existsSync(socket)).toBe(false);
  }

  test.each([
    ['that is not there', undefined, 'ENOENT'],
    ['that is no JSON', '{', 'JSON'],
    ['that has no plugin', '{"name":"braid","plugins":[]}', 'no plugins in list'],
    ['with a wrong value', '{"name":"braid","type":"braid","confDir":"here"}', 'confDir'],
  ])('with a --conf %s', async (_title, content, fault) => {
    const folder = scratchFolder();
    const conf = join(folder, 'braid.conf');
    if (content !== undefined) writeFileSync(conf, content);
    await expectFailure(folder, ['--conf', conf], new RegExp(`^braid agent: --conf ${conf}: .*${fault}`));
  });

  test('where the folder of the socket cannot be made', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'file'), '');
    await expectFailure(folder, ['--socket', join(folder, 'file/agent.sock')], 'cannot listen on');
  });

  test('on a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await pollUntil(() => other.listening || undefined, { withinMs: 10_000, what: 'the port' });
    const { port } = other.address() as AddressInfo;
    await expectFailure(scratchFolder(), ['--listen', `127.0.0.1:${port}`], /cannot listen for --listen: .*EADDRINUSE/);
  });

  test('beside another one, neither on its socket nor on its address for metrics', async () => {
    const dir = scratchFolder();
    const first = await RunningAgent.start({ dir });
    const beside = await agent('--socket', first.socketPath, '--listen', 'off');
    expect(beside).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`another agent listens on ${first.socketPath}`),
    });
    await expectFailure(scratchFolder(), ['--listen', `unix:${join(dir, 'http.sock')}`], 'another agent listens on');
    expect(await first.ask('/healthz')).toMatchObject({ status: 200 });
    expect(existsSync(first.socketPath)).toBe(true);
  });
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it, and its sockets are gone', async (signal) => {
  const dir = scratchFolder();
  const running = await RunningAgent.start({ dir });
  running.signal(signal);
  expect(await running.ended).toMatchObject({ code: 0, stdout: '' });
  expect(['agent.sock', 'http.sock'].filter((name) => existsSync(join(dir, name)))).toEqual([]);
});

describeReal('a fault of its own', hasLauncher(), () => {
  test.each([
    ['an exception', 'throw new Error("made up")'],
    ['a rejection that nobody handles', 'Promise.reject(new Error("made up"))'],
  ])('%s is told, ends it with status 1, and the calls are served all the same', async (_title, code) => {
    const scene = new AgentScene();
    const fault = join(scene.node.dir, 'fault.mjs');
    writeFileSync(fault, `process.on('SIGUSR2', () => { ${code}; });\n`);
    const running = await scene.startAgent([], { NODE_OPTIONS: `--import=${fault}` });
    running.signal('SIGUSR2');
    const { code: status, stderr } = await running.ended;
    expect(status).toBe(1);
    const last = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({
      msg: 'a fault in Braid ends the agent',
      cause: expect.stringMatching(/made up\n +at /),
    });
    expect(await scene.call('ADD')).toMatchObject({ code: 0 });
    await scene.delLeavesNothing();
  });
});
