/**
 * The names that an item of the Network Plumbing WG's dialect may hold: definition, namespace, interface, claim, device.
 * Pure; each reader gives the name back or throws code 7 with the place.
 */
import { requestedNameFault } from '../schema/names.ts';
import { expectText, invalid, type Place, shown } from './npwg-fault.ts';
import type { NetworkChoice } from './selection.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAX_LABEL_CHARACTERS = 63;
const MAX_SUBDOMAIN_CHARACTERS = 253;
const MAX_DEVICE_CHARACTERS = 256;

const SUBDOMAIN_HINT =
  'a name has at most 253 lower-case letters, digits, "-" and ".", and begins and ends with no sign';
const NAMESPACE_HINT = 'a namespace has at most 63 lower-case letters, digits and "-"; leave it out for the pod’s own';
const DEVICE_HINT = 'write the id as the device plugin has it: "0000:03:00.1"';

/** The definition `name` of `namespace`. Throws: code 7 when no namespace is known. */
export function definition(name: string, namespace: string | undefined, place: Place): NetworkChoice {
  if (namespace !== undefined && namespace !== '') return { kind: 'definition', namespace, name };
  throw invalid(
    place,
    `${shown(name)} has no namespace, and the pod's namespace is unknown`,
    'give the namespace, or call with K8S_POD_NAMESPACE in CNI_ARGS',
  );
}

/** The name of a Kubernetes object. Throws: code 7 unless it is a DNS-1123 subdomain. */
export function parseObjectName(value: unknown, place: Place): string {
  const name = expectText(value, place, SUBDOMAIN_HINT);
  if (name.length <= MAX_SUBDOMAIN_CHARACTERS && SUBDOMAIN.test(name)) return name;
  throw invalid(place, `${shown(name)} is not the name of a Kubernetes object`, SUBDOMAIN_HINT);
}

/** A namespace. Throws: code 7 unless it is a DNS-1123 label. */
export function parseNamespace(value: unknown, place: Place): string {
  const namespace = expectText(value, place, NAMESPACE_HINT);
  if (namespace.length <= MAX_LABEL_CHARACTERS && LABEL.test(namespace)) return namespace;
  throw invalid(place, `${shown(namespace)} is not a namespace`, NAMESPACE_HINT);
}

/** A requested interface name. Throws: code 7 for one that Linux refuses, and for the loopback interface. */
export function parseIfName(value: unknown, place: Place): string {
  const ifName = expectText(value, place, 'leave it out for an automatic name');
  const fault = requestedNameFault(ifName);
  if (!fault) return ifName;
  throw invalid(place, `interface name ${shown(ifName)}: ${fault.msg}`, fault.details || 'choose another name');
}

/** The id of a device. Throws: code 7 for blanks, control characters and paths. */
export function parseDeviceId(value: unknown, place: Place): string {
  const id = expectText(value, place, DEVICE_HINT);
  if (id.length > MAX_DEVICE_CHARACTERS)
    throw invalid(place, `${shown(id)} is longer than ${MAX_DEVICE_CHARACTERS} characters`, DEVICE_HINT);
  if (/[\s/\p{Cc}\p{Cs}]/u.test(id) || id === '.' || id === '..')
    throw invalid(place, `${shown(id)} is not a device id`, DEVICE_HINT);
  return id;
}
