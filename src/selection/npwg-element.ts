/**
 * One element of the JSON form of the Network Plumbing WG's dialect. Pure.
 *
 * Keys with a dot are somebody else's (reverse DNS) and left alone; every other key that is not known is an error, for an
 * option that is silently dropped is a pod that is not connected as its owner believes.
 */
import { isJsonObject, isNestedDeeperThan, type JsonObject } from '../schema/json.ts';
import { parseDefaultRoute, parseInfinibandGuid, parseIps, parseMac } from './npwg-addresses.ts';
import { invalid, memberOf, type Place, refuseUnknownKeys, shown } from './npwg-fault.ts';
import type { ParsedItem } from './npwg-item.ts';
import { definition, parseDeviceId, parseIfName, parseNamespace, parseObjectName } from './npwg-names.ts';
import { parseBandwidth, parsePortMappings } from './npwg-traffic.ts';
import type { AttachmentOptions } from './selection.ts';

/** They stand in a plugin's configuration, which may have levels of its own. */
const MAX_ARGUMENT_LEVELS = 32;
const ELEMENT_HINT = 'write {"name": "…", "namespace": "…"}';
/** Multus' former spelling of `interface`. */
const LEGACY_IF_NAME_KEY = 'interfaceRequest';

/** The keys that ask for more than the attachment: each gives the option that it becomes. */
const OPTION_READERS: Readonly<Record<string, (value: unknown, place: Place) => AttachmentOptions>> = {
  ips: (value, place) => ({ ips: parseIps(value, place) }),
  mac: (value, place) => ({ mac: parseMac(value, place) }),
  'cni-args': (value, place) => ({ cniArgs: parseCniArgs(value, place) }),
  portMappings: (value, place) => ({ portMappings: parsePortMappings(value, place) }),
  bandwidth: (value, place) => ({ bandwidth: parseBandwidth(value, place) }),
  'default-route': (value, place) => ({ defaultRoute: parseDefaultRoute(value, place) }),
  'infiniband-guid': (value, place) => ({ infinibandGuid: parseInfinibandGuid(value, place) }),
  'ipam-claim-reference': (value, place) => ({ ipamClaim: parseObjectName(value, place) }),
  deviceID: (value, place) => ({ deviceId: parseDeviceId(value, place) }),
};
const KNOWN_KEYS = ['name', 'namespace', 'interface', ...Object.keys(OPTION_READERS)];

/** Reads an element. `where` names it in errors, `ownNamespace` holds where it names none. Throws: codes 7 and 2. */
export function parseElement(value: unknown, where: string, ownNamespace: string | undefined): ParsedItem {
  const place = { where, path: [] };
  if (!isJsonObject(value)) throw invalid(place, `must be an object, not ${shown(value)}`, ELEMENT_HINT);
  refuseUnknownKeys(Object.keys(value).filter(isReserved), place, KNOWN_KEYS);
  const name = read(value, 'name', place, parseObjectName);
  if (name === undefined) throw invalid(memberOf(place, 'name'), 'is missing', ELEMENT_HINT);
  const namespace = read(value, 'namespace', place, parseNamespace);
  return {
    network: definition(name, namespace ?? ownNamespace, place),
    requestedIfName: requestedIfName(value, place),
    options: parseOptions(value, place),
  };
}

function parseOptions(element: JsonObject, place: Place): AttachmentOptions {
  let options: AttachmentOptions = {};
  for (const [key, reader] of Object.entries(OPTION_READERS))
    options = { ...options, ...read(element, key, place, reader) };
  if (options.ips === undefined || options.ipamClaim === undefined) return options;
  throw invalid(
    memberOf(place, 'ipam-claim-reference'),
    'must not stand beside "ips"',
    'remove one of the two: the claim decides the addresses',
  );
}

function requestedIfName(element: JsonObject, place: Place): string | undefined {
  const ifName = read(element, 'interface', place, parseIfName);
  const legacy = read(element, LEGACY_IF_NAME_KEY, place, parseIfName);
  if (ifName !== undefined && legacy !== undefined && ifName !== legacy) {
    throw invalid(
      memberOf(place, LEGACY_IF_NAME_KEY),
      `${shown(legacy)} contradicts "interface", which is ${shown(ifName)}`,
      'keep "interface" only',
    );
  }
  return ifName ?? legacy;
}

function parseCniArgs(value: unknown, place: Place): JsonObject {
  const hint = 'write an object: {"key": "value"}';
  if (!isJsonObject(value)) throw invalid(place, `must be an object, not ${shown(value)}`, hint);
  if (isNestedDeeperThan(MAX_ARGUMENT_LEVELS, value))
    throw invalid(place, `is nested deeper than ${MAX_ARGUMENT_LEVELS} levels`, hint);
  return value;
}

/** The value of a key that is there, as `reader` understands it; a key that is there with `null` is there. */
function read<Value>(
  element: JsonObject,
  key: string,
  place: Place,
  reader: (value: unknown, place: Place) => Value,
): Value | undefined {
  return Object.hasOwn(element, key) ? reader(element[key], memberOf(place, key)) : undefined;
}

function isReserved(key: string): boolean {
  return !key.includes('.') && key !== LEGACY_IF_NAME_KEY;
}
