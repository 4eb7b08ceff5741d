/** The results of all attachments as the one that the runtime gets. Pure. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Outcome } from '../execute/attach.ts';
import { mergeResults } from '../merge/merge-results.ts';
import { normaliseOutcomes } from '../merge/normalise-result.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { resultFamily } from '../schema/cni-version.ts';
import type { CniResult } from '../schema/result.ts';

/** The answer's result, the attachments' own results as they went into it, and what is to be said about them. */
export interface MergedAnswer {
  readonly result: CniResult;
  readonly outcomes: readonly Outcome[];
  readonly warnings: readonly string[];
}

/** Merges what an ADD made; `prevResult` is that of the plugins before us when we are chained. */
export function mergedAnswer(
  made: readonly Outcome[],
  request: CniRequest,
  { catalogue, prevResult }: { catalogue: Catalogue; prevResult: CniResult | undefined },
): MergedAnswer {
  const { outcomes, warnings } = normaliseOutcomes(made, { netns: request.netns, catalogue });
  const merged = mergeResults(onlyAnswered(outcomes, request), prevResult);
  return { result: merged.result, outcomes, warnings: [...warnings, ...merged.warnings] };
}

/** The older result versions hold one network only; the pod has all of them all the same. */
function onlyAnswered(outcomes: readonly Outcome[], request: CniRequest): readonly Outcome[] {
  const fallback = resultFamily(request.cniVersion) === 'ip4-ip6' ? 'primary' : 'merged';
  return (request.config.resultMode ?? fallback) === 'primary' ? outcomes.slice(0, 1) : outcomes;
}
