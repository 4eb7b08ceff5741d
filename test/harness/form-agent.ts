/**
 * The agent behind the form "launcher and agent": one for a file of tests, on the machine or in a test node.
 *
 * Everything lies in one folder whose path is known before it is there, so that the form's command is a constant: the
 * launcher, the agent's sockets, its log, and in the place of `braid-standalone` a script that writes down that it was
 * run. `stop` compares this with what the agent says: a call that was not served by it, and that it did not hand over
 * for one of the known reasons, fails the tests. The agent and its folder go with the test process, however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pollUntil } from './poll-until.ts';

const project = resolve(import.meta.dirname, '../..');
const folder = join(tmpdir(), `braid-agent-${randomUUID().slice(0, 13)}`);
const socket = join(folder, 'agent.sock');
const httpSocket = join(folder, 'http.sock');
const log = join(folder, 'agent.log');
const fallbacks = join(folder, 'fallbacks');

/** The launcher that finds the agent of this file of tests; `env` becomes it, so its process is the launcher's own. */
export const LAUNCHER_COMMAND: readonly string[] = [
  '/usr/bin/env',
  `BRAID_AGENT_SOCKET=${socket}`,
  join(folder, 'braid'),
];

/** The agent as tests see it while it serves. */
export interface ServingAgent {
  /** Resolves when it has written the network statuses that it owes, or has tried for 3 s. */
  hasReported(): Promise<void>;
  /** What it said on its stderr: also what comes after an answer. */
  words(): string;
}

/** The agent that LAUNCHER_COMMAND leads to. */
export const SERVING_AGENT: ServingAgent = {
  hasReported: async () => {
    const until = performance.now() + 3000;
    // One that is gone owes nothing; that it is gone is found at the end.
    const owes = async () => /^braid_status_queue_depth [1-9]/m.test(await ask('/metrics').catch(() => ''));
    while ((await owes()) && performance.now() < until) await sleep(10);
  },
  words: logText,
};

/** What only the standalone form can do; see src/agent/agent-ports.ts. */
const KNOWN_REASONS = [
  'what only the host shows',
  'garbage collection',
  'status',
  'plugins outside CNI_PATH',
  'no access to the journal',
  'survivors of a killed call',
];

/** Keeps the agent while its stdin is open, which is as long as the test process is there. $1: the folder. */
const keeperScript = `
folder=$1; shift
"$@" </dev/null >/dev/null 2>"$folder/agent.log" &
read -r line
# Killing nsenter would do, too, but the agent then waits for the machine's init to reap it, and the node with it.
[ "$(cat /proc/$!/comm)" = nsenter ] && agent=$(cat /proc/$!/task/$!/children)
kill -KILL \${agent:-$!}
wait $!
rm -rf "$folder"
`;

/** A running agent. */
export interface FormAgent {
  /** Ends it and removes its folder. Throws: an Error with the calls that the agent should have served and did not. */
  stop(): Promise<void>;
}

/**
 * Starts the agent: on the machine itself, or where `enter`, a command that gets the agent as its last arguments, leads.
 * Throws: an Error with its log when it does not come up.
 */
export async function startFormAgent(enter: readonly string[] = []): Promise<FormAgent> {
  mkdirSync(folder, { mode: 0o700 });
  copyFileSync(join(project, 'dist/cni/braid'), join(folder, 'braid'));
  const standalone = join(project, 'dist/cni/braid-standalone');
  writeFileSync(
    join(folder, 'braid-standalone'),
    `#!/bin/sh\n[ -z "\${CNI_COMMAND-}" ] || [ -n "\${BRAID_DELEGATE_OF-}" ] || echo "$CNI_COMMAND \${CNI_CONTAINERID-}" >>${fallbacks}\nexec ${standalone} "$@"\n`,
    { mode: 0o755 },
  );
  const node = join(project, 'node_modules/.bin/node');
  const agent = [node, join(project, 'dist/braid.mjs'), 'agent', '--socket', socket, '--listen', `unix:${httpSocket}`];
  const keeper = startKeeper([...enter, ...agent]);
  const ended = once(keeper, 'exit');
  const end = async () => {
    keeper.stdin?.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await pollUntil(() => ask('/healthz').catch(() => undefined), { withinMs: 30_000, what: 'the agent to listen' });
  } catch (cause) {
    const words = logText();
    await end();
    throw new Error(`${String(cause)}\n${words}`, { cause });
  }
  return {
    stop: async () => {
      const faults = await faultsOf().finally(end);
      if (faults.length > 0) throw new Error(faults.join('\n'));
    },
  };
}

function startKeeper(agent: readonly string[]): ChildProcess {
  const child = spawn('sh', ['-c', keeperScript, 'braid-test-agent', folder, ...agent], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A session of its own, so that ^C reaches the tests only, which then end it.
    detached: true,
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '' },
  });
  child.unref();
  return child;
}

/** What went past the agent without a reason, and what it says itself that went wrong. */
async function faultsOf(): Promise<string[]> {
  const metrics = await ask('/metrics').catch((cause: unknown) => String(cause));
  const handedOver = samples(metrics, 'braid_hand_overs_total');
  const unknown = Object.keys(handedOver).filter((reason) => !KNOWN_REASONS.includes(reason));
  const expected = Object.values(handedOver).reduce((sum, count) => sum + count, 0);
  const standalone = existsSync(fallbacks) ? readFileSync(fallbacks, 'utf8').trimEnd().split('\n') : [];
  return [
    ...(metrics.includes('braid_call_seconds') ? [] : [`the agent does not answer any more: ${metrics}\n${logText()}`]),
    ...unknown.map((reason) => `the agent handed a call over for an unknown reason: ${reason}`),
    ...(standalone.length === expected
      ? []
      : [
          `the standalone program served ${standalone.length} calls, of which the agent handed over ${expected}:`,
          ...standalone,
          JSON.stringify(handedOver),
          logText(),
        ]),
    ...logText()
      .split('\n')
      .filter((line) => /"level":(50|60)|broke the protocol/.test(line)),
  ];
}

/** The values of a counter with one label, by that. */
function samples(metrics: string, name: string): Record<string, number> {
  const pattern = new RegExp(`^${name}\\{\\w+="([^"]*)"\\} (\\d+)$`, 'gm');
  return Object.fromEntries([...metrics.matchAll(pattern)].map(([, label = '', value]) => [label, Number(value)]));
}

function logText(): string {
  return existsSync(log) ? readFileSync(log, 'utf8') : '';
}

/** The agent's answer to GET. Throws: an Error when it does not answer, or not well. */
function ask(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: httpSocket, path, timeout: 5000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    asked.on('timeout', () => asked.destroy(new Error('the agent is silent')));
    asked.on('error', reject);
    asked.end();
  });
}
