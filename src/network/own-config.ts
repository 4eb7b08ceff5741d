/** Braid's own configuration as a runtime loads it: our plugin in the list that has it. Touches disk by reading. */
import { readRegularFile } from '../read-regular-file.ts';
import type { CniVersion } from '../schema/cni-version.ts';
import type { JsonObject } from '../schema/json.ts';
import { parseJsonText } from '../schema/json-fault.ts';
import type { PluginConfig } from '../schema/network-config.ts';
import { isOwnPlugin } from '../schema/own-type.ts';
import { listFromJson } from './list-from-json.ts';
import type { NetworkConfigList } from './network-source.ts';

/** What of a list is ours. */
export interface OwnConfig {
  readonly name: string;
  /** `undefined`: the file names none. */
  readonly cniVersion: CniVersion | undefined;
  readonly plugin: PluginConfig;
  /** What else the list has. */
  readonly otherTypes: readonly string[];
  /** What a runtime writes to our stdin, but for what it adds of a pod. */
  readonly raw: JsonObject;
}

/**
 * Reads a file that somebody has named, whatever its name ends in. `orFirst`: where no plugin is ours the first one counts, for
 * a configuration of CNI-Genie or Multus is one of ours but for its type.
 * Throws: Error saying what is wrong with it, or what the system says.
 */
export async function readOwnConfig(file: string, { orFirst = false } = {}): Promise<OwnConfig> {
  const list = listFromJson(parseJsonText(await readRegularFile(file)), { origin: file, isNodeFile: true });
  const own = ownConfigIn(list) ?? (orFirst ? configOf(list.plugins[0], list) : undefined);
  if (own) return own;
  const types = list.plugins.map(({ type }) => `"${type}"`).join(', ');
  throw new Error(`it is no configuration of Braid: its plugins are ${types}`);
}

/** Ours in a list; `undefined` where there is none. Pure. */
export function ownConfigIn(list: NetworkConfigList): OwnConfig | undefined {
  return configOf(list.plugins.find(isOwnPlugin), list);
}

function configOf(
  plugin: PluginConfig | undefined,
  { name, cniVersion, plugins }: NetworkConfigList,
): OwnConfig | undefined {
  if (!plugin) return undefined;
  const otherTypes = plugins.filter((each) => each !== plugin).map(({ type }) => type);
  return { name, cniVersion, plugin, otherTypes, raw: { ...plugin.raw, name, ...(cniVersion && { cniVersion }) } };
}
