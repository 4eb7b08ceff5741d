/** Every verb, with plugins that answer at once: what Braid itself costs. */
import { type Floor, recordFloor } from './floor-calls.ts';
import { attachPart, type ComingPod, checkPart, nothingPart, versionPart } from './parts.ts';
import { type TimedTable, timedTable } from './report.ts';
import { type Extent, type Part, sampleInTurn } from './sampler.ts';
import { type BenchScene, networksOf, type PodRequest } from './scene.ts';

/** The networks of a CHECK. */
const CHECKED = 3;

/** What a table of verbs is made of. */
export interface VerbsOptions {
  readonly networkCounts: readonly number[];
  readonly extent: Extent;
}

/** The start of a form without Braid in it, VERSION, ADD and DEL of each count of networks, CHECK of three. */
export async function measureInstant(scene: BenchScene, { networkCounts, extent }: VerbsOptions): Promise<TimedTable> {
  const parts: Part[] = [nothingPart(scene), versionPart(scene)];
  for (const count of networkCounts) {
    parts.push(attachPart(scene, await comingPod(scene, { annotations: networksOf(count) }, networks(count))));
  }
  const staying = { annotations: networksOf(CHECKED), containerId: 'staying' };
  const floor = await recordFloor(scene, staying, { stays: true });
  parts.push(checkPart(scene, { title: networks(CHECKED), node: scene.node, pod: staying, floor }));
  return timedTable('plugins that answer at once', await sampleInTurn(scene.forms, parts, extent));
}

/** A pod whose floor has been recorded. */
export async function comingPod(scene: BenchScene, pod: PodRequest, title: string): Promise<ComingPod> {
  const floor: Floor = await recordFloor(scene, pod);
  return { title, node: scene.node, pod, floor, hasDelRow: true };
}

/** `3 networks`. */
export function networks(count: number): string {
  return count === 1 ? '1 network' : `${count} networks`;
}
