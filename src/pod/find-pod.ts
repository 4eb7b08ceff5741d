/** Asks the sources in their order; the first that knows the pod's annotations decides. */
import { CniError, ErrorCode } from '../errors.ts';
import type { PodIdentity } from '../request/cni-args.ts';
import type { PodSource, PodView } from './pod-source.ts';

/** The pod, and what to log about sources that failed before one answered. */
export interface FoundPod {
  readonly pod: PodView;
  /** False where no source knows of the pod, and nothing is wrong with any. */
  readonly isKnown: boolean;
  readonly warnings: readonly string[];
}

/**
 * The pod's view from the first source that has it; a pod without annotations where no source exists or knows it.
 * Throws: code 11 when a source that should know the pod failed and none after it answered.
 */
export async function findPod(identity: PodIdentity | undefined, sources: readonly PodSource[]): Promise<FoundPod> {
  const failures: { readonly cause: string; readonly hint: string }[] = [];
  for (const source of sources) {
    const lookup = await source.find(identity);
    if (lookup.kind === 'found') {
      const warnings = failures.map(({ cause }) => `${cause}; going on with ${lookup.pod.origin}`);
      return { pod: lookup.pod, isKnown: true, warnings };
    }
    if (lookup.kind === 'failed') failures.push(lookup);
  }
  if (failures.length > 0) {
    const causes = failures.map(({ cause }) => cause).join('; ');
    const hints = [...new Set(failures.map(({ hint }) => hint))].join('; ');
    throw new CniError(ErrorCode.tryAgain, `cannot read the pod's annotations: ${causes}`, hints);
  }
  return { pod: { identity, annotations: {}, origin: 'no source of annotations' }, isKnown: false, warnings: [] };
}
