/**
 * Configurations for plugins that a pod asks for by type although the node has no file for them. Pure.
 *
 * CNI-Genie writes such a file into the CNI folder, where it can become the node's own configuration; here it lives in
 * memory only. The values are CNI-Genie's, made valid and usable side by side: see each template.
 */
import type { JsonObject } from '../schema/json.ts';
import { listFromJson } from './list-from-json.ts';
import type { NetworkConfigList } from './network-source.ts';

const TEMPLATES: ReadonlyMap<string, JsonObject> = new Map([
  // CNI-Genie has 10.10.0.1/16 here, which host-local refuses since it has host bits.
  ['bridge', { type: 'bridge', ipam: { type: 'host-local', subnet: '10.10.0.0/16' } }],
  // Without "master" the plugin takes the interface of the default route, which is what CNI-Genie looks up. Its subnet is
  // the bridge's there, so that a pod with both networks could get one address twice.
  ['macvlan', { type: 'macvlan', ipam: { type: 'host-local', subnet: '10.11.0.0/16' } }],
]);

/** A generated list and the binaries that it runs. */
export interface GeneratedNetwork {
  readonly list: NetworkConfigList;
  readonly types: readonly string[];
}

/** The list for a plugin type that has a template. */
export function generatedNetwork(type: string): GeneratedNetwork | undefined {
  const template = TEMPLATES.get(type);
  if (!template) return undefined;
  const origin = { origin: `generated for plugin ${type}`, isNodeFile: true };
  return { list: listFromJson({ name: type, ...template }, origin), types: [type, 'host-local'] };
}
