/** Expected and seen side by side, as lines in the form of the fixture file. Pure. */
import { structuredPatch } from 'diff';
import { stringify } from 'yaml';
import { isJsonObject } from '../../schema/json.ts';
import type { Difference } from '../../testing/judge-step.ts';

/** Equal lines that are shown around a difference. */
const CONTEXT = 3;

/** Lines that begin with `-` (expected), `+` (seen) or a space. */
export function differenceLines({ part, expected, seen }: Difference): string[] {
  const [left, right] = [yamlOf(part, expected), yamlOf(part, alike(seen, expected))];
  const { hunks } = structuredPatch('', '', left, right, '', '', { context: CONTEXT });
  return hunks.flatMap(({ lines }, index) => [...(index > 0 ? ['  …'] : []), ...lines]);
}

function yamlOf(part: string, value: unknown): string {
  return value === undefined ? '' : stringify({ [part]: value }, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The same value with its keys in the order of the other, so that order is no difference. */
function alike(value: unknown, other: unknown): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => alike(item, Array.isArray(other) ? other[index] : undefined));
  if (!isJsonObject(value) || !isJsonObject(other)) return value;
  const keys = [...new Set([...Object.keys(other), ...Object.keys(value)])].filter((key) => Object.hasOwn(value, key));
  return Object.fromEntries(keys.map((key) => [key, alike(value[key], other[key])]));
}
