/**
 * Configurations for plugins that a pod asks for by name although the node has no file for them. Pure.
 *
 * CNI-Genie writes such a file into the CNI folder, where it can become the node's own configuration; here it lives in
 * memory only. It is the template of the plugin's profile, where that works on any node.
 */
import type { KnownDelegate } from '../catalogue/catalogue.ts';
import { helpersOf } from '../catalogue/host-needs.ts';
import { ipamType } from '../schema/network-config.ts';
import { listFromJson } from './list-from-json.ts';
import type { NetworkConfigList } from './network-source.ts';

/** A generated list and the binaries that it runs. */
export interface GeneratedNetwork {
  readonly list: NetworkConfigList;
  readonly types: readonly string[];
}

/** The list that a profile has for any node. */
export function generatedNetwork(profile: KnownDelegate): GeneratedNetwork | undefined {
  const { name, template } = profile;
  if (!template?.isUsableAsIs) return undefined;
  const origin = { origin: `generated for plugin ${name}`, isNodeFile: true };
  // It gets the version that the runtime asks in, which old plugins may know where ours is too new; but nothing newer.
  const list = {
    ...listFromJson({ name, plugins: template.plugins }, origin),
    newestVersion: template.cniVersion,
    changes: [`generated from the profile of ${name}, for the node has no file of that name`],
  };
  const types = list.plugins.flatMap(({ type, raw }) => [type, ipamType(raw)]);
  const helpers = helpersOf(profile, list.plugins[0]?.raw ?? {}).filter(({ isFatal }) => isFatal);
  const all = [...types, ...helpers.map((helper) => helper.name)].filter((type) => type !== undefined);
  return { list, types: [...new Set(all)] };
}
