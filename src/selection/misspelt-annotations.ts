/** Annotations that look like one of those which choose networks, and choose nothing. Pure. */
import { nearestName } from '../schema/nearest-name.ts';
import { shown } from './npwg-fault.ts';

/** As far as `k8s.cni.cncf.io/networks` is off; others of the same prefix are further. */
const MOST_STEPS = 3;

/** One sentence for each annotation whose key is nearly one of `keys`, of which the pod has none by its right name. */
export function misspeltAnnotations(annotations: Readonly<Record<string, string>>, keys: readonly string[]): string[] {
  const missing = keys.filter((key) => !Object.hasOwn(annotations, key));
  return Object.keys(annotations).flatMap((key) => {
    const nearest = keys.includes(key) ? undefined : nearestName(key, missing, MOST_STEPS);
    return nearest === undefined ? [] : [`annotation ${shown(key)} chooses nothing; did you mean "${nearest}"?`];
  });
}
