/**
 * Which networks a pod gets, in which order, under which interface names, and why.
 *
 * Pure. In: `PodView` and the node's defaults. Out: `Selection[]`, the pod's primary attachment first. Invariant: every
 * interface name is valid, unique in the pod, and decided here, before anything runs.
 */

/** What was asked for: a network by its name, or whatever the node's configuration folder offers first. */
export type NetworkChoice = { readonly kind: 'named'; readonly name: string } | { readonly kind: 'first-in-conf-dir' };

/** One network for the pod. */
export interface Selection {
  readonly network: NetworkChoice;
  readonly ifName: string;
  /** True for the one whose addresses are the pod's own. */
  readonly isPrimary: boolean;
  /** Which rule decided, for people: `annotation "cni", item 2`. */
  readonly why: string;
  readonly dialect: 'cni-genie' | 'node-default';
}

/** A network asked for, with the interface name where the item gave one. */
export interface WantedNetwork {
  readonly network: NetworkChoice;
  readonly requestedIfName: string | undefined;
  /** Where it was asked for: `annotation "cni", item 2`. */
  readonly where: string;
}

/** The selections of one pod and what is to be said about them. */
export interface SelectionOutcome {
  readonly selections: readonly Selection[];
  readonly warnings: readonly string[];
}
