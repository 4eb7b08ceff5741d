/** The tables of the bench by the names that `--only` takes, in the order in which they are measured. */
import { hasRealNetworking } from '../harness/real-requirements.ts';
import { type ApiScene, apiScene } from './api-scene.ts';
import { countFsyncs, whyNoFsyncs } from './count-fsyncs.ts';
import { countSizes } from './count-sizes.ts';
import type { Extents } from './extent.ts';
import { type Residents, withForms } from './forms.ts';
import { countApiCalls, measureApi } from './measure-api.ts';
import { measureBridges } from './measure-bridges.ts';
import { measureCommands } from './measure-commands.ts';
import { measureDefinitions, measureFiles, measureRecords } from './measure-growth.ts';
import { measureInstant } from './measure-instant.ts';
import { measureMemory, putDefinitions } from './measure-memory.ts';
import { measurePods } from './measure-pods.ts';
import type { CountTable, TimedTable } from './report.ts';
import { type Base, type BenchScene, instantScene } from './scene.ts';

/** Where what is measured goes. */
export interface Findings {
  readonly timed: TimedTable[];
  readonly counted: CountTable[];
  readonly leftOut: string[];
}

/** What a measurement is given. */
export interface Measuring {
  readonly base: Base;
  readonly extents: Extents;
  readonly findings: Findings;
}

export const MEASUREMENTS = {
  async instant({ base, extents, findings }) {
    const options = { networkCounts: extents.networkCounts, extent: extents.instant };
    findings.timed.push(await onNode(base, (scene) => measureInstant(scene, options)));
  },
  async pods({ base, extents, findings }) {
    findings.timed.push(await onNode(mainForms(base), (scene) => measurePods(scene, extents.pods)));
  },
  async api({ base, extents, findings }) {
    const options = { networkCounts: extents.networkCounts, extent: extents.api };
    findings.timed.push(await withApi(mainForms(base), (scene) => measureApi(scene, options)));
  },
  async definitions({ base, extents, findings }) {
    findings.timed.push(
      await measureDefinitions(mainForms(base), { sizes: extents.definitions, extent: extents.growth }),
    );
  },
  async files({ base, extents, findings }) {
    findings.timed.push(await measureFiles(mainForms(base), { sizes: extents.files, extent: extents.growth }));
  },
  async records({ base, extents, findings }) {
    findings.timed.push(await measureRecords(mainForms(base), { sizes: extents.records, extent: extents.growth }));
  },
  async bridges({ base, extents, findings }) {
    const ability = hasRealNetworking();
    const options = { networkCounts: extents.networkCounts, extent: extents.bridges };
    if (ability.ok) findings.timed.push(await measureBridges(mainForms(base), options));
    else findings.leftOut.push(`real bridges: ${ability.why}`);
  },
  async requests({ base, findings }) {
    findings.counted.push(await withApi(mainForms(base), countApiCalls));
  },
  async fsyncs({ base, extents, findings }) {
    const obstacle = whyNoFsyncs();
    if (obstacle !== undefined) findings.leftOut.push(`fsyncs: ${obstacle}`);
    else findings.counted.push(await countFsyncs(mainForms(base), extents.networkCounts));
  },
  async memory({ base, extents, findings }) {
    const forms = base.forms.filter(({ start }) => start);
    if (forms.length === 0)
      return void findings.leftOut.push('memory that stays: there is no launcher (see musl-tools)');
    const measure = (scene: ApiScene, residents: Residents) => measureMemory(scene, residents, extents.memory);
    const fill = (scene: ApiScene) => putDefinitions(scene, extents.memory.definitions);
    findings.counted.push(await withApi({ ...base, forms }, measure, fill));
  },
  async commands({ base, extents, findings }) {
    findings.timed.push(await measureCommands(mainForms(base), extents.commands));
  },
  async sizes({ findings }) {
    findings.counted.push(countSizes());
  },
} as const satisfies Record<string, (measuring: Measuring) => Promise<void>>;

/** The name of a table. */
export type MeasurementName = keyof typeof MEASUREMENTS;

/** Without the forms of which the table of the verbs tells all. */
function mainForms(base: Base): Base {
  return { ...base, forms: base.forms.filter(({ isOfVerbsOnly }) => !isOfVerbsOnly) };
}

async function onNode<T>(base: Base, work: (scene: BenchScene) => Promise<T>): Promise<T> {
  const scene = instantScene(base);
  try {
    return await withForms(scene, () => work(scene));
  } finally {
    scene.node.dispose();
  }
}

/** `fill` comes before the forms start. */
async function withApi<T>(
  base: Base,
  work: (scene: ApiScene, residents: Residents) => Promise<T>,
  fill: (scene: ApiScene) => void = () => undefined,
): Promise<T> {
  const scene = await apiScene(base);
  try {
    fill(scene);
    return await withForms(scene, (residents) => work(scene, residents));
  } finally {
    await scene.dispose();
  }
}
