/** From selections and what was found for them to the plan, or to the first reason why it cannot be. Pure. */
import { CniError, ErrorCode } from '../errors.ts';
import type { NetworkConfigList, NetworkLookup, PluginLookup } from '../network/network-source.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { resultFamily } from '../schema/cni-version.ts';
import { isJsonObject } from '../schema/json.ts';
import type { PluginConfig } from '../schema/network-config.ts';
import type { Selection } from '../selection/selection.ts';
import { withoutDefaultRoute } from './default-route.ts';
import { delegateArgs } from './delegate-args.ts';
import { delegateConfig } from './delegate-config.ts';
import { type Attachment, type PlanOutcome, searchPath } from './plan.ts';
import { refuseSharedState } from './shared-state.ts';

/** A selection and the list that was found for it. */
export interface SelectedNetwork {
  readonly selection: Selection;
  readonly list: NetworkConfigList;
}

/** Pairs selections with what was looked up for them. Throws: code 7 naming the selection and what could be meant. */
export function resolvedNetworks(
  selections: readonly Selection[],
  lookups: readonly NetworkLookup[],
): { networks: SelectedNetwork[]; warnings: string[] } {
  const warnings: string[] = [];
  const networks = selections.map((selection, index) => {
    const lookup = lookups[index];
    if (lookup?.kind !== 'found') throw unresolved(selection, lookup);
    warnings.push(...lookup.warnings);
    return { selection, list: lookup.list };
  });
  return { networks, warnings };
}

function unresolved(
  { network, why }: Selection,
  lookup: Exclude<NetworkLookup, { kind: 'found' }> | undefined,
): CniError {
  const name = network.kind === 'named' ? `network "${network.name}"` : 'default network';
  if (lookup?.kind === 'broken') {
    return new CniError(
      ErrorCode.invalidConfig,
      `${why}: ${name} cannot be used: ${lookup.origin}: ${lookup.cause}`,
      'correct that file',
    );
  }
  const searched = lookup?.searched ?? 'any source';
  const known = lookup?.known.join(', ') || 'none';
  const hint =
    network.kind === 'named'
      ? `networks there: ${known}`
      : 'put a network configuration there, or set the key "defaultPlugin"';
  return new CniError(ErrorCode.invalidConfig, `${why}: there is no ${name} in ${searched}`, hint);
}

/** The plugin types that a plan for `networks` needs. */
export function neededPlugins(networks: readonly SelectedNetwork[]): string[] {
  return networks.flatMap(({ list }) => list.plugins.flatMap(executedTypes));
}

/** A plugin, and the IPAM plugin that it delegates to (spec §4): both are looked up in the same folders. */
function executedTypes({ type, raw }: PluginConfig): string[] {
  const ipam = raw['ipam'];
  const ipamType = isJsonObject(ipam) ? ipam['type'] : undefined;
  return typeof ipamType === 'string' && ipamType !== '' ? [type, ipamType] : [type];
}

/** What was found outside, for the plan. */
export interface PlanFacts {
  readonly networks: readonly SelectedNetwork[];
  readonly plugins: ReadonlyMap<string, PluginLookup>;
}

/**
 * The plan. Throws: code 7 for a recursion or a missing binary, code 7 for a version that cannot carry what was asked.
 */
export function planAttachments(request: CniRequest, facts: PlanFacts): PlanOutcome {
  checkVersionCarries(request, facts.networks);
  for (const network of facts.networks) checkPlugins(network, request, facts.plugins);
  refuseSharedState(facts.networks.map(({ list }) => list));
  return {
    plan: {
      containerId: request.containerId,
      netns: request.netns,
      ifName: request.ifName,
      networkName: request.networkName,
      searchPath: searchPath(request),
      attachments: facts.networks.map((network) => planAttachment(network, request)),
    },
    notes: facts.networks.flatMap((network) => lostDefaultRoute(network)),
  };
}

/** Results before 0.3.0 hold one address a family: refuse at once rather than lose addresses after the work. */
function checkVersionCarries(request: CniRequest, networks: readonly SelectedNetwork[]): void {
  const isLossy = networks.length > 1 && resultFamily(request.cniVersion) === 'ip4-ip6';
  if (!isLossy || request.config.resultMode !== 'merged') return;
  throw new CniError(
    ErrorCode.invalidConfig,
    `cniVersion ${request.cniVersion} cannot carry the merged result of ${networks.length} networks`,
    'set "cniVersion" of the Braid configuration to 0.3.1 or later, or "resultMode" to "primary"',
  );
}

function checkPlugins(network: SelectedNetwork, request: CniRequest, plugins: PlanFacts['plugins']): void {
  const where = `${network.selection.why}: network "${network.list.name}" (${network.list.origin})`;
  for (const type of network.list.plugins.flatMap(executedTypes)) {
    if (type === request.ownType || type === 'braid') {
      throw new CniError(
        ErrorCode.invalidConfig,
        `${where}: its plugin "${type}" is Braid itself`,
        'a network must not call Braid again; take that plugin out of its list',
      );
    }
    const lookup = plugins.get(type);
    if (lookup?.kind === 'not-executable') {
      throw new CniError(
        ErrorCode.invalidConfig,
        `${where}: ${lookup.path} is not executable, or is no program`,
        `install it anew, or chmod 755 ${lookup.path}`,
      );
    }
    if (lookup?.kind !== 'found') {
      const folders = searchPath(request).join(' ');
      throw new CniError(
        ErrorCode.invalidConfig,
        `${where}: failed to find plugin "${type}" in path [${folders}]`,
        'install the plugin there, or add its folder with the key "binDir"',
      );
    }
  }
}

function planAttachment({ selection, list }: SelectedNetwork, request: CniRequest): Attachment {
  const cniVersion = list.cniVersion ?? request.cniVersion;
  const context = {
    name: list.name,
    cniVersion,
    isPrimary: selection.isPrimary,
    runtimeConfig: request.config.runtimeConfig,
  };
  const plugins = list.plugins.map((plugin) => {
    const config = delegateConfig(plugin, context);
    return { type: plugin.type, config: selection.isPrimary ? config : withoutDefaultRoute(config) };
  });
  return {
    network: list.name,
    ifName: selection.ifName,
    isPrimary: selection.isPrimary,
    why: selection.why,
    cniVersion,
    isCheckDisabled: list.isCheckDisabled,
    isGcDisabled: list.isGcDisabled,
    cniArgs: delegateArgs(request.podArgs, selection.isPrimary),
    plugins,
  };
}

function lostDefaultRoute({ selection, list }: SelectedNetwork): string[] {
  const isAsking = list.plugins.some((plugin) => withoutDefaultRoute(plugin.raw) !== plugin.raw);
  if (selection.isPrimary || !isAsking) return [];
  return [
    `network "${list.name}" (${selection.ifName}) is not asked for a default route: that belongs to the pod's primary network`,
  ];
}
