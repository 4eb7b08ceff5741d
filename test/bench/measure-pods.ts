/** Many pods at once, three networks each, beside as many floors at once. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { forContainer, recordFloor } from './floor-calls.ts';
import { type TimedTable, timedTable } from './report.ts';
import { type Extent, type Part, type RowSamples, sampleInTurn } from './sampler.ts';
import { type BenchScene, callOf, networksOf } from './scene.ts';

const NETWORKS = 3;

/** The time until the last of the pods has its networks. */
export async function measurePods(
  scene: BenchScene,
  pods: ReadonlyArray<readonly [count: number, extent: Extent]>,
): Promise<TimedTable> {
  const rows = new Map<string, RowSamples>();
  for (const [count, extent] of pods) {
    for (const [title, row] of await sampleInTurn(scene.forms, [await podsPart(scene, count)], extent))
      rows.set(title, row);
  }
  return timedTable('pods at once', rows);
}

async function podsPart(scene: BenchScene, count: number): Promise<Part> {
  const { node, watch } = scene;
  const ids = Array.from({ length: count }, (_, index) => `pod-${String(index).padStart(4, '0')}`);
  const pod = { annotations: networksOf(NETWORKS), containerId: 'pod-none' };
  const floor = await recordFloor(scene, pod);
  const floors = ids.map((id) => [forContainer(scene, floor.calls.ADD, [pod.containerId, id])]);
  // A state folder of its own for each go, so that nothing has to be deleted between them.
  const stateDir = join(node.dir, 'state-of-many');
  return async (runner) => {
    mkdirSync(join(stateDir, 'attachments'), { recursive: true });
    const chains =
      runner === 'floor'
        ? floors
        : ids.map((containerId) => [callOf(node, runner, { ...pod, verb: 'ADD', containerId, config: { stateDir } })]);
    const sample = await watch.run(chains);
    rmSync(stateDir, { recursive: true });
    return { [`ADD of ${count} pods, ${NETWORKS} networks each`]: sample };
  };
}
