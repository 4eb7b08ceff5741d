/** What is measured of a pod: VERSION, ADD and DEL, CHECK; each by a form or by the floor. */
import type { BraidNode } from '../harness/braid-call.ts';
import type { Floor } from './floor-calls.ts';
import type { Part } from './sampler.ts';
import { type BenchScene, callOf, type PodRequest } from './scene.ts';

/** A program of the form's own runtime that does nothing, beside an empty static one: what no code of ours can save. */
export function nothingPart({ tools, watch, forms }: BenchScene): Part {
  const empty = { argv: [tools.empty], env: {}, stdin: '' };
  const idle = new Map(forms.map((form) => [form.name, form.idle?.(tools.folder)]));
  return async (runner) => {
    if (runner === 'floor') return { [NOTHING]: await watch.call(empty) };
    const argv = idle.get(runner.name);
    return argv ? { [NOTHING]: await watch.call({ ...empty, argv }) } : {};
  };
}

const NOTHING = 'nothing: the start of its runtime';

/** VERSION, beside an empty static program. */
export function versionPart({ node, tools, watch }: BenchScene): Part {
  const empty = { argv: [tools.empty], env: {}, stdin: '' };
  return async (runner) => ({
    VERSION: await watch.call(runner === 'floor' ? empty : callOf(node, runner, { verb: 'VERSION' })),
  });
}

/** A pod that comes and goes. `title` follows the verb. */
export interface ComingPod {
  readonly title: string;
  readonly node: BraidNode;
  readonly pod: PodRequest;
  readonly floor: Floor;
  /** Whether its DEL is a row, too. */
  readonly hasDelRow: boolean;
}

/** ADD, then DEL. */
export function attachPart({ watch }: Pick<BenchScene, 'watch'>, coming: ComingPod): Part {
  const { title, node, pod, floor, hasDelRow } = coming;
  const config = { ...pod.config, prevResult: floor.prevResult };
  return async (runner) => {
    const isFloor = runner === 'floor';
    const added = await watch.call(isFloor ? floor.calls.ADD : callOf(node, runner, { ...pod, verb: 'ADD' }));
    const deleted = await watch.call(isFloor ? floor.calls.DEL : callOf(node, runner, { ...pod, verb: 'DEL', config }));
    return { [`ADD ${title}`]: added, ...(hasDelRow ? { [`DEL ${title}`]: deleted } : {}) };
  };
}

/** CHECK of a pod that stays. */
export function checkPart({ watch }: Pick<BenchScene, 'watch'>, staying: Omit<ComingPod, 'hasDelRow'>): Part {
  const { title, node, pod, floor } = staying;
  const config = { ...pod.config, prevResult: floor.prevResult };
  return async (runner) => {
    const isFloor = runner === 'floor';
    const call = isFloor ? floor.calls.CHECK : callOf(node, runner, { ...pod, verb: 'CHECK', config });
    return { [`CHECK ${title}`]: await watch.call(call) };
  };
}
