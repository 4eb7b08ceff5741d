/**
 * After all attachments are made: the pod's default routes put where they belong, and the namespace read back.
 *
 * In: the outcomes and who asked for the default route. Out: the outcomes as they are true now, and which of them the
 * namespace was seen to hold. The helper is needed only where a route must move; without it nothing is read back.
 */
import { CniError, ErrorCode, errorText, toCniError } from '../errors.ts';
import type { DefaultRouteRequest } from '../plan/plan.ts';
import type { NamespaceFacts } from '../schema/namespace-facts.ts';
import type { Outcome } from './attach.ts';
import {
  contestedOwners,
  hasSecondRoute,
  helperCommands,
  ownersInNamespace,
  type RouteOwner,
  robbedOwners,
  routeOwners,
  settledOutcomes,
} from './default-route-owner.ts';
import { hasNamespaceHelper, readNamespace } from './namespace-helper.ts';
import { missingFacts } from './result-facts.ts';
import type { ChainContext } from './run-chain.ts';
import { sharedAddress } from './shared-address.ts';

/** An outcome, whether its result had to change, and whether the namespace was seen to hold all that it says. */
export interface SettledOutcome extends Outcome {
  readonly isMoved: boolean;
  readonly isSeen: boolean;
}

/**
 * Settles a pod's outcomes. Throws: the helper's error where a route may have to move; code 7 where a route cannot be put
 * back; code 102 for an address that two share.
 */
export async function settleNamespace(
  outcomes: readonly Outcome[],
  request: DefaultRouteRequest | undefined,
  context: ChainContext,
): Promise<SettledOutcome[]> {
  const isAlone = outcomes.length < 2 && !request;
  if (isAlone || !hasNamespaceHelper(context)) return unseen(outcomes);
  const known = routeOwners(outcomes, request);
  const isNeeded = request !== undefined || hasSecondRoute(outcomes);
  const seen = await facedNamespace(known, { context, isNeeded }).catch((cause: unknown) => {
    throw request ? toCniError(cause).at(request.why) : cause;
  });
  if (!seen) return unseen(outcomes);
  const found = ownersInNamespace(known, { outcomes, request }, seen);
  const owners = [...known, ...found];
  if (request && !owners.some(({ ifName }) => ifName === request.ifName)) {
    context.log.warn({}, `${request.why}: its network gives no default route, so the pod's stays where it is`);
  }
  const changes = [...robbedOwners(known, outcomes, seen), ...contestedOwners(found, outcomes, seen)];
  const facts = changes.length === 0 ? seen : await readNamespace(helperCommands(changes), context);
  const settled = settledOutcomes(outcomes, owners);
  refuseSharedAddress(settled, facts);
  return settled.map((outcome) => ({ ...outcome, isSeen: missingFacts(outcome.result, facts).length === 0 }));
}

function unseen(outcomes: readonly Outcome[]): SettledOutcome[] {
  return outcomes.map((outcome) => ({ ...outcome, isMoved: false, isSeen: false }));
}

/** Reading back is worth a line in the log when it fails, not a pod; a route that was asked for or must move is. */
async function facedNamespace(
  owners: readonly RouteOwner[],
  { context, isNeeded }: { context: ChainContext; isNeeded: boolean },
): Promise<NamespaceFacts | undefined> {
  try {
    return await readNamespace(helperCommands(owners), context);
  } catch (cause) {
    if (isNeeded || context.signal.aborted) throw cause;
    context.log.warn({ cause: errorText(cause) }, 'the namespace could not be read back');
    return undefined;
  }
}

/** Results tell of most shared addresses before; here are those that no result mentions. */
function refuseSharedAddress(outcomes: readonly Outcome[], { addresses }: NamespaceFacts): void {
  const own = new Set(outcomes.map(({ attachment }) => attachment.ifName));
  const given = addresses.flatMap(({ dev, address }) => (own.has(dev) ? [[address, dev] as const] : []));
  const shared = sharedAddress(given);
  if (!shared) return;
  throw new CniError(
    ErrorCode.addressConflict,
    `the interfaces ${shared.other} and ${shared.owner} of the pod both have the address ${shared.address}`,
    'give the two networks ranges that do not overlap',
  );
}
