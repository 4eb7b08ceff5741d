/**
 * Which attachment has the pod's default route of each family, and what must change for that. Pure.
 *
 * The primary attachment has it, unless a selection asked for it: with a gateway of that family, or, without any gateway,
 * as far as its own network gives one. Who has none to give takes none away; where the primary has none, the first of
 * several that have one keeps it.
 */
import type { DefaultRouteRequest } from '../plan/plan.ts';
import { familyOf, type IpFamily, isDefaultDestination } from '../schema/ip-text.ts';
import type { NamespaceFacts } from '../schema/namespace-facts.ts';
import type { CniResult, ResultRoute } from '../schema/result.ts';
import type { Outcome } from './attach.ts';
import type { HelperCommand } from './namespace-helper.ts';

/** The owner of one family's default route; `gateway`: the route is to be made, absent: the one it has is kept. */
export interface RouteOwner {
  readonly family: IpFamily;
  readonly ifName: string;
  readonly gateway?: string;
}

/** The owners of the families in which somebody has, or is to have, a default route. */
export function routeOwners(outcomes: readonly Outcome[], request: DefaultRouteRequest | undefined): RouteOwner[] {
  return ([4, 6] as const).flatMap((family) => {
    const owner = requestedOwner(outcomes, request, family) ?? ownerByOrder(outcomes, family);
    return owner ? [owner] : [];
  });
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

function ownerByOrder(outcomes: readonly Outcome[], family: IpFamily): RouteOwner | undefined {
  const giving = outcomes.filter(({ result }) => defaultRoutes(result, family).length > 0);
  const [first, second] = giving;
  const owner = giving.find(({ attachment }) => attachment.isPrimary) ?? (second && first);
  return owner && { family, ifName: owner.attachment.ifName };
}

/**
 * The owners whose own default route is gone, as another attachment's plugin may have replaced it by its own; each with
 * the gateway by which it is to be made again, as far as its result tells one.
 */
export function robbedOwners(
  owners: readonly RouteOwner[],
  outcomes: readonly Outcome[],
  { links, routes }: NamespaceFacts,
): RouteOwner[] {
  return owners.flatMap((owner) => {
    const own = outcomes.find(({ attachment }) => attachment.ifName === owner.ifName);
    const isThere = links.some(({ name }) => name === owner.ifName);
    // The helper does not always know the link of a route, and then calls it "".
    const hasRoute = routes.some(
      ({ dst, dev }) =>
        (dev === owner.ifName || dev === '') && isDefaultDestination(dst) && familyOf(dst) === owner.family,
    );
    if (!own || !isThere || hasRoute) return [];
    const gateway = defaultRoutes(own.result, owner.family)[0]?.gw ?? ownGatewayOf(own.result, owner.family);
    return gateway === undefined ? [] : [{ ...owner, gateway }];
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
