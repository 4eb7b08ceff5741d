/**
 * Networks by name: the port and its types.
 *
 * In: what a Selection asks for. Out: a `NetworkConfigList`, read and checked, or why there is none. The adapter beside
 * this file reads the node's configuration folder.
 */
import type { CniVersion } from '../schema/cni-version.ts';
import type { PluginConfig } from '../schema/network-config.ts';
import type { NetworkChoice } from '../selection/selection.ts';

/** A network configuration list, ready to be planned. `origin` is for people: the file it came from. */
export interface NetworkConfigList {
  readonly name: string;
  /** `undefined`: the file names none, so that of our own configuration holds. */
  readonly cniVersion: CniVersion | undefined;
  readonly isCheckDisabled: boolean;
  readonly isGcDisabled: boolean;
  readonly plugins: readonly PluginConfig[];
  readonly origin: string;
}

/** The answer to one look-up. `known` are the names that could have been asked for. */
export type NetworkLookup =
  | { readonly kind: 'found'; readonly list: NetworkConfigList; readonly warnings: readonly string[] }
  | { readonly kind: 'absent'; readonly known: readonly string[]; readonly searched: string }
  | { readonly kind: 'broken'; readonly origin: string; readonly cause: string };

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
