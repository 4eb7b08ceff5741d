/**
 * Which networks a pod gets, in which order, under which interface names, with which options, and why.
 *
 * Pure. In: `PodView` and the node's defaults. Out: `Selection[]`, the pod's primary attachment first. Invariant: every
 * interface name is valid, unique in the pod, and decided here, before anything runs.
 */
import type { JsonObject } from '../schema/json.ts';

/** What was asked for, by the way in which it is to be looked up. */
export type NetworkChoice =
  /** A name as CNI-Genie and `defaultPlugin` have it: a configuration of the node by its name, file name or type. */
  | { readonly kind: 'named'; readonly name: string }
  /** Whatever the node's configuration folder offers first. */
  | { readonly kind: 'first-in-conf-dir' }
  /** A NetworkAttachmentDefinition. */
  | { readonly kind: 'definition'; readonly namespace: string; readonly name: string }
  /** A LogicalNetwork of CNI-Genie. */
  | { readonly kind: 'logical'; readonly namespace: string; readonly name: string }
  /** As Multus reads a name in its configuration: a definition in this namespace, else a configuration's JSON `name`. */
  | { readonly kind: 'definition-or-file'; readonly namespace: string; readonly name: string }
  /** As Multus reads a path in its configuration: one configuration file, or the first one of a folder. */
  | { readonly kind: 'path'; readonly path: string }
  /** A configuration, single or list, that stands in our own; `place` names its key: `delegates[0]`. */
  | { readonly kind: 'inline'; readonly config: JsonObject; readonly place: string }
  /** Multus' auxiliary chain: the plugins of the folder `name` beside the configuration at `besidePath`. */
  | { readonly kind: 'chain-folder'; readonly name: string; readonly besidePath: string };

/** Who made the reference; policy trusts what the node's operator wrote, and nobody else. */
export type Referrer = 'pod' | 'namespace' | 'node';

/** Which grammar a selection came from. */
export type Dialect = 'npwg' | 'cni-genie' | 'logical' | 'node-default';

/** One published port, as `runtimeConfig.portMappings` has it. Ports are 1–65535. */
export interface PortMapping {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly hostIP?: string;
}

/** A bandwidth, as `runtimeConfig.bandwidth` has it: rates in bits per second, bursts in bits, none of them 0. */
export interface Bandwidth {
  readonly ingressRate?: number;
  readonly ingressBurst?: number;
  readonly egressRate?: number;
  readonly egressBurst?: number;
}

/** What a selection asks of its network beyond being attached; every member is validated. */
export interface AttachmentOptions {
  /** Canonical addresses, with their prefix length where one was given. */
  readonly ips?: readonly string[];
  /** Six bytes, lower case, colons. */
  readonly mac?: string;
  readonly cniArgs?: JsonObject;
  readonly portMappings?: readonly PortMapping[];
  readonly bandwidth?: Bandwidth;
  /** Canonical gateways, at most one a family; an empty list: the network's own default route holds. */
  readonly defaultRoute?: readonly string[];
  /** Eight bytes, lower case, colons. */
  readonly infinibandGuid?: string;
  /** Name of an IPAMClaim in the pod's namespace. */
  readonly ipamClaim?: string;
  readonly deviceId?: string;
}

/** One network for the pod. */
export interface Selection {
  readonly network: NetworkChoice;
  readonly ifName: string;
  /** True for the one whose addresses are the pod's own. */
  readonly isPrimary: boolean;
  /** Which rule decided, for people: `annotation "cni", item 2`. */
  readonly why: string;
  readonly dialect: Dialect;
  readonly referrer: Referrer;
  readonly options: AttachmentOptions;
}

/** A network asked for, with the interface name where the item gave one. */
export interface WantedNetwork {
  readonly network: NetworkChoice;
  readonly requestedIfName: string | undefined;
  /** How it is named when it asked for no name: `eth1` or `net1`. */
  readonly naming: 'eth' | 'net';
  /** Where it was asked for: `annotation "cni", item 2`. */
  readonly where: string;
  readonly dialect: Dialect;
  readonly referrer: Referrer;
  readonly options: AttachmentOptions;
}

/** The selections of one pod and what is to be said about them. */
export interface SelectionOutcome {
  /** Which grammar decided for the pod as a whole; its default networks have their own. */
  readonly decidedBy: Dialect;
  readonly selections: readonly Selection[];
  readonly warnings: readonly string[];
}
