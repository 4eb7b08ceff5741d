/**
 * Networks by what a selection asks for: the port and its types.
 *
 * In: the choices of one pod's selections. Out: for each a `NetworkConfigList`, read and checked, or why there is none.
 * The adapters beside this file read files of the node and objects of the API server; `networkSource` is all of them.
 */
import type { CniVersion } from '../schema/cni-version.ts';
import type { PluginConfig } from '../schema/network-config.ts';
import type { NetworkChoice } from '../selection/selection.ts';

/** A network configuration list, ready to be planned. `origin` is for people: the file or the object it came from. */
export interface NetworkConfigList {
  readonly name: string;
  /** How others refer to it: `namespace/name` of its definition, else its own name. Stands in the pod's network status. */
  readonly reference: string;
  /** True when its configuration is a file of the node, to which `allowedNamespaces` applies. */
  readonly isNodeFile: boolean;
  /** The device-plugin resource that its definition names (`k8s.v1.cni.cncf.io/resourceName`). */
  readonly resourceName?: string;
  /** `undefined`: the file names none, so that of our own configuration holds. */
  readonly cniVersion: CniVersion | undefined;
  /** Of a list without a version of its own: the newest that its plugins need to know. */
  readonly newestVersion?: CniVersion;
  readonly isCheckDisabled: boolean;
  readonly isGcDisabled: boolean;
  readonly plugins: readonly PluginConfig[];
  readonly origin: string;
  /** What does not stand so in `origin`, a sentence each, for people. */
  readonly changes?: readonly string[];
}

/** The answer to one look-up. */
export type NetworkLookup =
  | { readonly kind: 'found'; readonly list: NetworkConfigList; readonly warnings: readonly string[] }
  | AbsentNetwork
  | BrokenNetwork
  | FailedLookup
  /** A chain folder without plugins: nothing is to be attached for it, which is no error. */
  | { readonly kind: 'nothing-to-attach'; readonly origin: string };

/** It is there and cannot be used. */
export interface BrokenNetwork {
  readonly kind: 'broken';
  /** The file or the object. */
  readonly origin: string;
  readonly cause: string;
  /** The network that a file of the node is for, as far as that can be told; `allowedNamespaces` applies to it. */
  readonly nodeNetwork?: string;
  /** It stands for the file of the node with this network, and there is none. */
  readonly absentFile?: string;
}

/** There is no such network. */
export interface AbsentNetwork {
  readonly kind: 'absent';
  /** Names that could have been asked for. */
  readonly known: readonly string[];
  /** Where it was looked for. */
  readonly searched: string;
  /** What else is to be said of it. */
  readonly note?: string;
  /** The namespaces that have a definition of that name, sorted; only where there are some and we may know. */
  readonly namespaces?: readonly string[];
}

/** It could not be looked up. `hint`: what to do, maybe empty. `isTemporary`: a later try may go better. */
export interface FailedLookup {
  readonly kind: 'failed';
  readonly origin: string;
  readonly cause: string;
  readonly hint: string;
  readonly isTemporary: boolean;
}

/** Where networks come from. */
export interface NetworkSource {
  /** Looks all choices up at once, answers in their order. Throws: code 7 when the source itself is not there. */
  find(choices: readonly NetworkChoice[]): Promise<readonly NetworkLookup[]>;
}

/** The answer to where a plugin's binary is. */
export type PluginLookup =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'not-executable'; readonly path: string };

/** Finds plugin binaries: the first regular file of that name in the folders (spec §3, CNI_PATH only). */
export type FindPlugins = (
  types: readonly string[],
  searchPath: readonly string[],
) => Promise<ReadonlyMap<string, PluginLookup>>;
