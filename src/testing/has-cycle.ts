/** Whether a value stands in itself. `above`: what it is in, `known`: what was looked at already. Pure. */
export function hasCycle(value: unknown, above = new Set<unknown>(), known = new Set<unknown>()): boolean {
  if (typeof value !== 'object' || value === null || known.has(value)) return false;
  if (above.has(value)) return true;
  above.add(value);
  const isFound = Object.values(value).some((item) => hasCycle(item, above, known));
  above.delete(value);
  known.add(value);
  return isFound;
}
