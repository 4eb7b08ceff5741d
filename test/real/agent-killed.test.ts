/** SIGKILL of agent or launcher at every frame of a call on real networks: the next DEL leaves nothing on the node. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cut, FrameRelay } from '../doubles/frame-relay.ts';
import type { BraidCall } from '../harness/braid-call.ts';
import { describeReal, hasRealNetworking } from '../harness/real-requirements.ts';
import { createRealScene, type RealScene } from '../harness/real-scene.ts';
import { type RunResult, runToEnd } from '../harness/run-child.ts';
import { RunningAgent } from '../harness/running-agent.ts';

const LAUNCHER = resolve(import.meta.dirname, '../../dist/cni/braid');
const VICTIMS = ['agent', 'launcher'] as const;

/** Five plugins. None is a bridge with ipMasq, which leaves its rules when it is killed in the middle of its DEL. */
const ANNOTATIONS = { cni: 'published,storage' };

describeReal('agent and launcher on real networks', hasRealNetworking(), () => {
  let scene: RealScene;
  let launcher: ChildProcessWithoutNullStreams;
  beforeEach(async () => {
    scene = await createRealScene('agent-killed');
  });
  afterEach(() => scene.dispose());

  const startAgent = () =>
    RunningAgent.start({ dir: scene.node.dir, spawn: (argv, env) => scene.node.spawn(argv, { env }) });

  function call(socketPath: string, braidCall: BraidCall): Promise<RunResult> {
    const { stdin, env } = scene.braid.request({ annotations: ANNOTATIONS, ...braidCall });
    launcher = scene.node.spawn([LAUNCHER], { env: { ...env, BRAID_AGENT_SOCKET: socketPath } });
    return runToEnd(launcher, { stdin, kill: () => scene.node.killGroup(launcher) });
  }

  async function relayed(agentPath: string, braidCall: BraidCall, cut?: Cut) {
    const path = join(scene.node.dir, 'relay.sock');
    const relay = await FrameRelay.start({ path, agentPath, ...(cut && { cut }) });
    const answer = await call(path, braidCall);
    return { answer, isCut: await relay.stop(), frames: [...relay.seen.launcher, ...relay.seen.agent] };
  }

  /** Every frame of an undisturbed call. */
  async function framesOf(verb: string): Promise<string[]> {
    const agent = await startAgent();
    const pod = await scene.pod('whole');
    const whole = { containerId: 'whole', netns: pod.path };
    const added = await relayed(agent.socketPath, { verb: 'ADD', ...whole });
    const deleted = await relayed(agent.socketPath, { verb: 'DEL', ...whole });
    expect([added.answer, deleted.answer]).toMatchObject([{ code: 0 }, { code: 0 }]);
    await pod.remove();
    await agent.kill();
    return verb === 'ADD' ? added.frames : deleted.frames;
  }

  test.each(['ADD', 'DEL'].flatMap((verb) => VICTIMS.map((victim) => [verb, victim] as const)))(
    'at every frame of a %s, the %s is killed',
    async (verb, victim) => {
      const frames = await framesOf(verb);
      expect(frames.filter((frame) => frame.startsWith('agent exec')).length).toBeGreaterThanOrEqual(5);
      for (const [index, at] of frames.entries()) {
        const agent = await startAgent();
        const pod = await scene.pod(`p${index}`);
        const before = await scene.node.snapshot();
        const braidCall = { containerId: `c${index}`, netns: pod.path };
        if (verb === 'DEL')
          expect(await call(agent.socketPath, { verb: 'ADD', ...braidCall })).toMatchObject({ code: 0 });
        const end = async () => (victim === 'agent' ? agent.kill() : void scene.node.killGroup(launcher));
        const { answer, isCut } = await relayed(agent.socketPath, { verb, ...braidCall }, { at, victim, end });
        expect([at, isCut, answer.timedOut]).toEqual([at, true, false]);
        // A dying agent may get as far as its record, in spite of which the standalone program serves a call without an order.
        const codes = at === 'agent hello 0' ? [11, 100] : [11];
        if (victim === 'agent' && answer.code !== 0)
          expect([at, codes]).toEqual([at, expect.arrayContaining([JSON.parse(answer.stdout).code])]);
        expect([at, await call(agent.socketPath, { verb: 'DEL', ...braidCall })]).toMatchObject([
          at,
          { code: 0, stdout: '' },
        ]);
        await agent.kill();
        expect([at, await scene.node.leftSince(before)]).toEqual([at, []]);
        expect(scene.braid.records()).toEqual([]);
        await pod.remove();
      }
    },
  );
});
