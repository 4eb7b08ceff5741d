/** JSON as values: what configuration files, requests and results are before a schema has looked at them. Pure. */

/** A JSON object whose keys are not known yet. */
export type JsonObject = { readonly [key: string]: unknown };

/** True for a JSON object: not null, not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy of `object` without the named keys; unknown keys and their order survive. */
export function withoutKeys(object: JsonObject, isDropped: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !isDropped(key)));
}

/** True when objects and lists stand in each other deeper than `levels`; such a value cannot be printed by every engine. */
export function isNestedDeeperThan(levels: number, value: unknown): boolean {
  let layer: unknown[] = [value];
  for (let level = 0; layer.length > 0 && level <= levels; level += 1) {
    layer = layer.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return layer.length > 0;
}
