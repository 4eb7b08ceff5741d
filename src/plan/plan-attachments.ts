/** From selections and what was found for them to the plan, or to the first reason why it cannot be. Pure. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { CniError, ErrorCode } from '../errors.ts';
import type { NetworkLookup, PluginLookup } from '../network/network-source.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { clipped } from '../schema/clipped-text.ts';
import { type CniVersion, isAtLeast, resultFamily } from '../schema/cni-version.ts';
import { NAMESPACE_HELPER } from '../schema/namespace-facts.ts';
import { ipamType, type PluginConfig } from '../schema/network-config.ts';
import { isOwnPlugin } from '../schema/own-type.ts';
import type { Selection } from '../selection/selection.ts';
import {
  optionArgs,
  optionCapabilities,
  refuseUncarriedOptions,
  wantedAddresses,
  withCniArgs,
  withDevice,
} from './attachment-options.ts';
import { withoutDefaultRoute } from './default-route.ts';
import { delegateArgs } from './delegate-args.ts';
import { delegateConfig } from './delegate-config.ts';
import { DEVICE_FILE_CAPABILITY, type DeviceFile, deviceFile } from './device-files.ts';
import {
  doubledDoubts,
  type KnownPlugin,
  neededHelpers,
  type PluginLack,
  placeDoubts,
  refuseUnsuited,
} from './known-plugins.ts';
import {
  type Attachment,
  type DefaultRouteRequest,
  type PlanOutcome,
  type SelectedNetwork,
  searchPath,
} from './plan.ts';
import { unresolvedNetwork } from './unresolved-network.ts';

/**
 * Pairs selections with what was looked up for them; who has nothing to attach is left out.
 * Throws: code 7 naming the selection and what could be meant, code 11 when asking again may help.
 */
export function resolvedNetworks(
  selections: readonly Selection[],
  lookups: readonly NetworkLookup[],
): { networks: SelectedNetwork[]; warnings: string[] } {
  const warnings: string[] = [];
  const networks = selections.flatMap((selection, index) => {
    const lookup = lookups[index];
    if (lookup?.kind === 'nothing-to-attach') return [];
    if (lookup?.kind !== 'found') throw unresolvedNetwork(selection, lookup);
    warnings.push(...lookup.warnings);
    return [{ selection, list: lookup.list }];
  });
  return { networks, warnings };
}

/** The plugin types that a plan for `networks` needs, what those run by themselves, and the helper. */
export function neededPlugins(
  networks: readonly SelectedNetwork[],
  { known, catalogue }: Pick<PlanFacts, 'known' | 'catalogue'>,
): string[] {
  const types = networks.flatMap(({ list }) => list.plugins.flatMap((plugin) => executedTypes(plugin, catalogue)));
  return [...types, ...neededHelpers(known), NAMESPACE_HELPER];
}

/** A plugin, and the IPAM plugin that it delegates to (spec §4): both are looked up in the same folders. */
export function executedTypes({ type, raw }: PluginConfig, catalogue: Catalogue): string[] {
  const ipam = catalogue.ofPlugin(type)?.binaries.runsIpam === false ? undefined : ipamType(raw);
  return ipam === undefined ? [type] : [type, ipam];
}

/** What was found outside, for the plan. */
export interface PlanFacts {
  readonly networks: readonly SelectedNetwork[];
  readonly plugins: ReadonlyMap<string, PluginLookup>;
  /** What the catalogue knows of the networks' plugins; empty where nothing shall be refused for it. */
  readonly known: readonly KnownPlugin[];
  readonly lacks: readonly PluginLack[];
  readonly catalogue: Catalogue;
}

/**
 * The plan. Throws: code 7 for a recursion or a missing binary, code 7 for a version that cannot carry what was asked.
 */
