/**
 * Which attachment has the pod's default route of each family, and what must change for that. Pure.
 *
 * The primary attachment has it, unless a selection asked for it: with a gateway of that family, or, without any gateway,
 * as far as its own network gives one. Who has none to give takes none away. Results do not tell of every route, so where
 * the primary's tells of none the namespace is looked at: there too the primary comes first, then the first that has one.
 */
import { CniError, ErrorCode } from '../errors.ts';
import type { DefaultRouteRequest } from '../plan/plan.ts';
import { familyOf, type IpFamily, isDefaultDestination } from '../schema/ip-text.ts';
import type { NamespaceFacts } from '../schema/namespace-facts.ts';
import type { CniResult, ResultRoute } from '../schema/result.ts';
import type { Outcome } from './attach.ts';
import type { HelperCommand } from './namespace-helper.ts';
import { networkTitle } from './run-chain.ts';

/** The owner of one family's default route; `gateway`: the route is to be made, absent: the one it has is kept. */
export interface RouteOwner {
  readonly family: IpFamily;
  readonly ifName: string;
  readonly gateway?: string;
}

const FAMILIES = [4, 6] as const;

/**
 * The owners that the results tell, whatever the namespace holds: each has a gateway by which its route can be made again,
 * should another plugin have replaced it.
 */
export function routeOwners(outcomes: readonly Outcome[], request: DefaultRouteRequest | undefined): RouteOwner[] {
  return FAMILIES.flatMap((family) => {
    const owner = toldOwner(outcomes, request, family);
    return owner && gatewayOf(owner, outcomes) !== undefined ? [owner] : [];
  });
}

/**
 * The owners of the other families, by what the namespace holds. Throws: code 7 when the route of an owner was replaced
 * and no gateway is known by which it could be made again.
 */
export function ownersInNamespace(
  known: readonly RouteOwner[],
  { outcomes, request }: { outcomes: readonly Outcome[]; request: DefaultRouteRequest | undefined },
  facts: NamespaceFacts,
): RouteOwner[] {
  const open = FAMILIES.filter((family) => !known.some((owner) => owner.family === family));
  return open.flatMap((family) => {
    const having = routeHolders(outcomes, facts, family);
    const told = toldOwner(outcomes, request, family);
    if (told) refuseRobbery(told, having, facts);
    const owner = told ? having.find(isOn(told.ifName)) : (having.find(isPrimary) ?? having[0]);
    return owner ? [{ family, ifName: owner.attachment.ifName }] : [];
  });
}

/** Those of `owners` beside whom another attachment has a default route in the namespace. */
export function contestedOwners(
  owners: readonly RouteOwner[],
  outcomes: readonly Outcome[],
  facts: NamespaceFacts,
): RouteOwner[] {
  return owners.filter(({ family, ifName }) => routeHolders(outcomes, facts, family).some(isNotOn(ifName)));
}

/** True when the result of another attachment than the primary tells of a default route. */
export function hasSecondRoute(outcomes: readonly Outcome[]): boolean {
  return outcomes.some(
    (outcome) => !isPrimary(outcome) && FAMILIES.some((family) => defaultRoutes(outcome.result, family).length > 0),
  );
}

/** The attachments with a default route in the namespace; none where the helper does not know the link of one. */
function routeHolders(outcomes: readonly Outcome[], { routes }: NamespaceFacts, family: IpFamily): Outcome[] {
  const defaults = routes.filter(({ dst }) => isDefaultDestination(dst) && familyOf(dst) === family);
  if (defaults.some(({ dev }) => dev === '')) return [];
  return outcomes.filter(({ attachment }) => defaults.some(({ dev }) => dev === attachment.ifName));
}

/** Without a gateway there is no telling what the route was; a pod with another network's would talk to nobody. */
function refuseRobbery({ family, ifName }: RouteOwner, having: readonly Outcome[], { links }: NamespaceFacts): void {
  const [robber] = having;
  const isThere = links.some(({ name }) => name === ifName);
  if (!robber || !isThere || having.some(isOn(ifName))) return;
  const { attachment } = robber;
  throw new CniError(
    ErrorCode.invalidConfig,
    `${networkTitle(attachment)} replaced the IPv${family} default route of ${ifName}, which has no gateway by which it could be made again`,
    `take the default route out of network "${attachment.network}"`,
  );
}

function isOn(ifName: string): (outcome: Outcome) => boolean {
  return ({ attachment }) => attachment.ifName === ifName;
}

function isNotOn(ifName: string): (outcome: Outcome) => boolean {
  return ({ attachment }) => attachment.ifName !== ifName;
}

function isPrimary({ attachment }: Outcome): boolean {
  return attachment.isPrimary;
}

