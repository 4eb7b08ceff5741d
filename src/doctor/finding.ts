/**
 * What the checks of `braid doctor` have in common: what one is, and what it finds. Pure.
 *
 * In: an `ExaminedNode`. Out: findings. Invariant: a check changes nothing on the node, and finds nothing where all is well.
 */
import type { ExaminedNode } from './examined-node.ts';

/** The worst first. `note`: good to know, and no reason for another exit status. */
export const SEVERITIES = ['error', 'warning', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One thing that is wrong, or worth knowing. All but `id` are sentences for people, without their full stop. */
export interface Finding {
  /** `check/rule`: stable, for those who sort findings out by program. */
  readonly id: string;
  readonly severity: Severity;
  readonly what: string;
  /** What it does to pods or to the node. */
  readonly why: string;
  readonly mend: string;
  /** A file, folder, socket or address; empty where there is none. */
  readonly where: string;
}

/** One part of a node's health. */
export interface Check {
  readonly name: string;
  /** Looks. May throw: what it threw becomes a finding, too. */
  readonly run: (node: ExaminedNode, signal: AbortSignal) => Promise<Finding[]>;
}

/** As many names as a line can hold, and how many more there are. */
export function shortList(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ');
}

/** `1 record`, `2 records`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
