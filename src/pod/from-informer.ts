/**
 * The pod as an informer of this node's pods has it; another source is asked for what the informer may not know yet.
 *
 * A pod of the same name can be another one by now, which only the uid tells; so without a uid, or with another, the
 * informer's word does not count.
 */
import type { PodIdentity } from '../request/cni-args.ts';
import { readPod } from './from-api-server.ts';
import type { PodSource } from './pod-source.ts';

/** A pod's object, trimmed or whole; `undefined` when the informer has none. */
export type CachedPod = (identity: PodIdentity) => unknown;

/** A source that asks `live` for every pod that the informer does not have for certain. */
export function podFromInformer(cached: CachedPod, live: PodSource): PodSource {
  return {
    async find(identity) {
      const body = identity?.uid === undefined ? undefined : cached(identity);
      if (!identity || body === undefined) return live.find(identity);
      const lookup = readPod(body, identity);
      return lookup.kind === 'found' ? lookup : live.find(identity);
    },
  };
}
