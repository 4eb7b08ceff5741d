/**
 * A pod has one default route for each family, and its primary network owns it. Pure.
 *
 * A second one would not fail: the kernel would let the later attachment win (IPv4) or spread traffic over both (IPv6).
 * So other attachments are not asked for one: `isDefaultGateway` and default destinations are taken out of what they get.
 */
import { isDefaultDestination } from '../schema/ip-text.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';

/** A plugin's configuration without a request for the default route; the same object when there is none in it. */
export function withoutDefaultRoute(config: JsonObject): JsonObject {
  const isAsked = config['isDefaultGateway'] === true;
  const ipam = isJsonObject(config['ipam']) ? config['ipam'] : undefined;
  const kept =
    ipam && Array.isArray(ipam['routes']) ? ipam['routes'].filter((route) => !isDefaultRoute(route)) : undefined;
  const isRouted = kept !== undefined && Array.isArray(ipam?.['routes']) && kept.length < ipam['routes'].length;
  if (!isAsked && !isRouted) return config;
  return {
    ...config,
    // bridge takes isDefaultGateway to imply isGateway; the gateway itself stays.
    ...(isAsked ? { isDefaultGateway: false, isGateway: true } : {}),
    ...(isRouted ? { ipam: { ...ipam, routes: kept } } : {}),
  };
}

function isDefaultRoute(route: unknown): boolean {
  // A table of its own is policy routing, and in nobody's way.
  if (!isJsonObject(route) || !isMainTable(route['table'])) return false;
  return typeof route['dst'] === 'string' && isDefaultDestination(route['dst']);
}

/** Linux' RT_TABLE_MAIN; absent and 0 mean the same. */
function isMainTable(table: unknown): boolean {
  return table === undefined || table === null || table === 0 || table === 254;
}
