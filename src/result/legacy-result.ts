/**
 * Results of 0.1.0 and 0.2.0 (`ip4`/`ip6`, one address each): read into our form, and printed from it.
 *
 * Pure. The old form has no interfaces and one address per family, so printing loses the rest; what cannot be carried
 * at all is an error. Spec: the 0.2.0 specification, "Result"; conversions as in the reference library.
 */
import * as z from 'zod/mini';
import { CniError, ErrorCode } from '../errors.ts';
import { familyOf, type IpFamily } from '../schema/ip-text.ts';
import type { JsonObject } from '../schema/json.ts';
import { type CniResult, parseResultBody, type ResultIp } from '../schema/result.ts';

const familyShape = z.nullish(
  z.object({ ip: z.string(), gateway: z.nullish(z.string()), routes: z.nullish(z.array(z.unknown())) }),
);
const legacyShape = z.object({ ip4: familyShape, ip6: familyShape, dns: z.optional(z.unknown()) });

/** Reads an `ip4`/`ip6` body: addresses and routes of ip4 first, no interfaces; zod's `safeParse`. */
export function parseLegacyBody(body: unknown) {
  const legacy = legacyShape.safeParse(body);
  if (!legacy.success) return legacy;
  const families = [legacy.data.ip4, legacy.data.ip6].filter((family) => family !== null && family !== undefined);
  return parseResultBody({
    ips: families.map((family) => ({
      address: family.ip,
      ...(family.gateway === undefined ? {} : { gateway: family.gateway }),
    })),
    routes: families.flatMap((family) => family.routes ?? []),
    ...(legacy.data.dns === undefined ? {} : { dns: legacy.data.dns }),
  });
}

/**
 * The body of a 0.1.0 or 0.2.0 result: the first address of each family with that family's routes.
 * Throws: code 999 when there is no address at all, in the reference library's words.
 */
export function printLegacyBody(result: CniResult): JsonObject {
  const ip4 = printFamily(result, 4);
  const ip6 = printFamily(result, 6);
  if (!ip4 && !ip6) throw new CniError(ErrorCode.internal, 'cannot convert: no valid IP addresses');
  return { ...(ip4 ? { ip4 } : {}), ...(ip6 ? { ip6 } : {}) };
}

function printFamily(result: CniResult, family: IpFamily): JsonObject | undefined {
  const ip = result.ips.find((candidate) => labelledFamily(candidate) === String(family));
  if (!ip) return undefined;
  const routes = result.routes
    .filter((route) => familyOf(route.dst) === family)
    .map((route) => ({ dst: route.dst, ...(route.gw === undefined ? {} : { gw: route.gw }) }));
  return {
    ip: ip.address,
    ...(ip.gateway === undefined ? {} : { gateway: ip.gateway }),
    ...(routes.length > 0 ? { routes } : {}),
  };
}

/** A 0.3.x/0.4.0 plugin's own `version` label decides, as in the reference library; else the address does. */
function labelledFamily(ip: ResultIp): string {
  return ip.version ?? String(familyOf(ip.address));
}
