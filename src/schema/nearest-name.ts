/** What somebody may have meant who wrote a name that there is not. Pure. */
import { distance } from 'fastest-levenshtein';

/** Longer names are compared by their beginnings, for that takes its time. */
const COMPARED_CHARACTERS = 100;

/** The one of `known` that is nearest to `name`, whatever the case of letters; `undefined` when none is within `mostSteps`. */
export function nearestName(name: string, known: readonly string[], mostSteps?: number): string | undefined {
  const key = comparable(name);
  const most = Math.min(mostSteps ?? Math.max(2, key.length / 3), key.length - 1);
  let nearest: { readonly name: string; readonly steps: number } | undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > most) continue;
    const steps = distance(key, comparable(candidate));
    if (steps <= most && steps < (nearest?.steps ?? Number.POSITIVE_INFINITY)) nearest = { name: candidate, steps };
  }
  return nearest?.name;
}

function comparable(name: string): string {
  return name.slice(0, COMPARED_CHARACTERS).toLowerCase();
}
