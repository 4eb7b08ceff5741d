/**
 * One delegate's result with what delegates leave out: the interface, its index, the gateway of a route. Pure.
 *
 * Some list no interfaces (calico), some give addresses without an index, some an index that points nowhere. Their
 * addresses belong to the interface that the delegate was told to make.
 */
import type { Outcome } from '../execute/attach.ts';
import { familyOf } from '../schema/ip-text.ts';
import type { CniResult, ResultInterface, ResultIp, ResultRoute } from '../schema/result.ts';

/** Normalises every outcome's result; `netns` is the pod's namespace path, for interfaces that a delegate did not list. */
export function normaliseOutcomes(
  outcomes: readonly Outcome[],
  netns: string,
): { outcomes: Outcome[]; warnings: string[] } {
  const normalised = outcomes.map(({ attachment, result }) => ({
    attachment,
    ...normaliseResult(result, { network: attachment.network, ifName: attachment.ifName, netns }),
  }));
  return {
    outcomes: normalised.map(({ attachment, result }) => ({ attachment, result })),
    warnings: normalised.flatMap(({ warnings }) => warnings),
  };
}

interface ResultOwner {
  readonly network: string;
  readonly ifName: string;
  readonly netns: string;
}

/** Linux' RT_SCOPE_LINK: such a route has no gateway on purpose. */
const SCOPE_LINK = 253;

function normaliseResult(result: CniResult, owner: ResultOwner): { result: CniResult; warnings: string[] } {
  const warnings: string[] = [];
  const interfaces = withOwnInterface(result, owner);
  const ownIndex = interfaces.findIndex((link) => isOwn(link, owner));
  const ips = result.ips.map((ip) => {
    const { version: _label, ...rest } = ip;
    if (isValidIndex(ip.interface, interfaces)) return rest;
    if (ip.interface !== undefined && result.interfaces.length > 0) {
      warnings.push(
        `network "${owner.network}" gave ${ip.address} the interface index ${ip.interface}, which does not exist`,
      );
    }
    return { ...rest, interface: ownIndex };
  });
  return {
    result: { ...result, interfaces, ips, routes: result.routes.map((route) => withGateway(route, ips)) },
    warnings,
  };
}

function withOwnInterface(result: CniResult, owner: ResultOwner): ResultInterface[] {
  const needsOwn =
    result.interfaces.length === 0 || result.ips.some((ip) => !isValidIndex(ip.interface, result.interfaces));
  const hasOwn = result.interfaces.some((link) => isOwn(link, owner));
  return needsOwn && !hasOwn ? [...result.interfaces, { name: owner.ifName, sandbox: owner.netns }] : result.interfaces;
}

function isOwn(link: ResultInterface, owner: ResultOwner): boolean {
  return link.name === owner.ifName && (link.sandbox ?? '') !== '';
}

function isValidIndex(index: number | undefined, interfaces: readonly ResultInterface[]): boolean {
  return index !== undefined && index >= 0 && index < interfaces.length;
}

/** A route without gateway means the gateway of its own result; after the merge nobody could tell which that was. */
function withGateway(route: ResultRoute, ips: readonly ResultIp[]): ResultRoute {
  if (route.gw !== undefined || route.scope === SCOPE_LINK) return route;
  const gateway = ips.find((ip) => ip.gateway !== undefined && familyOf(ip.address) === familyOf(route.dst))?.gateway;
  return gateway === undefined ? route : { ...route, gw: gateway };
}
