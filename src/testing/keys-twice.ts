/** Keys that stand twice in one map. The library compares each key with each other one, which takes minutes for many. Pure. */
import { type Document, isMap, isScalar, isSeq } from 'yaml';

/** A map may take the keys of several others. */
const MERGE_KEY = '<<';

/** Where keys stand a second time in their map: offsets in the text, in its order. */
export function keysTwice({ contents }: Document): number[] {
  const found: number[] = [];
  // Not by recursion, which has its depth.
  const open: unknown[] = [contents];
  while (open.length > 0) {
    const node = open.pop();
    if (isSeq(node)) for (const item of node.items) open.push(item);
    if (!isMap(node)) continue;
    const known = new Set<unknown>();
    for (const { key, value } of node.items) {
      open.push(key, value);
      if (!isScalar(key)) continue;
      if (known.has(key.value) && key.value !== MERGE_KEY) found.push(key.range?.[0] ?? 0);
      known.add(key.value);
    }
  }
  return found.toSorted((left, right) => left - right);
}
