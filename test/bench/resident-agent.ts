/** The agent as a node runs it: started before the first call, ready when its socket takes connections. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BraidNode } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { collect } from '../harness/run-child.ts';
import type { FormsOnNode, Resident } from './forms.ts';
import { startHere } from './stop-watch.ts';

/** The name of the node at the API server. */
export const NODE_NAME = 'bench';

const project = resolve(import.meta.dirname, '../..');
const START_MS = 20_000;
const END_MS = 10_000;

/** Where the agent of a node listens. */
export function agentSocket(node: BraidNode): string {
  return join(node.dir, 'agent.sock');
}

/** Starts it. It lets as many calls through at once as are made; what it logs is told when it fails. */
export async function startAgent({
  node,
  nodeConfig,
  startProgram = startHere,
  through = [],
}: FormsOnNode): Promise<Resident> {
  const conf = join(node.dir, 'braid.conflist');
  const plugin = { type: 'braid', confDir: node.confDir, stateDir: node.stateDir, ...nodeConfig };
  writeFileSync(conf, JSON.stringify({ cniVersion: '1.0.0', name: 'braid', plugins: [plugin] }));
  const { variables, nodeOptions } = shippedUnit();
  const node24 = join(project, 'node_modules/node/bin/node');
  const program = ['/usr/bin/env', ...variables, node24, ...nodeOptions, join(project, 'dist/braid.mjs'), 'agent'];
  const options = ['--socket', agentSocket(node), '--conf', conf, '--node', NODE_NAME, '--listen', 'off'];
  const child = startProgram([...through, ...program, ...options, '--log-level', 'warn']);
  const stderr = collect(child.stderr);
  child.stdout.resume();
  const ended = once(child, 'exit');
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(END_MS, undefined, { ref: false })]);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  };
  const isReady = async () => {
    if (child.exitCode !== null) throw new Error(`the agent ended: ${stderr()}`);
    return (await canConnect(agentSocket(node))) || undefined;
  };
  try {
    await pollUntil(isReady, { withinMs: START_MS, what: 'the agent' });
  } catch (cause) {
    await end();
    throw cause;
  }
  return { pid: child.pid ?? 0, end };
}

/** How the unit file that is shipped runs Node, for these numbers are promised of it. */
function shippedUnit(): { variables: string[]; nodeOptions: string[] } {
  const unit = readFileSync(join(project, 'config/agent/braid-agent.service'), 'utf8');
  const [, options] = /^ExecStart=\S+\/node (.*?)\S+\/braid\.mjs agent/m.exec(unit) ?? [];
  if (options === undefined) throw new Error('the unit file starts no agent');
  const variables = [...unit.matchAll(/^Environment=(.*)$/gm)].map(([, variable = '']) => variable);
  return { variables, nodeOptions: options.split(' ').filter((option) => option !== '') };
}

function canConnect(path: string): Promise<boolean> {
  return new Promise((answer) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      answer(true);
    });
    socket.once('error', () => answer(false));
  });
}
