/**
 * Which dialect decides, by presence of the annotations; then that dialect's networks with their interface names.
 *
 * Pure. Order: `k8s.v1.cni.cncf.io/networks` beside the default network, `cni` as a complete list, `networks` beside an
 * empty `cni`, the default network alone.
 */
import { CniError, ErrorCode } from '../errors.ts';
import type { PodView } from '../pod/pod-source.ts';
import { DEFAULT_NETWORK_ANNOTATIONS, defaultNetworks, lastNetworks, type NodeDefaults } from './default-networks.ts';
import { nameInterfaces } from './interface-names.ts';
import { misspeltAnnotations } from './misspelt-annotations.ts';
import { parseNetworkList } from './network-list.ts';
import { parseNpwgNetworks } from './npwg-list.ts';
import type { Dialect, SelectionOutcome, WantedNetwork } from './selection.ts';

/** CNI-Genie's annotation: the pod's complete list of networks. */
export const GENIE_ANNOTATION = 'cni';
/** CNI-Genie's logical networks, beside an empty `cni`. */
export const LOGICAL_ANNOTATION = 'networks';
/** The Network Plumbing WG's: what the pod gets beside its default network. */
export const NPWG_ANNOTATION = 'k8s.v1.cni.cncf.io/networks';

const FOR_MULTUS =
  'with "clusterNetwork" or "delegates" the configuration is one for Multus, which does not read it; "defaultPlugin" in their place makes Braid read it';

/** What CNI-Genie reads; a node that was configured for Multus has never looked at them. */
type GenieSetting = Pick<NodeDefaults, 'hasGenieAnnotations'>;

/** Which annotation decides: by presence, so that a pod with a broken one gets no other's networks. */
function decidingDialect({ annotations }: PodView, { hasGenieAnnotations }: GenieSetting): Dialect {
  const list = annotations[GENIE_ANNOTATION];
  if (annotations[NPWG_ANNOTATION] !== undefined) return 'npwg';
  if (list === undefined || !hasGenieAnnotations) return 'node-default';
  if (list.trim() !== '') return 'cni-genie';
  return (annotations[LOGICAL_ANNOTATION] ?? '').trim() === '' ? 'node-default' : 'logical';
}

/** True when the pod's annotations name all its networks, so that no default is of interest. */
export function hasCompleteList(pod: PodView, setting: GenieSetting): boolean {
  return ['cni-genie', 'logical'].includes(decidingDialect(pod, setting));
}

/** The pod's networks. Throws: code 7 for what cannot be read, code 2 for an unknown key, naming annotation and position. */
export function selectNetworks(pod: PodView, ifName: string, defaults: NodeDefaults): SelectionOutcome {
  const wanted = wantedNetworks(pod, ifName, defaults);
  const selections = nameInterfaces(wanted, ifName);
  const isNamed = selections.some((selection) => selection.ifName === ifName);
  const misspelt = misspeltAnnotations(pod.annotations, [NPWG_ANNOTATION, ...DEFAULT_NETWORK_ANNOTATIONS]);
  const warnings = [...ignoredAnnotations(pod, defaults), ...misspelt, ...(isNamed ? [] : [unusable(ifName)])];
  return { decidedBy: decidingDialect(pod, defaults), selections, warnings };
}

function wantedNetworks(pod: PodView, ifName: string, defaults: NodeDefaults): WantedNetwork[] {
  const { annotations } = pod;
  switch (decidingDialect(pod, defaults)) {
    case 'npwg':
      return besideDefault(annotations[NPWG_ANNOTATION] ?? '', pod, { ifName, defaults });
    case 'cni-genie':
      return genieList(annotations[GENIE_ANNOTATION] ?? '');
    case 'logical':
      return logicalNetworks(annotations[LOGICAL_ANNOTATION] ?? '', pod);
    case 'node-default':
      return [...defaultNetworks(pod, defaults), ...lastNetworks(defaults)];
  }
}

function ignoredAnnotations(pod: PodView, setting: GenieSetting): string[] {
  const { annotations } = pod;
  const list = annotations[GENIE_ANNOTATION];
  const dialect = decidingDialect(pod, setting);
  if (hasCompleteList(pod, setting)) {
    const ignored = DEFAULT_NETWORK_ANNOTATIONS.filter((key) => annotations[key] !== undefined);
    return ignored.map((key) => `annotation "${key}" is ignored: the pod's list of networks is complete`);
  }
  if (list === undefined) return [];
  if (!setting.hasGenieAnnotations) {
    const ignored = [GENIE_ANNOTATION, LOGICAL_ANNOTATION].filter((key) => annotations[key] !== undefined);
    return ignored.map((key) => `annotation "${key}" is ignored: ${FOR_MULTUS}`);
  }
  return dialect === 'npwg'
    ? [`annotation "${GENIE_ANNOTATION}" is ignored: "${NPWG_ANNOTATION}" is present and decides`]
    : [`annotation "${GENIE_ANNOTATION}" is empty: choosing by load is not available, the default networks are used`];
}

function unusable(ifName: string): string {
  return `no network has the interface name "${ifName}" that the runtime asks for; containerd refuses a pod without it`;
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
  // The default network has CNI_IFNAME, or another one of the node's list, or nobody.
  const isTaken = others.some(({ requestedIfName }) => requestedIfName === ifName);
  const named = isTaken ? first : { ...first, requestedIfName: first.requestedIfName ?? ifName };
  const wanted = [named, ...others, ...selected, ...lastNetworks(defaults)];
  if (named.requestedIfName !== ifName && !isTaken) refusePrimaryName(selected, ifName);
  refuseSecondDefaultRoute(wanted);
  return wanted;
}

/** Who has CNI_IFNAME is the pod's primary network, and that is the default one even where it asked for another name. */
function refusePrimaryName(selected: readonly WantedNetwork[], ifName: string): void {
  const asking = selected.find(({ requestedIfName }) => requestedIfName === ifName);
  if (!asking) return;
  throw new CniError(
    ErrorCode.invalidConfig,
    `${asking.where}: interface name "${ifName}" is for the pod's default network only`,
    'choose another name',
  );
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
