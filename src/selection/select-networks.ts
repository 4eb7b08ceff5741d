/**
 * Which dialect decides, by presence of the annotations; then that dialect's networks with their interface names.
 *
 * Pure. Order: `k8s.v1.cni.cncf.io/networks` beside the default network, `cni` as a complete list, `networks` beside an
 * empty `cni`, the default network alone.
 */
import { CniError, ErrorCode } from '../errors.ts';
import type { PodView } from '../pod/pod-source.ts';
import { defaultNetworks, lastNetworks, type NodeDefaults } from './default-networks.ts';
import { nameInterfaces } from './interface-names.ts';
import { parseNetworkList } from './network-list.ts';
import { parseNpwgNetworks } from './npwg-list.ts';
import type { SelectionOutcome, WantedNetwork } from './selection.ts';

/** CNI-Genie's annotation: the pod's complete list of networks. */
const GENIE_ANNOTATION = 'cni';
/** CNI-Genie's logical networks, beside an empty `cni`. */
const LOGICAL_ANNOTATION = 'networks';
/** The Network Plumbing WG's: what the pod gets beside its default network. */
const NPWG_ANNOTATION = 'k8s.v1.cni.cncf.io/networks';

/** The pod's networks. Throws: code 7 for what cannot be read, code 2 for an unknown key, naming annotation and position. */
export function selectNetworks(pod: PodView, ifName: string, defaults: NodeDefaults): SelectionOutcome {
  const { annotations } = pod;
  const npwg = annotations[NPWG_ANNOTATION];
  const list = annotations[GENIE_ANNOTATION];
  const isListed = list !== undefined && list.trim() !== '';
  const logical = annotations[LOGICAL_ANNOTATION] ?? '';
  if (npwg !== undefined) return outcome(besideDefault(npwg, pod, { ifName, defaults }), ifName, ignoredList(list));
  if (isListed) return outcome(genieList(list), ifName);
  if (list !== undefined && logical.trim() !== '') return outcome(logicalNetworks(logical, pod), ifName);
  const unlisted = [...defaultNetworks(pod, defaults), ...lastNetworks(defaults)];
  return outcome(unlisted, ifName, list === undefined ? [] : [NO_CHOICE_BY_LOAD]);
}

const NO_CHOICE_BY_LOAD = `annotation "${GENIE_ANNOTATION}" is empty: choosing by load is not available, the default networks are used`;

function ignoredList(list: string | undefined): string[] {
  if (list === undefined) return [];
  return [`annotation "${GENIE_ANNOTATION}" is ignored: "${NPWG_ANNOTATION}" is present and decides`];
}

function besideDefault(
  value: string,
  pod: PodView,
  { ifName, defaults }: { ifName: string; defaults: NodeDefaults },
): WantedNetwork[] {
  const selected = parseNpwgNetworks(value, {
    annotation: NPWG_ANNOTATION,
    podNamespace: pod.identity?.namespace,
  });
  const [first, ...others] = defaultNetworks(pod, defaults);
  if (!first) return selected;
  // The default network has CNI_IFNAME, or another one of the node's list; so a selected one cannot ask for that name.
  const isTaken = others.some(({ requestedIfName }) => requestedIfName === ifName);
  const named = isTaken ? first : { ...first, requestedIfName: first.requestedIfName ?? ifName };
  const wanted = [named, ...others, ...selected, ...lastNetworks(defaults)];
  refuseSecondDefaultRoute(wanted);
  return wanted;
}

/** Each annotation by itself is checked where it is read; here are all of them together. */
function refuseSecondDefaultRoute(wanted: readonly WantedNetwork[]): void {
  const [first, second] = wanted.filter(({ options }) => options.defaultRoute !== undefined);
  if (!first || !second) return;
  throw new CniError(
    ErrorCode.invalidConfig,
    `${second.where}, key "default-route": ${first.where} has the pod's default route already`,
    'only one network of a pod can have the key "default-route"',
  );
}

const GENIE = { naming: 'eth', referrer: 'pod', options: {} } as const;

function genieList(list: string): WantedNetwork[] {
  const listed = parseNetworkList(list, `annotation "${GENIE_ANNOTATION}"`);
  return listed.map((item) => ({ ...item, ...GENIE, dialect: 'cni-genie' }));
}

function logicalNetworks(list: string, pod: PodView): WantedNetwork[] {
  const source = `annotation "${LOGICAL_ANNOTATION}"`;
  const namespace = pod.identity?.namespace;
  if (namespace === undefined) {
    throw new CniError(
      ErrorCode.invalidConfig,
      `${source}: the pod's namespace is unknown, and logical networks belong to it`,
      'the runtime must give K8S_POD_NAMESPACE and K8S_POD_NAME in CNI_ARGS',
    );
  }
  const listed = parseNetworkList(list, source, (name) => ({ kind: 'logical', namespace, name }));
  return listed.map((item) => ({ ...item, ...GENIE, dialect: 'logical' }));
}

function outcome(wanted: readonly WantedNetwork[], ifName: string, warnings: readonly string[] = []): SelectionOutcome {
  const selections = nameInterfaces(wanted, ifName);
  if (selections.some((selection) => selection.ifName === ifName)) return { selections, warnings };
  const warning = `no network has the interface name "${ifName}" that the runtime asks for; containerd refuses a pod without it`;
  return { selections, warnings: [...warnings, warning] };
}