function toldOwner(
  outcomes: readonly Outcome[],
  request: DefaultRouteRequest | undefined,
  family: IpFamily,
): RouteOwner | undefined {
  return requestedOwner(outcomes, request, family) ?? primaryOwner(outcomes, family);
}

function primaryOwner(outcomes: readonly Outcome[], family: IpFamily): RouteOwner | undefined {
  const primary = outcomes.find(isPrimary);
  if (!primary || defaultRoutes(primary.result, family).length === 0) return undefined;
  return { family, ifName: primary.attachment.ifName };
}

function requestedOwner(
  outcomes: readonly Outcome[],
  request: DefaultRouteRequest | undefined,
  family: IpFamily,
): RouteOwner | undefined {
  if (!request) return undefined;
  const { ifName, gateways } = request;
  const gateway = gateways.find((address) => familyOf(address) === family);
  if (gateway !== undefined) return { family, ifName, gateway };
  const own = outcomes.find(({ attachment }) => attachment.ifName === ifName);
  const [route] = own && gateways.length === 0 ? defaultRoutes(own.result, family) : [];
  if (!own || !route) return undefined;
  const ownGateway = route.gw ?? ownGatewayOf(own.result, family);
  return ownGateway === undefined ? { family, ifName } : { family, ifName, gateway: ownGateway };
}

function ownGatewayOf({ ips }: CniResult, family: IpFamily): string | undefined {
  return ips.find(({ address, gateway }) => gateway !== undefined && familyOf(address) === family)?.gateway;
}

/** The gateway of an owner's route, be it to be made or its network's own. */
function gatewayOf({ family, ifName, gateway }: RouteOwner, outcomes: readonly Outcome[]): string | undefined {
  const own = outcomes.find(isOn(ifName));
  return gateway ?? (own && (defaultRoutes(own.result, family)[0]?.gw ?? ownGatewayOf(own.result, family)));
}

/**
 * The owners whose own default route is gone, as another attachment's plugin may have replaced it by its own; each with
 * the gateway by which it is to be made again.
 */
export function robbedOwners(
  owners: readonly RouteOwner[],
  outcomes: readonly Outcome[],
  { links, routes }: NamespaceFacts,
): RouteOwner[] {
  return owners.flatMap((owner) => {
    const isThere = links.some(({ name }) => name === owner.ifName);
    // The helper does not always know the link of a route, and then calls it "".
    const hasRoute = routes.some(
      ({ dst, dev }) =>
        (dev === owner.ifName || dev === '') && isDefaultDestination(dst) && familyOf(dst) === owner.family,
    );
    const gateway = gatewayOf(owner, outcomes);
    return isThere && !hasRoute && gateway !== undefined ? [{ ...owner, gateway }] : [];
  });
}

/** What the helper must be told for these owners. */
export function helperCommands(owners: readonly RouteOwner[]): HelperCommand[] {
  return owners.map(
    ({ family, ifName, gateway }): HelperCommand =>
      gateway === undefined ? `default${family} ${ifName}` : `default ${ifName} ${gateway}`,
  );
}

/** An outcome once every owner has its route; `isMoved` when its result is another one than before. */
export interface RoutedOutcome extends Outcome {
  readonly isMoved: boolean;
}

/** The outcomes as they are then: nobody but its owner has a default route of an owned family in the result. */
export function settledOutcomes(outcomes: readonly Outcome[], owners: readonly RouteOwner[]): RoutedOutcome[] {
  return outcomes.map(({ attachment, result }) => {
    const settled = owners.reduce((before, owner) => settledResult(before, owner, attachment.ifName), result);
    return { attachment, result: settled, isMoved: settled !== result };
  });
}

function settledResult(result: CniResult, owner: RouteOwner, ifName: string): CniResult {
  const isOwner = owner.ifName === ifName;
  if (isOwner && owner.gateway === undefined) return result;
  const current = defaultRoutes(result, owner.family);
  const wanted = isOwner ? [{ dst: owner.family === 4 ? '0.0.0.0/0' : '::/0', gw: owner.gateway }] : [];
  const isSettled = current.length === wanted.length && current.every(({ gw }) => gw === owner.gateway);
  if (isSettled) return result;
  return { ...result, routes: [...wanted, ...result.routes.filter((route) => !current.includes(route))] };
}

function defaultRoutes({ routes }: CniResult, family: IpFamily): ResultRoute[] {
  return routes.filter(({ dst, table }) => isDefaultDestination(dst) && familyOf(dst) === family && isMain(table));
}

/** A table of its own is policy routing, and in nobody's way. */
function isMain(table: number | undefined): boolean {
  return table === undefined || table === 0 || table === 254;
}
