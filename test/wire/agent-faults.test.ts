/** The real agent in trouble: it hangs, it gets more calls than it may serve, it is called by anybody. */
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FrameRelay } from '../doubles/frame-relay.ts';
import type { BraidAnswer } from '../harness/braid-call.ts';
import { describeReal } from '../harness/real-requirements.ts';
import { RunningAgent } from '../harness/running-agent.ts';
import { AgentScene, hasLauncher, LAUNCHER } from './agent-scene.ts';

const GATE = { annotations: { cni: 'gate' } };
const OK = { code: 0 };
const TRY_AGAIN = { code: 1, json: { code: 11 } };

/** Calls a verb for so many containers at once. */
function callsOf(scene: AgentScene, count: number): (verb: string) => Promise<BraidAnswer[]> {
  const containers = Array.from({ length: count }, (_, index) => `c${index}`);
  return (verb) => Promise.all(containers.map((containerId) => scene.call(verb, { containerId, ...GATE })));
}

describeReal('an agent that hangs', hasLauncher(), () => {
  test('before it greets is not waited for; once it goes on, it does nothing more for the call', async () => {
    const scene = new AgentScene();
    const agent = await scene.startAgent();
    agent.signal('SIGSTOP');
    const added = await scene.call('ADD');
    expect(added).toMatchObject(OK);
    expect(added.stderr).toContain('is silent');
    await scene.delLeavesNothing({ env: { BRAID_AGENT_SOCKET: '' } });
    agent.signal('SIGCONT');
    await agent.metricIs('braid_lost_launchers_total', 1);
    await agent.metricIs('braid_calls_running', 0);
    expect(scene.node.records()).toEqual([]);
    expect(await scene.call('ADD')).toMatchObject({ code: 0, stderr: '' });
    await scene.delLeavesNothing();
  });

  test('in the middle of a call costs that call', async () => {
    const scene = new AgentScene();
    const agent = await scene.startAgent();
    const path = join(scene.node.dir, 'relay.sock');
    const end = async () => agent.signal('SIGSTOP');
    const cut = { at: 'agent exec 0', victim: 'agent', end } as const;
    const relay = await FrameRelay.start({ path, agentPath: scene.socketPath, cut });
    const added = await scene.call('ADD', { env: { BRAID_AGENT_SOCKET: path } });
    expect(added).toMatchObject(TRY_AGAIN);
    expect(added.json.msg).toContain('is silent');
    agent.signal('SIGCONT');
    expect(await relay.stop()).toBe(true);
    await scene.delLeavesNothing();
  });
});

describeReal('more calls than are served at once', hasLauncher(), () => {
  test('500 with a limit of 16: all are served, never more than 16 at a time', async () => {
    const scene = new AgentScene();
    const open = scene.gate();
    const agent = await scene.startAgent(['--limit', '16']);
    const each = callsOf(scene, 500);
    const added = each('ADD');
    await agent.metricIs('braid_queue_depth', 484);
    expect(await agent.metric('braid_calls_running')).toBe(16);
    expect(await scene.atGate(16)).toHaveLength(16);
    open();
    const faults = (await added).filter(({ code, stderr }) => code !== 0 || stderr !== '');
    expect(faults).toEqual([]);
    expect(await scene.atGate(500)).toHaveLength(500);
    expect((await each('DEL')).filter(({ code, stdout }) => code !== 0 || stdout !== '')).toEqual([]);
    expect(scene.node.records()).toEqual([]);
    expect(await agent.metric('braid_lost_launchers_total')).toBe(0);
  }, 180_000);

  test('without file descriptors for all of them: each is served, by the agent or the standalone program', async () => {
    const scene = new AgentScene();
    const open = scene.gate();
    const agent = await RunningAgent.start({
      dir: scene.node.dir,
      spawn: (argv, env) => spawn('prlimit', ['--nofile=64:64', ...argv], { env }),
    });
    const each = callsOf(scene, 80);
    const added = each('ADD');
    await scene.atGate(80);
    open();
    expect((await added).filter(({ code }) => code !== 0)).toEqual([]);
    expect((await each('DEL')).filter(({ code, stdout }) => code !== 0 || stdout !== '')).toEqual([]);
    expect(scene.node.records()).toEqual([]);
    expect(await agent.metric('braid_hand_overs_total{reason="no file descriptor left"}')).toBeGreaterThan(0);
  }, 180_000);

  test('who may not even wait is told so at once; STATUS is answered all the same', async () => {
    const scene = new AgentScene();
    const open = scene.gate();
    const agent = await scene.startAgent(['--limit', '1', '--waiting', '1']);
    const first = scene.call('ADD', { containerId: 'first', ...GATE });
    await scene.atGate(1);
    const second = scene.call('ADD', { containerId: 'second', ...GATE });
    await agent.metricIs('braid_queue_depth', 1);
    expect(await scene.call('ADD', { containerId: 'third', ...GATE })).toMatchObject(TRY_AGAIN);
    expect(await scene.call('STATUS', { cniVersion: '1.1.0' })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    open();
    expect([await first, await second]).toMatchObject([OK, OK]);
    expect((await scene.atGate(2)).toSorted()).toEqual(['first', 'second']);
  });
});

describeReal('a journal that the agent cannot write', hasLauncher(), () => {
  test('is for the standalone program to try, before anything has run', async () => {
    const scene = new AgentScene();
    const agent = await scene.startAgent();
    // Where not even root may make a folder.
    const added = await scene.call('ADD', { config: { stateDir: '/sys/braid' } });
    expect(added).toMatchObject({ code: 1, json: { code: 5, msg: expect.stringContaining('stateDir "/sys/braid"') } });
    expect(await agent.metric('braid_hand_overs_total{reason="no access to the journal"}')).toBe(1);
    expect(scene.node.story()).toEqual([]);
  });
});

describeReal('calls that hang', hasLauncher(), () => {
  test('however many, keep no DEL of another pod waiting', async () => {
    const scene = new AgentScene();
    const open = scene.gate();
    await scene.startAgent(['--limit', '1']);
    expect(await scene.call('ADD', { containerId: 'other' })).toMatchObject(OK);
    const hanging = scene.call('ADD', { containerId: 'hangs', ...GATE });
    await scene.atGate(1);
    expect(await scene.call('DEL', { containerId: 'other' })).toMatchObject(OK);
    open();
    expect(await hanging).toMatchObject(OK);
  });
});

const asRoot = process.getuid?.() === 0 ? hasLauncher() : ({ ok: false, why: 'needs root' } as const);

describeReal('a caller who is not root', asRoot, () => {
  test('does not reach the agent', async () => {
    const scene = new AgentScene();
    const agent = await scene.startAgent();
    const program = join(scene.node.dir, 'braid');
    copyFileSync(LAUNCHER[0] ?? '', program);
    chmodSync(scene.node.dir, 0o755);
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', program];
    const answer = await scene.call('ADD', {}, nobody);
    // It would have become what lies beside it.
    expect(answer).toMatchObject({ code: 1, json: { code: 7, msg: expect.stringContaining('braid-standalone') } });
    expect(answer.stderr).toContain('cannot be connected to');
    expect(await agent.metric('braid_lost_launchers_total')).toBe(0);
    expect(scene.node.calls()).toEqual([]);
  });
});
