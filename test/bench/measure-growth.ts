/** ADD and DEL of three networks while what lies around them grows: definitions, configuration files, records. */
import { openStateDir } from '../../src/state/on-disk.ts';
import { apiScene, podOfDefinitions, putDefinition } from './api-scene.ts';
import { recordFloor } from './floor-calls.ts';
import { startForms } from './forms.ts';
import { comingPod } from './measure-instant.ts';
import { attachPart } from './parts.ts';
import { type TimedTable, timedTable } from './report.ts';
import { type Extent, type Part, sampleInTurn } from './sampler.ts';
import { type Base, type BenchScene, instantNetwork, instantScene, MOST_NETWORKS, networksOf } from './scene.ts';

const THREE = networksOf(3);

/** What to grow to, and how long to measure each. */
export interface Growth {
  readonly sizes: readonly number[];
  readonly extent: Extent;
}

/** Definitions on the API server, of which the pod has three. */
export async function measureDefinitions(base: Base, { sizes, extent }: Growth): Promise<TimedTable> {
  const ends: Array<() => Promise<void>> = [];
  try {
    const parts: Part[] = [];
    for (const size of sizes) {
      const scene = await apiScene(base);
      ends.push(scene.dispose, (await startForms(scene)).end);
      for (let number = 1; number <= size; number += 1) putDefinition(scene.api, `d${number}`);
      const pod = await comingPod(scene, podOfDefinitions(scene, 3), `3 networks, ${size} definitions there`);
      parts.push(attachPart(scene, { ...pod, hasDelRow: false }));
    }
    return timedTable('definitions on the API server', await sampleInTurn(base.forms, parts, extent));
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

/** Files in the configuration folder, of which the pod's networks are three. */
export function measureFiles(base: Base, growth: Growth): Promise<TimedTable> {
  return measureScenes(base, { ...growth, title: 'configuration files', what: 'files there' }, async (scene, size) => {
    for (let number = MOST_NETWORKS + 1; number <= size; number += 1) instantNetwork(scene.node, `n${number}`);
  });
}

/** Pods in the journal. */
export function measureRecords(base: Base, growth: Growth): Promise<TimedTable> {
  return measureScenes(base, { ...growth, title: 'pods in the journal', what: 'pods there' }, putRecords);
}

interface SceneGrowth extends Growth {
  readonly title: string;
  readonly what: string;
}

async function measureScenes(
  base: Base,
  { sizes, extent, title, what }: SceneGrowth,
  fill: (scene: BenchScene, size: number) => Promise<void>,
): Promise<TimedTable> {
  const ends: Array<() => Promise<void>> = [];
  try {
    const parts: Part[] = [];
    for (const size of sizes) {
      const scene = instantScene(base);
      ends.push(async () => scene.node.dispose(), (await startForms(scene)).end);
      await fill(scene, size);
      parts.push(attachPart(scene, await comingPod(scene, { annotations: THREE }, `3 networks, ${size} ${what}`)));
    }
    return timedTable(title, await sampleInTurn(base.forms, parts, extent));
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

/** The record of a real ADD, again and again under other names. */
async function putRecords(scene: BenchScene, size: number): Promise<void> {
  const containerId = 'c-0';
  await recordFloor(scene, { annotations: THREE, containerId }, { stays: true });
  const state = openStateDir(scene.node.stateDir);
  const first = await state.load({ containerId, ifName: 'eth0' });
  if (first.kind !== 'found') throw new Error(`the record of ${containerId} is ${first.kind}`);
  for (let number = 1; number < size; number += 1) {
    await state.write({ ...first.record, containerId: `c-${number}` });
  }
}
