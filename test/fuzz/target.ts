/** One thing that is fuzzed. */
import fc from 'fast-check';
import type { Sandbox } from './sandbox.ts';

/** A property over generated cases; `share` of all cases is its own. `after` is called when a case has passed. */
export interface Target {
  readonly name: string;
  readonly share: number;
  property(sandbox: Sandbox, after: () => void): fc.IRawProperty<[unknown]>;
}

interface Definition<T> {
  readonly name: string;
  readonly share: number;
  cases(sandbox: Sandbox): fc.Arbitrary<T>;
  run(sandbox: Sandbox, fuzzed: T): Promise<void>;
}

/** A target of a generator and what to do with each case; `run` throws what it finds. */
export function target<T>({ name, share, cases, run }: Definition<T>): Target {
  return {
    name,
    share,
    property: (sandbox, after) =>
      fc.asyncProperty(cases(sandbox), async (fuzzed) => {
        await run(sandbox, fuzzed);
        after();
      }),
  };
}
