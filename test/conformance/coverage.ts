/** Requirements beside the rows that name them. Pure. */
import type { Requirement } from './requirement.ts';
import type { Row } from './suite-rows.ts';

/** A requirement and how it stands: `missing` when no row that ran names it. */
export interface Covered {
  readonly requirement: Requirement;
  readonly rows: readonly Row[];
  readonly state: 'passed' | 'failed' | 'missing';
}

/** Every requirement with its rows, in the requirements' order. */
export function coverageOf(requirements: readonly Requirement[], rows: readonly Row[]): Covered[] {
  return requirements.map((requirement) => {
    const own = rows.filter(({ ids, state }) => ids.includes(requirement.id) && state !== 'skipped');
    const state = own.some((row) => row.state === 'failed') ? 'failed' : own.length > 0 ? 'passed' : 'missing';
    return { requirement, rows: own, state };
  });
}

/** Rows that name no requirement or an unknown one, and requirements that are there twice: one sentence each. */
export function strayRows(requirements: readonly Requirement[], rows: readonly Row[]): string[] {
  const known = new Set<string>();
  const faults = new Set<string>();
  for (const { id } of requirements) {
    if (known.has(id)) faults.add(`requirement ${id} is there twice`);
    known.add(id);
  }
  for (const { ids, title, file } of rows) {
    if (ids.length === 0) faults.add(`${file}: "${title}" names no requirement`);
    for (const id of ids.filter((candidate) => !known.has(candidate)))
      faults.add(`${file}: "${title}" names ${id}, which is unknown`);
  }
  return [...faults];
}
