/** Numbers that stand for many. */

/** The value below which the share `part` (0 to 1) of the values lies: the nearest rank, so always one of them. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const rank = Math.max(Math.ceil(part * sorted.length), 1);
  return sorted[rank - 1] ?? Number.NaN;
}

/** The middle value; of an even number the lower one of the two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
