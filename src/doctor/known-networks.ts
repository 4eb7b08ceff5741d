/** The plugins of the node's networks as a plan sees them, without a pod. Pure. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { NetworkConfigList } from '../network/network-source.ts';
import { type KnownPlugin, knownPlugins } from '../plan/known-plugins.ts';
import type { SelectedNetwork } from '../plan/plan.ts';

/** A network as the one of a pod that asks for it by name. */
export function asSelected(list: NetworkConfigList): SelectedNetwork {
  return {
    list,
    selection: {
      network: { kind: 'named', name: list.name },
      ifName: 'eth0',
      isPrimary: true,
      why: 'file',
      dialect: 'node-default',
      referrer: 'node',
      options: {},
    },
  };
}

/** What the catalogue knows of the plugins of these networks. */
export function knownOf(networks: readonly NetworkConfigList[], catalogue: Catalogue): KnownPlugin[] {
  return knownPlugins(networks.map(asSelected), catalogue);
}
