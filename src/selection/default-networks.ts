/**
 * The networks that a pod gets without having listed them. Pure.
 *
 * First the default network: the pod's own annotation for it, else that of its Namespace object, else the node's; then
 * the rest of the node's defaults and what every pod outside the system namespaces gets besides.
 */
import { CniError, ErrorCode } from '../errors.ts';
import type { PodView } from '../pod/pod-source.ts';
import type { ConfiguredNetwork } from '../request/node-config.ts';
import { parseListItem } from './network-list.ts';
import { parseDefaultNetwork } from './npwg-list.ts';
import type { NetworkChoice, WantedNetwork } from './selection.ts';

/** The annotation of a pod, or of a Namespace object, that names the default network; the first one is Multus'. */
export const DEFAULT_NETWORK_ANNOTATIONS = ['v1.multus-cni.io/default-network', 'braid.dev/default-network'] as const;

/** What the node says for pods that say nothing. */
export interface NodeDefaults {
  /** The cluster's default network first; `undefined` when not configured. */
  readonly networks: readonly ConfiguredNetwork[] | undefined;
  readonly extra: readonly ConfiguredNetwork[];
  readonly systemNamespaces: readonly string[];
  /** Where bare names of definitions are looked up. */
  readonly networkNamespace: string;
  /** False: CNI-Genie's annotations of pods have no meaning on this node. */
  readonly hasGenieAnnotations: boolean;
  /** The annotations of the pod's Namespace object; empty when nobody asked for them. */
  readonly namespaceAnnotations: Readonly<Record<string, string>>;
}

const FIRST_IN_CONF_DIR: Omit<WantedNetwork, 'where'> = {
  network: { kind: 'first-in-conf-dir' },
  requestedIfName: undefined,
  naming: 'eth',
  dialect: 'node-default',
  referrer: 'node',
  options: {},
};

/** The pod's default network and its companions, all but the last ones. Throws: code 7 naming annotation or key. */
export function defaultNetworks(pod: PodView, defaults: NodeDefaults): WantedNetwork[] {
  const own =
    ownDefault(pod.annotations, 'pod', defaults) ?? ownDefault(defaults.namespaceAnnotations, 'namespace', defaults);
  const configured = nodeNetworks(defaults);
  const isSystem = defaults.systemNamespaces.includes(pod.identity?.namespace ?? '');
  const companions = isSystem ? [] : defaults.extra.filter(({ kind }) => kind !== 'chain-folder');
  const extra = companions.map((network) => wantedOf(network, defaults, 'net'));
  return [...(own ? [own, ...configured.slice(1)] : configured), ...extra];
}

/** Multus' auxiliary chain: for every pod, of a system namespace too, after everything that the pod selected. */
export function lastNetworks(defaults: NodeDefaults): WantedNetwork[] {
  const chains = defaults.extra.filter(({ kind }) => kind === 'chain-folder');
  return chains.map((network) => wantedOf(network, defaults, 'net'));
}

function ownDefault(
  annotations: Readonly<Record<string, string>>,
  referrer: 'pod' | 'namespace',
  { networkNamespace }: NodeDefaults,
): WantedNetwork | undefined {
  const given = DEFAULT_NETWORK_ANNOTATIONS.filter((key) => Object.hasOwn(annotations, key));
  const [key, other] = given;
  if (key === undefined) return undefined;
  if (other !== undefined && annotations[key]?.trim() !== annotations[other]?.trim()) {
    throw new CniError(
      ErrorCode.invalidConfig,
      `the ${referrer} has two different default networks: annotation "${key}" and annotation "${other}"`,
      'keep one of the two annotations',
    );
  }
  const annotation = referrer === 'pod' ? key : `${key} (of the Namespace object)`;
  return parseDefaultNetwork(annotations[key] ?? '', { annotation, networkNamespace, referrer });
}

function nodeNetworks(defaults: NodeDefaults): WantedNetwork[] {
  if (defaults.networks) return defaults.networks.map((network) => wantedOf(network, defaults, 'eth'));
  return [
    {
      ...FIRST_IN_CONF_DIR,
      where: 'no default network is configured: the first valid configuration of the folder',
    },
  ];
}

/** CNI-Genie's list is numbered as CNI-Genie does it, all others as Multus does. */
function wantedOf(configured: ConfiguredNetwork, defaults: NodeDefaults, naming: 'eth' | 'net'): WantedNetwork {
  const common = { dialect: 'node-default', referrer: 'node', options: {} } as const;
  if (configured.kind === 'item') return { ...parseListItem(configured.text, configured.place), ...common, naming };
  return {
    ...common,
    network: choiceOf(configured, defaults),
    requestedIfName: undefined,
    naming: 'net',
    where: configured.place,
  };
}

function choiceOf(configured: Exclude<ConfiguredNetwork, { kind: 'item' }>, defaults: NodeDefaults): NetworkChoice {
  switch (configured.kind) {
    case 'inline':
      return { kind: 'inline', config: configured.config, place: configured.place };
    case 'chain-folder':
      return { kind: 'chain-folder', name: configured.name, besidePath: configured.besidePath };
    case 'name-or-path':
      return configured.text.includes('/')
        ? { kind: 'path', path: configured.text }
        : { kind: 'definition-or-file', namespace: defaults.networkNamespace, name: configured.text };
  }
}
