/**
 * What an element asks of its traffic: published ports and rates. Pure.
 *
 * Each reader takes the value as it stands in the annotation and gives what `runtimeConfig` will have; it throws code 7,
 * and code 2 for a key that it does not know.
 */
import { isJsonObject } from '../schema/json.ts';
import { plainAddress } from './npwg-addresses.ts';
import {
  expectList,
  expectText,
  invalid,
  memberOf,
  type Place,
  refuseMoreThan,
  refuseUnknownKeys,
  shown,
} from './npwg-fault.ts';
import type { Bandwidth, PortMapping } from './selection.ts';

const MAX_PORT = 65_535;
/** Each becomes several rules of the node's packet filter. */
const MAX_MAPPINGS = 1000;
const MAPPING_KEYS = ['hostPort', 'containerPort', 'protocol', 'hostIP'];
const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;
const RATE_KEYS = ['ingressRate', 'ingressBurst', 'egressRate', 'egressBurst'] as const;

const PORTS_HINT = 'write a list: [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]';
const RATE_HINT = 'rates are whole numbers of bits per second and bursts of bits, without unit or quotes';

/** Published ports, at least one. Throws: code 7; so does one port of one address published twice. */
export function parsePortMappings(value: unknown, place: Place): PortMapping[] {
  const items = expectList(value, place, PORTS_HINT);
  if (items.length === 0) throw invalid(place, 'must not be empty', 'leave it out to publish no port');
  refuseMoreThan(MAX_MAPPINGS, items, place);
  const published = new Set<string>();
  return items.map((item, index) => {
    const at = memberOf(place, index);
    const mapping = parseMapping(item, at);
    const key = [mapping.hostIP, mapping.hostPort, mapping.protocol].join(' ');
    if (published.has(key)) {
      const port = `${mapping.hostPort}/${mapping.protocol}`;
      throw invalid(at, `host port ${port} is already published`, 'publish each port of the host once');
    }
    published.add(key);
    return mapping;
  });
}

/** A bandwidth with at least one of its four numbers. Throws: code 7; so does a burst without its rate. */
export function parseBandwidth(value: unknown, place: Place): Bandwidth {
  if (!isJsonObject(value)) throw invalid(place, `must be an object, not ${shown(value)}`, RATE_HINT);
  refuseUnknownKeys(Object.keys(value), place, RATE_KEYS);
  const given = RATE_KEYS.filter((key) => Object.hasOwn(value, key));
  if (given.length === 0) throw invalid(place, 'must not be empty', `give at least one of ${RATE_KEYS.join(', ')}`);
  const bandwidth: Bandwidth = Object.fromEntries(
    given.map((key) => [key, parseAmount(value[key], memberOf(place, key))]),
  );
  for (const direction of ['ingress', 'egress'] as const) {
    const isBurstAlone = bandwidth[`${direction}Burst`] !== undefined && bandwidth[`${direction}Rate`] === undefined;
    if (isBurstAlone)
      throw invalid(memberOf(place, `${direction}Burst`), `needs "${direction}Rate" beside it`, RATE_HINT);
  }
  return bandwidth;
}

function parseMapping(value: unknown, place: Place): PortMapping {
  if (!isJsonObject(value)) throw invalid(place, `must be an object, not ${shown(value)}`, PORTS_HINT);
  refuseUnknownKeys(Object.keys(value), place, MAPPING_KEYS);
  const { hostPort, containerPort, protocol, hostIP } = value;
  return {
    hostPort: parsePort(hostPort, memberOf(place, 'hostPort')),
    containerPort: parsePort(containerPort, memberOf(place, 'containerPort')),
    protocol: protocol === undefined ? 'tcp' : parseProtocol(protocol, memberOf(place, 'protocol')),
    ...(hostIP === undefined ? {} : { hostIP: parseHostIp(hostIP, memberOf(place, 'hostIP')) }),
  };
}

function parsePort(value: unknown, place: Place): number {
  if (value === undefined) throw invalid(place, 'is missing', PORTS_HINT);
  const isPort = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_PORT;
  if (isPort) return value;
  throw invalid(place, `must be a whole number from 1 to ${MAX_PORT}, not ${shown(value)}`, PORTS_HINT);
}

function parseProtocol(value: unknown, place: Place): PortMapping['protocol'] {
  const protocol = PROTOCOLS.find((known) => typeof value === 'string' && known === value.toLowerCase());
  if (protocol) return protocol;
  throw invalid(place, `must be ${PROTOCOLS.join(', ')}, not ${shown(value)}`, 'leave it out for tcp');
}

function parseHostIp(value: unknown, place: Place): string {
  const text = expectText(value, place, 'leave it out for every address of the host');
  const address = plainAddress(text);
  if (address !== undefined) return address;
  throw invalid(place, `${shown(text)} is not a plain address`, 'write an address of the host: "192.0.2.10"');
}

function parseAmount(value: unknown, place: Place): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(place, `must be a whole number above 0, not ${shown(value)}`, RATE_HINT);
}
