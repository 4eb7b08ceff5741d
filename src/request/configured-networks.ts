/** The networks that the node's configuration names, whichever of its keys and grammars says it. Pure. */
import { isForMultus } from '../schema/key-agreement.ts';
import type { NodeConfigKeys } from '../schema/node-config.ts';
import type { ConfiguredNetwork, NodeConfig } from './node-config.ts';

/**
 * The default networks and the extra ones. Multus gives every element of `delegates` to every pod, those of the system
 * namespaces too, and what `defaultNetworks` names only to the others. Precondition: the keys agree.
 */
export function configuredNetworks(keys: NodeConfigKeys): Pick<NodeConfig, 'defaultNetworks' | 'extraNetworks'> {
  const extra = (keys.defaultNetworks ?? []).map((text, index) => reference(text, `defaultNetworks[${index}]`));
  const { clusterNetwork, delegates } = keys;
  if (!isForMultus(keys)) return { defaultNetworks: listed(keys), extraNetworks: extra };
  if (!clusterNetwork) return { defaultNetworks: delegates?.map(inline), extraNetworks: [] };
  return {
    defaultNetworks: [reference(clusterNetwork, 'clusterNetwork')],
    extraNetworks: [...extra, ...auxiliaryChain(keys.auxiliaryCNIChainName, clusterNetwork)],
  };
}

function auxiliaryChain(name: string | undefined, besidePath: string): ConfiguredNetwork[] {
  if (!name) return [];
  return [{ kind: 'chain-folder', name, besidePath, place: placeOf('auxiliaryCNIChainName') }];
}

function reference(text: string, key: string): ConfiguredNetwork {
  return { kind: 'name-or-path', text, place: placeOf(key) };
}

function inline(config: NonNullable<NodeConfigKeys['delegates']>[number], index: number): ConfiguredNetwork {
  return { kind: 'inline', config, place: placeOf(`delegates[${index}]`) };
}

/** An empty text or list configures nothing, rather than pods without a network. */
function listed(keys: NodeConfigKeys): ConfiguredNetwork[] | undefined {
  const key = keys.defaultPlugin === undefined ? 'default_plugin' : 'defaultPlugin';
  const value = keys[key];
  if (value === undefined || value.length === 0) return undefined;
  const items = typeof value === 'string' ? value.split(',') : value;
  const place = placeOf(key);
  return items.map((text, index) => ({
    kind: 'item',
    text,
    place: items.length > 1 ? `${place}, item ${index + 1}` : place,
  }));
}

function placeOf(key: string): string {
  return `configuration key "${key}"`;
}
