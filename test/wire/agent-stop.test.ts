/** SIGTERM for an agent in the middle of calls. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pollUntil } from '../harness/poll-until.ts';
import { describeReal } from '../harness/real-requirements.ts';
import { AgentScene, hasLauncher } from './agent-scene.ts';

const GATE = { annotations: { cni: 'gate' } };
const OK = { code: 0 };
const TRY_AGAIN = { code: 1, json: { code: 11 } };

describeReal('an agent that is told to stop', hasLauncher(), () => {
  /** Of three ADDs one runs, one waits, and one comes when SIGTERM has. */
  async function stopped() {
    const scene = new AgentScene();
    const open = scene.gate();
    const agent = await scene.startAgent(['--limit', '1']);
    const running = scene.call('ADD', { containerId: 'running', ...GATE });
    await scene.atGate(1);
    const waiting = scene.call('ADD', { containerId: 'waiting', ...GATE });
    await agent.metricIs('braid_queue_depth', 1);
    agent.signal('SIGTERM');
    await pollUntil(() => !existsSync(scene.socketPath) || undefined, { withinMs: 10_000, what: 'the socket to go' });
    return { scene, open, agent, running, waiting };
  }

  test('finishes what runs, and the standalone program serves the rest', async () => {
    const { scene, open, agent, running, waiting } = await stopped();
    expect(await agent.ask('/readyz')).toMatchObject({ status: 503, text: 'the agent is stopping\n' });
    expect(await agent.ask('/healthz')).toMatchObject({ status: 200 });
    const late = scene.call('ADD', { containerId: 'late', ...GATE });
    // All three stand there now: two of them without the agent, whose limit is one.
    expect((await scene.atGate(3)).toSorted()).toEqual(['late', 'running', 'waiting']);
    open();
    expect([await running, await waiting, await late]).toMatchObject([OK, OK, OK]);
    expect(await agent.ended).toMatchObject({ code: 0 });
    for (const containerId of ['running', 'waiting']) await scene.call('DEL', { containerId, ...GATE });
    await scene.delLeavesNothing({ containerId: 'late', ...GATE });
  });

  test('twice ends at once', async () => {
    const { scene, open, agent, running, waiting } = await stopped();
    agent.signal('SIGTERM');
    expect(await agent.ended).toMatchObject({ code: 1 });
    expect(await running).toMatchObject(TRY_AGAIN);
    open();
    expect(await waiting).toMatchObject(OK);
    await scene.call('DEL', { containerId: 'waiting', ...GATE });
    await scene.delLeavesNothing({ containerId: 'running', ...GATE });
  });

  test('waits 25 s for a call that hangs, not longer', async () => {
    const { scene, agent, running, waiting } = await stopped();
    const began = performance.now();
    expect(await running).toMatchObject(TRY_AGAIN);
    expect(await agent.ended).toMatchObject({ code: 0 });
    expect(performance.now() - began).toBeGreaterThan(20_000);
    scene.signalLauncher('SIGKILL');
    expect(await waiting).toMatchObject({ signal: 'SIGKILL' });
    await scene.call('DEL', { containerId: 'waiting', ...GATE });
    await scene.delLeavesNothing({ containerId: 'running', ...GATE });
  });
});
