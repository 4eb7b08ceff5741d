/** How much is measured: as much as numbers for a document need, as much as a change needs, or as little as proves the bench. */
import type { CommandSizes } from './measure-commands.ts';
import type { Extent } from './sampler.ts';

/** Sizes and limits of one run. */
export interface Extents {
  readonly instant: Extent;
  readonly bridges: Extent;
  readonly networkCounts: readonly number[];
  /** Pods at once, and how often. */
  readonly pods: ReadonlyArray<readonly [count: number, extent: Extent]>;
  readonly api: Extent;
  readonly growth: Extent;
  readonly definitions: readonly number[];
  readonly files: readonly number[];
  readonly records: readonly number[];
  readonly commands: CommandSizes;
  /** What the memory of a resident form is measured with. */
  readonly memory: { readonly definitions: number; readonly pods: number; readonly pairs: number };
}

/** About eight minutes. */
const FULL: Extents = {
  instant: { rounds: 100, seconds: 90 },
  bridges: { rounds: 20, seconds: 45 },
  networkCounts: [1, 3, 8],
  pods: [
    [1, { rounds: 20, seconds: 6 }],
    [8, { rounds: 8, seconds: 10 }],
    [32, { rounds: 4, seconds: 15 }],
    [110, { rounds: 3, seconds: 25 }],
  ],
  api: { rounds: 40, seconds: 25 },
  growth: { rounds: 15, seconds: 20 },
  definitions: [10, 100, 1000, 5000],
  files: [10, 100, 1000],
  records: [1, 10, 100, 1000],
  commands: { pods: 1000, definitions: 200, fixtures: 1000, extent: { rounds: 10, seconds: 60 } },
  memory: { definitions: 1000, pods: 110, pairs: 10_000 },
};

/** About two minutes. */
const QUICK: Extents = {
  instant: { rounds: 40, seconds: 25 },
  bridges: { rounds: 8, seconds: 20 },
  networkCounts: [1, 3, 8],
  pods: [
    [1, { rounds: 8, seconds: 2 }],
    [8, { rounds: 4, seconds: 3 }],
    [32, { rounds: 2, seconds: 6 }],
    [110, { rounds: 2, seconds: 12 }],
  ],
  api: { rounds: 15, seconds: 10 },
  growth: { rounds: 10, seconds: 6 },
  definitions: [10, 5000],
  files: [10, 1000],
  records: [1, 1000],
  commands: { pods: 1000, definitions: 200, fixtures: 1000, extent: { rounds: 3, seconds: 20 } },
  memory: { definitions: 1000, pods: 110, pairs: 1000 },
};

/** Seconds: it shows that the bench works, not how fast anything is. */
const SMOKE: Extents = {
  instant: { rounds: 1, seconds: 1 },
  bridges: { rounds: 1, seconds: 1 },
  networkCounts: [3],
  pods: [[4, { rounds: 1, seconds: 1 }]],
  api: { rounds: 1, seconds: 1 },
  growth: { rounds: 1, seconds: 1 },
  definitions: [10],
  files: [10],
  records: [1],
  commands: { pods: 5, definitions: 3, fixtures: 5, extent: { rounds: 1, seconds: 1 } },
  memory: { definitions: 2, pods: 2, pairs: 8 },
};

/** By the name that a report has. */
export const EXTENTS = { full: FULL, quick: QUICK, smoke: SMOKE } as const;

/** Which of them. */
export type ExtentName = keyof typeof EXTENTS;