export function planAttachments(request: CniRequest, facts: PlanFacts): PlanOutcome {
  checkVersionCarries(request, facts.networks);
  for (const network of facts.networks) checkPlugins(network, request, facts);
  for (const { selection, list } of facts.networks) refuseUncarriedOptions(selection, list, facts.catalogue);
  refuseUnsuited(facts.known, facts.plugins, facts.lacks);
  const defaultRoute = requestedDefaultRoute(facts, request);
  return {
    plan: {
      containerId: request.containerId,
      netns: request.netns,
      ifName: request.ifName,
      networkName: request.networkName,
      searchPath: searchPath(request),
      attachments: facts.networks.map((network) => planAttachment(network, request, facts.catalogue)),
    },
    defaultRoute,
    deviceFiles: facts.networks.flatMap((network) => deviceFileOf(network, request) ?? []),
    notes: facts.networks.flatMap((network) => lostDefaultRoute(network)),
    warnings: [...placeDoubts(facts.known), ...doubledDoubts(facts.known)],
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

function checkPlugins(
  network: SelectedNetwork,
  request: CniRequest,
  { plugins, catalogue }: Pick<PlanFacts, 'plugins' | 'catalogue'>,
): void {
  const where = `${network.selection.why}: network "${network.list.name}" (${network.list.origin})`;
  for (const type of network.list.plugins.flatMap((plugin) => executedTypes(plugin, catalogue))) {
    if (type === request.ownType || type === NAMESPACE_HELPER || isOwnPlugin({ type })) {
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
        `${where}: failed to find plugin "${clipped(type)}" in path [${folders}]`,
        absentHint(type, catalogue),
      );
    }
  }
}

/** People write a network's name for its plugin's, and files of the other system. */
function absentHint(type: string, catalogue: Catalogue): string {
  const { plugin } = catalogue.named(type)?.binaries ?? {};
  if (plugin !== undefined && plugin !== type) return `the plugin of ${type} is called "${plugin}": correct "type"`;
  const platforms = catalogue.ofPlugin(type)?.platforms ?? ['linux'];
  return platforms.includes('linux')
    ? 'install the plugin there, or add its folder with the key "binDir"'
    : `${type} runs on ${platforms.join(' and ')} nodes only`;
}

function planAttachment({ selection, list }: SelectedNetwork, request: CniRequest, catalogue: Catalogue): Attachment {
  const cniVersion = list.cniVersion ?? notAbove(request.cniVersion, list.newestVersion);
  const device = deviceFileOf({ selection, list }, request);
  const context = {
    name: list.name,
    cniVersion,
    isPrimary: selection.isPrimary,
    runtimeConfig: request.config.runtimeConfig,
    asked: {
      ...optionCapabilities(selection.options),
      ...(device ? { [DEVICE_FILE_CAPABILITY]: device.file } : {}),
    },
  };
  const plugins = list.plugins.map((plugin) => {
    const { cniArgs, deviceId } = selection.options;
    const config = withDevice(withCniArgs(delegateConfig(plugin, context), cniArgs), deviceId, catalogue);
    return { type: plugin.type, config: keepsDefaultRoute(selection) ? config : withoutDefaultRoute(config) };
  });
  const asked = optionArgs(selection.options, list);
  return {
    network: list.name,
    reference: list.reference,
    ifName: selection.ifName,
    isPrimary: selection.isPrimary,
    why: selection.why,
    cniVersion,
    isCheckDisabled: list.isCheckDisabled,
    isGcDisabled: list.isGcDisabled,
    cniArgs: delegateArgs(request.podArgs, { isPrimary: selection.isPrimary, asked }),
    wantedAddresses: wantedAddresses(selection.options),
    ...(asked['MAC'] === undefined ? {} : { wantedMac: asked['MAC'] }),
    ...(device ? { deviceInfoFile: device.file } : {}),
    plugins,
  };
}

function notAbove(version: CniVersion, newest: CniVersion | undefined): CniVersion {
  return newest !== undefined && isAtLeast(version, newest) ? newest : version;
}

function deviceFileOf(network: SelectedNetwork, { config, containerId }: CniRequest): DeviceFile | undefined {
  return deviceFile(network, { dir: config.deviceInfoDir, containerId });
}

/**
 * Nobody but the primary network is asked for a default route, unless the pod wants that of another network. Where the
 * pod names the gateways, the route is made after the attachments, so its network needs none either.
 */
function keepsDefaultRoute({ isPrimary, options }: Selection): boolean {
  return isPrimary || options.defaultRoute?.length === 0;
}

/** Throws: code 7 when the helper that moves routes is not there. */
function requestedDefaultRoute({ networks, plugins }: PlanFacts, request: CniRequest): DefaultRouteRequest | undefined {
  const asking = networks.find(({ selection }) => selection.options.defaultRoute !== undefined)?.selection;
  if (!asking?.options.defaultRoute) return undefined;
  const why = `${asking.why}, key "default-route"`;
  if (plugins.get(NAMESPACE_HELPER)?.kind !== 'found') {
    throw new CniError(
      ErrorCode.invalidConfig,
      `${why}: failed to find "${NAMESPACE_HELPER}", which moves the route, in path [${searchPath(request).join(' ')}]`,
      `install ${NAMESPACE_HELPER} beside Braid`,
    );
  }
  return { ifName: asking.ifName, why, gateways: asking.options.defaultRoute };
}

function lostDefaultRoute({ selection, list }: SelectedNetwork): string[] {
  const isAsking = list.plugins.some((plugin) => withoutDefaultRoute(plugin.raw) !== plugin.raw);
  if (keepsDefaultRoute(selection) || !isAsking) return [];
  return [
    `network "${list.name}" (${selection.ifName}) is not asked for a default route: that belongs to the pod's primary network`,
  ];
}
