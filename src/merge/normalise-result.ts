/**
 * One delegate's result with what delegates leave out: the interface, its index, the gateway of a route. Pure.
 *
 * Some list no interfaces, some give addresses without an index, some an index that points nowhere. Their addresses
 * belong to the interface that the delegate was told to make. What else is odd about a plugin's results stands in its profile.
 */
import type { Catalogue, KnownDelegate } from '../catalogue/catalogue.ts';
import type { Outcome } from '../execute/attach.ts';
import { familyOf } from '../schema/ip-text.ts';
import type { CniResult, ResultInterface, ResultIp, ResultRoute } from '../schema/result.ts';

/** Whose results these are: `netns` is the pod's namespace path, for interfaces that a delegate did not list. */
export interface ResultSource {
  readonly netns: string;
  readonly catalogue: Catalogue;
}

/** Normalises every outcome's result. */
export function normaliseOutcomes(
  outcomes: readonly Outcome[],
  { netns, catalogue }: ResultSource,
): { outcomes: Outcome[]; warnings: string[] } {
  const normalised = outcomes.map(({ attachment, result }) => ({
    attachment,
    ...normaliseResult(result, {
      network: attachment.network,
      ifName: attachment.ifName,
      netns,
      profiles: attachment.plugins.map(({ type }) => catalogue.ofPlugin(type)),
    }),
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
  /** Of the plugins of its chain. */
  readonly profiles: readonly (KnownDelegate | undefined)[];
}

/** Linux' RT_SCOPE_LINK: such a route has no gateway on purpose. */
const SCOPE_LINK = 253;

function normaliseResult(given: CniResult, owner: ResultOwner): { result: CniResult; warnings: string[] } {
  const result = withoutOddities(given, owner);
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

/** The result without notes of the plugin to itself, and with the pod's interface in the pod. */
function withoutOddities(result: CniResult, owner: ResultOwner): CniResult {
  const quirks = owner.profiles.flatMap((profile) => (profile ? [profile.result] : []));
  const pseudo = quirks.flatMap(({ pseudoInterfaces }) => pseudoInterfaces);
  const isUnplaced = quirks.some(({ hasSandbox }) => !hasSandbox);
  if (pseudo.length === 0 && !isUnplaced) return result;
  const isNote = (name: string) => name !== owner.ifName && pseudo.some((pattern) => matchesGlob(name, pattern));
  const kept = result.interfaces.filter(({ name }) => !isNote(name));
  const places = new Map(kept.map((link, index) => [link, index]));
  const ips = result.ips.map((ip) => {
    const link = ip.interface === undefined ? undefined : result.interfaces[ip.interface];
    return link === undefined ? ip : { ...ip, interface: places.get(link) };
  });
  return { ...result, interfaces: isUnplaced ? placed(kept, owner) : kept, ips };
}

/** What claims to be in a pod is in this one; and if nothing is, the link with the name that was asked for. */
function placed(links: readonly ResultInterface[], { ifName, netns }: ResultOwner): ResultInterface[] {
  const inPod = links.map((link) => (link.sandbox ? { ...link, sandbox: netns } : link));
  const index = inPod.findIndex(({ name }) => name === ifName);
  const own = inPod[index];
  const hasOwn = own === undefined || inPod.some(({ name, sandbox }) => name === ifName && sandbox);
  return hasOwn ? inPod : inPod.with(index, { ...own, sandbox: netns });
}

/** A pattern's only sign is `*`. */
function matchesGlob(name: string, pattern: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.at(-1);
  if (end === undefined) return name === pattern;
  const isLong = name.length >= start.length + end.length;
  return isLong && name.startsWith(start) && name.endsWith(end);
}

/** A chain that only changes what is there already, such as tuning alone, has made no interface. */
function makesNoInterface({ profiles }: ResultOwner): boolean {
  return profiles.every((profile) => profile?.attachment.interfaceName === 'none');
}

function withOwnInterface(result: CniResult, owner: ResultOwner): ResultInterface[] {
  if (result.ips.length === 0 && makesNoInterface(owner)) return [...result.interfaces];
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

/** True for a destination that is this one address. */
function isHost(destination: string, address: string): boolean {
  return destination === `${address}/${familyOf(address) === 4 ? 32 : 128}`;
}

/** A route without gateway means the gateway of its own result; after the merge nobody could tell which that was. */
function withGateway(route: ResultRoute, ips: readonly ResultIp[]): ResultRoute {
  if (route.gw !== undefined || route.scope === SCOPE_LINK) return route;
  const gateway = ips.find((ip) => ip.gateway !== undefined && familyOf(ip.address) === familyOf(route.dst))?.gateway;
  // The way to the gateway does not lead over it.
  return gateway === undefined || isHost(route.dst, gateway) ? route : { ...route, gw: gateway };
}
