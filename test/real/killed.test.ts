/** kill -9 of Braid at every step of its journal, and in the middle of a delegate: the next DEL leaves nothing. */
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BraidForm, COMPILED } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { describeReal, hasRealNetworking } from '../harness/real-requirements.ts';
import { createRealScene, describeRealForms, type RealScene } from '../harness/real-scene.ts';

const project = resolve(import.meta.dirname, '../..');

/** An upper bound on the steps of a three-network ADD: the write, six notes and the end, before and after each. */
const MOST_STEPS = 40;

function killedAt(step: number): BraidForm {
  const node = join(project, 'node_modules/.bin/node');
  return { name: `killed at ${step}`, command: [node, join(project, 'test/real/killed-braid.ts'), String(step)] };
}

let scene: RealScene;
afterEach(() => scene.dispose());

// A standalone program: an agent's calls take the same steps, and what ends there is its launcher.
describeReal('Braid is killed', hasRealNetworking(), () => {
  beforeEach(async () => {
    scene = await createRealScene('killed');
  });

  async function killEveryStep(verb: 'ADD' | 'DEL'): Promise<number> {
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const pod = await scene.pod(`p${step}`);
      const before = await scene.node.snapshot();
      const call = { containerId: `c${step}`, netns: pod.path, annotations: { cni: 'front,storage,lan' } };
      if (verb === 'DEL') expect(await scene.braid.call(COMPILED, { verb: 'ADD', ...call })).toMatchObject({ code: 0 });
      const killed = await scene.braid.call(killedAt(step), { verb, ...call });
      const deleted = await scene.braid.call(COMPILED, { verb: 'DEL', ...call });
      expect([step, deleted.code, deleted.stdout]).toEqual([step, 0, '']);
      expect([step, await scene.node.leftSince(before)]).toEqual([step, []]);
      expect(scene.braid.records()).toEqual([]);
      await pod.remove();
      if (killed.code === 0) return step;
      expect(killed.signal ?? killed.code).toSatisfy((end) => end === 'SIGKILL' || end === 137);
    }
    throw new Error('the request never ran to its end');
  }

  test('at every journal step of an ADD of three networks', async () => {
    expect(await killEveryStep('ADD')).toBe(10);
  });

  test('at every journal step of the DEL of three networks', async () => {
    expect(await killEveryStep('DEL')).toBe(8);
  });
});

describeRealForms('Braid is killed while a delegate runs', hasRealNetworking(), (form) => {
  beforeEach(async () => {
    scene = await createRealScene('killed', form);
  });

  test('the delegate is ended before its network is deleted', async () => {
    scene.scripted('slow', { ADD: { hang: true } });
    const pod = await scene.pod('web');
    const before = await scene.node.snapshot();
    const { stdin, env } = scene.braid.request({ verb: 'ADD', netns: pod.path, annotations: { cni: 'front,slow' } });
    const child = scene.node.spawn([...form.command], { env });
    child.stdin.end(stdin);
    await pollUntil(async () => scene.braid.made().length === 1 || undefined, {
      withinMs: 20_000,
      what: 'the slow delegate runs',
    });
    child.kill('SIGKILL');
    await pollUntil(async () => child.exitCode !== null || child.signalCode !== null || undefined, {
      withinMs: 5000,
      what: 'Braid is dead',
    });
    const alive = async () => (await scene.node.processes()).filter(({ command }) => command.includes('bin/slow'));
    // A launcher takes its delegates along.
    if (!form.agent) expect(await alive()).toHaveLength(1);
    const deleted = await scene.braid.call(form, { verb: 'DEL', netns: pod.path });
    expect(deleted).toMatchObject({ code: 0, stdout: '' });
    if (!form.agent) {
      expect(deleted.stderr).toContain('ended 1 delegate process(es) that had outlived an earlier call');
    }
    expect(await alive()).toEqual([]);
    expect(await scene.node.leftSince(before)).toEqual([]);
    expect([scene.braid.made(), scene.braid.records()]).toEqual([[], []]);
  });
});
