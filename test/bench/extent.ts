/** How much is measured: all of it in at most five minutes, or a little in seconds to see that the bench itself works. */
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
}

/** A whole run. */
export const FULL: Extents = {
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
};

/** A run that proves the bench. */
export const QUICK: Extents = {
  instant: { rounds: 1, seconds: 1 },
  bridges: { rounds: 1, seconds: 1 },
  networkCounts: [1, 3],
  pods: [[4, { rounds: 1, seconds: 1 }]],
  api: { rounds: 1, seconds: 1 },
  growth: { rounds: 1, seconds: 1 },
  definitions: [10],
  files: [10],
  records: [1],
};
