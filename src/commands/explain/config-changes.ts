/**
 * In what a plugin's stdin differs from its configuration as somebody wrote it, a sentence for each difference. Pure.
 *
 * Not told: what every plugin gets (the list's name and version, `capabilities` taken out, `runtimeConfig` put in).
 */
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject } from '../../schema/json.ts';

const ORDINARY: ReadonlySet<string> = new Set(['capabilities', 'runtimeConfig']);

/** The differences, by key: `"ipam.routes" without {"dst":"0.0.0.0/0"}`. */
export function configChanges(written: JsonObject, given: JsonObject): string[] {
  const inherited = ['name', 'cniVersion'].filter((key) => written[key] === undefined);
  const isTold = (key: string) => !ORDINARY.has(key) && !inherited.includes(key);
  return differences(only(written, isTold), only(given, isTold), '');
}

function only(object: JsonObject, isTold: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => isTold(key)));
}

function differences(written: JsonObject, given: JsonObject, path: string): string[] {
  const keys = [...new Set([...Object.keys(written), ...Object.keys(given)])];
  return keys.flatMap((key) => difference(written[key], given[key], path === '' ? key : `${path}.${key}`));
}

function difference(written: unknown, given: unknown, path: string): string[] {
  if (isDeepStrictEqual(written, given)) return [];
  if (written === undefined) return [`"${path}" is added: ${JSON.stringify(given)}`];
  if (given === undefined) return [`"${path}" is taken out: ${JSON.stringify(written)}`];
  if (isJsonObject(written) && isJsonObject(given)) return differences(written, given, path);
  const lost = Array.isArray(written) && Array.isArray(given) ? lostItems(written, given) : undefined;
  if (lost !== undefined) return [`"${path}" without ${lost.map((item) => JSON.stringify(item)).join(', ')}`];
  return [`"${path}" is ${JSON.stringify(given)} in place of ${JSON.stringify(written)}`];
}

/** What a list lost; `undefined` when that is not all that happened to it. */
function lostItems(written: readonly unknown[], given: readonly unknown[]): unknown[] | undefined {
  const lost = written.filter((item) => !given.some((kept) => isDeepStrictEqual(item, kept)));
  return lost.length > 0 && lost.length + given.length === written.length ? lost : undefined;
}
