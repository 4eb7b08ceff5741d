/** Why an ADD would be refused: all reasons, one after the other, each by the rule that it breaks. */
import { type CniError, toCniError } from '../errors.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { planAdd } from '../stages/plan-add.ts';
import type { OfflineNode } from './offline-node.ts';
import { keyOf, LENIENT_RULES, type Relaxation, relaxedNode, type Seen } from './relaxed-ports.ts';
import type { RuleId } from './rules.ts';

/** One refusal. */
export interface Reason {
  readonly rule: RuleId;
  readonly message: string;
  readonly hint: string;
}

/** What an ADD would say. */
export interface Diagnosis {
  readonly reasons: readonly Reason[];
  readonly warnings: readonly string[];
}

/** More refusals than this of one pod help nobody. */
const MOST = 20;

/** Plans the request again and again, each time without what it was refused for last. */
export async function diagnose(node: OfflineNode): Promise<Diagnosis> {
  const reasons: Reason[] = [];
  let relaxation: Relaxation = { without: [], leftOut: [] };
  for (;;) {
    const attempt = await plan(node, relaxation);
    if (attempt.kind === 'planned') return { reasons, warnings: attempt.warnings };
    const next = await pardon(node, relaxation, attempt);
    const { message, details } = attempt.error;
    reasons.push({ rule: next?.rule ?? (attempt.isSelected ? 'plan' : 'annotation'), message, hint: details });
    if (!next || reasons.length === MOST) return { reasons, warnings: attempt.warnings };
    relaxation = next.relaxation;
  }
}

/** `isSelected`: the annotations were read, and networks looked up for them. */
type Attempt = { readonly warnings: readonly string[]; readonly seen: Seen['lookups'] } & (
  | { readonly kind: 'planned' }
  | { readonly kind: 'refused'; readonly error: CniError; readonly isSelected: boolean }
);

async function plan(node: OfflineNode, relaxation: Relaxation): Promise<Attempt> {
  const warnings: string[] = [];
  const seen: Seen = { lookups: [] };
  const { request, ports } = relaxedNode(node, relaxation, seen);
  const log = { ...ports.log, warn: (_fields: object, message: string) => void warnings.push(message) };
  try {
    await planAdd(request, { ...ports, log });
    return { kind: 'planned', warnings, seen: seen.lookups };
  } catch (cause) {
    const error = toCniError(cause);
    return { kind: 'refused', error, isSelected: seen.lookups.length > 0, warnings, seen: seen.lookups };
  }
}

/** The rule without which the refusal is none, or another one. */
async function pardon(node: OfflineNode, relaxation: Relaxation, attempt: Extract<Attempt, { kind: 'refused' }>) {
  for (const { rule, relaxation: next } of [...lenient(relaxation), ...fewerNetworks(relaxation, attempt)]) {
    const again = await plan(node, next);
    if (again.kind === 'planned' || again.error.message !== attempt.error.message) return { rule, relaxation: next };
  }
  return undefined;
}

interface Pardon {
  readonly rule: RuleId;
  readonly relaxation: Relaxation;
}

function lenient(relaxation: Relaxation): Pardon[] {
  const left = LENIENT_RULES.filter((rule) => !relaxation.without.includes(rule));
  return left.map((rule) => ({ rule, relaxation: { ...relaxation, without: [...relaxation.without, rule] } }));
}

function fewerNetworks(relaxation: Relaxation, { seen }: Attempt): Pardon[] {
  const unresolved = seen.find(({ lookup }) => !['found', 'nothing-to-attach'].includes(lookup.kind));
  if (!unresolved || relaxation.leftOut.some((choice) => keyOf(choice) === keyOf(unresolved.choice))) return [];
  const rule = unresolved.lookup.kind === 'broken' ? 'network-broken' : 'network-absent';
  return [{ rule, relaxation: { ...relaxation, leftOut: [...relaxation.leftOut, unresolved.choice] } }];
}

/** The request of a pod. */
export function requestFor(request: CniRequest, namespace: string, name: string): CniRequest {
  return {
    ...request,
    podArgs: new Map([
      ['K8S_POD_NAMESPACE', namespace],
      ['K8S_POD_NAME', name],
    ]),
  };
}
