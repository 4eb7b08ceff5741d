/**
 * All checks at once, each with a deadline: what hangs is a finding. Pure, but for what the checks do.
 *
 * In: the node. Out: an examination. Invariant: it ends soon after the deadline, whatever checks do, and never throws.
 */
import { CallDeadlines } from '../deadline.ts';
import { errorText } from '../errors.ts';
import type { ExaminedNode } from './examined-node.ts';
import { type Check, type Finding, SEVERITIES } from './finding.ts';

/** What came of the checks; findings with the worst first. */
export interface Examination {
  readonly checks: readonly string[];
  readonly findings: readonly Finding[];
  /** True when a check did not end: something of this process may still wait for a disk. */
  readonly isAnyLate: boolean;
}

/** Runs them, each for `limitMs` at the most. `signal` ends all of them. */
export async function runChecks(
  checks: readonly Check[],
  node: ExaminedNode,
  { signal, limitMs }: { signal: AbortSignal; limitMs: number },
): Promise<Examination> {
  const deadlines = new CallDeadlines(signal);
  const ends = await Promise.all(checks.map((check) => endOf(check, node, deadlines.start(limitMs))));
  deadlines.end();
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  const found = ends.flatMap((end) => (end.kind === 'found' ? end.findings : []));
  const lost = ends.filter((end) => end.kind !== 'found');
  // What several checks need, such as our own configuration, is told once.
  const alike = [...Map.groupBy(lost, ({ kind, cause }) => `${kind} ${cause}`).values()];
  return {
    checks: checks.map(({ name }) => name),
    findings: [...alike.flatMap(lostFinding), ...found].toSorted((left, right) => rank(left) - rank(right)),
    isAnyLate: ends.some(({ kind }) => kind === 'late'),
  };
}

type End = { readonly kind: 'found'; readonly findings: readonly Finding[] } | Lost;

/** A check without an answer. */
interface Lost {
  readonly kind: 'late' | 'forbidden' | 'failed';
  readonly name: string;
  readonly cause: string;
}

async function endOf({ name, run }: Check, node: ExaminedNode, signal: AbortSignal): Promise<End> {
  const late = new Promise<End>((resolve) => {
    const onAbort = () => resolve({ kind: 'late', name, cause: errorText(signal.reason) });
    signal.addEventListener('abort', onAbort, { once: true });
  });
  const found = async (): Promise<End> => ({ kind: 'found', findings: await run(node, signal) });
  try {
    return await Promise.race([found(), late]);
  } catch (cause) {
    const isForbidden = !node.isRoot && ['EACCES', 'EPERM'].includes(codeOf(cause));
    // What the error says how to mend is for those whom it hinders at their work.
    if (isForbidden && cause instanceof Error) return { kind: 'forbidden', name, cause: cause.message };
    return { kind: 'failed', name, cause: errorText(cause) };
  }
}

/** The system's code of an error, or of the one that it came from. */
function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : codeOf(cause.cause);
}

function lostFinding(group: readonly Lost[]): Finding[] {
  const [first] = group;
  if (!first) return [];
  const { cause } = first;
  const names = group.map(({ name }) => name).join(', ');
  const [id, what] = [`doctor/${first.kind}`, `not looked at (${names}): ${cause}`];
  const why = 'what is wrong there is not in this list';
  switch (first.kind) {
    case 'forbidden':
      return [{ id, severity: 'note', what, why, mend: 'run braid doctor as root', where: '' }];
    case 'failed':
      return [{ id, severity: 'error', what, why, mend: 'mend what it says, and look again', where: '' }];
    case 'late':
      return [
        {
          id,
          severity: 'error',
          what,
          why: 'what it waited for, calls of the runtime wait for, too',
          mend: 'does a disk or a mount of this node not answer? "braid doctor --only" runs the checks one by one',
          where: '',
        },
      ];
  }
}
