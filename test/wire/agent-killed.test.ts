/**
 * SIGKILL of agent or launcher at every frame of a call: the runtime gets an answer with a code or the launcher's death,
 * in bounded time, and the next DEL leaves nothing, whoever serves it.
 *
 * What else may happen between the two, and where it is tested:
 *
 *   the same on real networks                      test/real/agent-killed
 *   the socket file of a dead agent                launcher-alone; here by each DEL that no agent serves
 *   an agent that hangs                            launcher-faults, every way to; agent-faults, the real one
 *   an agent of another version, or a launcher     launcher-faults; test/agent/launcher-session
 *   an order outside CNI_PATH                      launcher-delegates
 *   500 launchers at once; a caller without root   agent-faults
 *   a stop in the middle of calls                  agent-stop
 *   two agents on one socket                       agent-command; test/agent/listen-alone, also at the same instant
 *   an API server that is away, or behind          agent-api; test/agent/cluster and informer; for statuses status-queue
 *   a fault of the agent's own                     agent-command
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Cut, FrameRelay } from '../doubles/frame-relay.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { describeReal } from '../harness/real-requirements.ts';
import { AgentScene, hasLauncher } from './agent-scene.ts';

/** Every frame of a call with two delegates. */
const FRAMES = {
  launcher: ['launcher hello 0', 'launcher request 0', 'launcher exited 0', 'launcher exited 1'],
  agent: ['agent hello 0', 'agent exec 0', 'agent exec 1', 'agent done 0'],
};
/** For a test that makes 16 calls and more, in ms. */
const LONG_MS = 180_000;
/** Once an order was given no other process takes the call over. */
const BEGUN = ['agent exec 0', 'launcher exited 0', 'agent exec 1', 'launcher exited 1'];

/** A call through a relay. */
async function relayed(scene: AgentScene, verb: string, cut?: Cut) {
  const path = join(scene.node.dir, 'relay.sock');
  const relay = await FrameRelay.start({ path, agentPath: scene.socketPath, ...(cut && { cut }) });
  const answer = await scene.call(verb, { env: { BRAID_AGENT_SOCKET: path } });
  return { answer, isCut: await relay.stop(), seen: relay.seen };
}

describeReal('SIGKILL at every frame', hasLauncher(), () => {
  test.each(['ADD', 'DEL'])('%s has these frames', async (verb) => {
    const scene = new AgentScene();
    await scene.startAgent();
    if (verb === 'DEL') expect(await scene.call('ADD')).toMatchObject({ code: 0 });
    const { answer, seen } = await relayed(scene, verb);
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(seen).toEqual(FRAMES);
    await scene.delLeavesNothing();
  });

  test.each(['ADD', 'DEL'])(
    'of a %s, the agent',
    async (verb) => {
      const scene = new AgentScene();
      for (const [index, at] of [...FRAMES.launcher, ...FRAMES.agent].entries()) {
        const agent = await scene.startAgent();
        if (verb === 'DEL') expect(await scene.call('ADD')).toMatchObject({ code: 0 });
        const { answer, isCut } = await relayed(scene, verb, { at, victim: 'agent', end: () => agent.kill() });
        expect([at, isCut]).toEqual([at, true]);
        if (BEGUN.includes(at)) expect([at, answer]).toMatchObject([at, { code: 1, json: { code: 11 } }]);
        else expect([at, answer]).toMatchObject([at, { code: 0 }]);
        // Its successor, or the standalone program.
        const successor = index % 2 === 0 ? await scene.startAgent() : undefined;
        await scene.delLeavesNothing();
        await successor?.kill();
      }
    },
    LONG_MS,
  );

  test.each(['ADD', 'DEL'])(
    'of a %s, the launcher',
    async (verb) => {
      const scene = new AgentScene();
      const agent = await scene.startAgent();
      for (const at of [...FRAMES.launcher, ...FRAMES.agent]) {
        if (verb === 'DEL') expect(await scene.call('ADD')).toMatchObject({ code: 0 });
        const { answer, isCut } = await relayed(scene, verb, {
          at,
          victim: 'launcher',
          end: () => scene.killLauncher(),
        });
        expect([at, isCut]).toEqual([at, true]);
        expect([at, answer.signal]).toEqual([at, 'SIGKILL']);
        await scene.delLeavesNothing();
      }
      await agent.metricIs('braid_calls_running', 0);
      // Those that were lost in the middle; one that got no further than its HELLO is a knock or not, by what was read of it,
      // and to its last word the agent may have answered before it was gone.
      const lost = await agent.metric('braid_lost_launchers_total');
      expect([BEGUN.length, FRAMES.launcher.length + FRAMES.agent.length]).toEqual([4, 8]);
      expect(lost).toBeGreaterThanOrEqual(BEGUN.length);
      expect(lost).toBeLessThan(8);
    },
    LONG_MS,
  );

  describe('while a delegate runs', () => {
    /** An ADD whose second delegate hangs. */
    async function hangingAdd() {
      const scene = new AgentScene();
      const agent = await scene.startAgent();
      scene.node.plugin('ptp', { ADD: { hang: true } });
      const ended = scene.call('ADD');
      await pollUntil(() => scene.node.made().length === 2 || undefined, { withinMs: 20_000, what: 'ptp' });
      return { scene, agent, ended };
    }

    test('of the agent', async () => {
      const { scene, agent, ended } = await hangingAdd();
      await agent.kill();
      expect(await ended).toMatchObject({ code: 1, json: { code: 11 } });
      expect(scene.delegates()).toEqual([]);
      await scene.delLeavesNothing();
    });

    test('of the launcher', async () => {
      const { scene, ended } = await hangingAdd();
      await scene.killLauncher();
      expect(await ended).toMatchObject({ signal: 'SIGKILL' });
      await scene.delLeavesNothing();
    });

    test('no SIGKILL but SIGTERM of the launcher: the agent takes back what was done', async () => {
      const { scene, agent, ended } = await hangingAdd();
      scene.signalLauncher('SIGTERM');
      expect(await ended).toMatchObject({ code: 1, json: { code: 11 } });
      expect([scene.node.made(), scene.node.records(), scene.delegates()]).toEqual([[], [], []]);
      expect(await agent.metric('braid_rollbacks_total')).toBe(1);
    });
  });
});
