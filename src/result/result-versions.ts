/**
 * Results between versions: any of the seven in, any of the seven out, through the one form of `schema/result.ts`.
 *
 * Pure. In: JSON from a delegate, the runtime's prevResult or a record. Out: the JSON for a delegate's prevResult or
 * the runtime. Invariant: an `interface` index 0 is printed, an absent one stays absent. Spec §5, "ADD Success".
 */
import { CniError, ErrorCode } from '../errors.ts';
import { CNI_VERSIONS, type CniVersion, isCniVersion, OLDEST_VERSION, resultFamily } from '../schema/cni-version.ts';
import { familyOf } from '../schema/ip-text.ts';
import { firstIssue } from '../schema/issue-text.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { type CniResult, parseResultBody, type ResultDns } from '../schema/result.ts';
import { parseLegacyBody, printLegacyBody } from './legacy-result.ts';

/** A result as some plugin wrote it, with the version that its body has. */
export interface VersionedResult {
  readonly version: CniVersion;
  readonly result: CniResult;
}

/**
 * Reads a result. Without a usable `cniVersion` of its own it has the version of the configuration.
 * Throws: code 6 when the version is none of the seven or the body does not fit it.
 */
export function parseResult(json: unknown, configVersion: CniVersion): VersionedResult {
  if (!isJsonObject(json)) throw new CniError(ErrorCode.decoding, 'the result is not a JSON object');
  const version = resultVersion(json, configVersion);
  const parsed = resultFamily(version) === 'ip4-ip6' ? parseLegacyBody(json) : parseResultBody(json);
  if (!parsed.success) {
    throw new CniError(ErrorCode.decoding, `the ${version} result is not valid: ${firstIssue(parsed.error)}`);
  }
  return { version, result: parsed.data };
}

function resultVersion(json: JsonObject, configVersion: CniVersion): CniVersion {
  const own = json['cniVersion'];
  if (typeof own !== 'string' || own === '') return configVersion;
  if (isCniVersion(own)) return own;
  throw new CniError(
    ErrorCode.decoding,
    `unsupported CNI result version "${own}"`,
    `known: ${CNI_VERSIONS.join(', ')}`,
  );
}

/**
 * The JSON of a result at `version`, `cniVersion` included.
 * Throws: code 999 when an `ip4`/`ip6` version cannot carry it, since it has no address.
 */
export function printResult(result: CniResult, version: CniVersion = OLDEST_VERSION): JsonObject {
  const family = resultFamily(version);
  if (family === 'ip4-ip6') return { cniVersion: version, ...printLegacyBody(result), dns: printDns(result.dns) };
  const isOld = family === 'versioned-ips';
  const dns = printDns(result.dns);
  return {
    cniVersion: version,
    ...listed('interfaces', result.interfaces.map(isOld ? oldInterface : plainInterface)),
    ...listed('ips', result.ips.map(isOld ? oldIp : plainIp)),
    ...listed('routes', result.routes.map(printRoute)),
    ...(isOld || Object.keys(dns).length > 0 ? { dns } : {}),
  };
}

function listed(key: string, list: readonly object[]): JsonObject {
  return list.length > 0 ? { [key]: list } : {};
}

/** Drops the keys that are not set; zod leaves optional ones as `undefined`. */
function present(object: object): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== ''));
}

/** `name` is printed even when it is empty, as in the reference library. */
function plainInterface(link: CniResult['interfaces'][number]): JsonObject {
  const { name, mtu, ...rest } = link;
  return { name, ...present({ ...rest, mtu: mtu || undefined }) };
}

function oldInterface(link: CniResult['interfaces'][number]): JsonObject {
  return { name: link.name, ...present({ mac: link.mac, sandbox: link.sandbox }) };
}

function oldIp(ip: CniResult['ips'][number]): JsonObject {
  return { version: ip.version ?? String(familyOf(ip.address)), ...plainIp(ip) };
}

function plainIp(ip: CniResult['ips'][number]): JsonObject {
  return present({ interface: ip.interface, address: ip.address, gateway: ip.gateway });
}

/** `table` and `scope` keep an explicit 0; the others lose it, as in the reference library. */
function printRoute(route: CniResult['routes'][number]): JsonObject {
  const { mtu, advmss, priority, ...rest } = route;
  return present({ ...rest, mtu: mtu || undefined, advmss: advmss || undefined, priority: priority || undefined });
}

function printDns(dns: ResultDns): JsonObject {
  return {
    ...(dns.nameservers.length > 0 ? { nameservers: dns.nameservers } : {}),
    ...(dns.domain ? { domain: dns.domain } : {}),
    ...(dns.search.length > 0 ? { search: dns.search } : {}),
    ...(dns.options.length > 0 ? { options: dns.options } : {}),
  };
}
