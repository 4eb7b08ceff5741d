/**
 * What the catalogue knows of the plugins that a plan is to run, and what that forbids. Pure, but for the host that is asked.
 *
 * Only what is certain is refused: what a profile calls fatal, and what it calls impossible. A node whose plugin is another
 * one than the profile means gives a profile of its own (`profileDir`).
 */
import type { Catalogue, KnownDelegate } from '../catalogue/catalogue.ts';
import { type HostFacts, helpersOf, type Lack, lacksOf } from '../catalogue/host-needs.ts';
import { CniError, ErrorCode } from '../errors.ts';
import type { PluginLookup } from '../network/network-source.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { ipamType } from '../schema/network-config.ts';
import type { SelectedNetwork } from './plan.ts';

/** A plugin of a network, or the IPAM plugin that it runs, with its profile. */
export interface KnownPlugin {
  readonly network: SelectedNetwork;
  readonly profile: KnownDelegate;
  /** The object in which the keys of its profile stand. */
  readonly config: JsonObject;
  /** True: it only gives addresses here, whatever else it can be. */
  readonly isIpam: boolean;
}

/** The plugins of all networks of which something is known. */
export function knownPlugins(networks: readonly SelectedNetwork[], catalogue: Catalogue): KnownPlugin[] {
  return networks.flatMap((network) =>
    network.list.plugins.flatMap(({ type, raw }) => {
      const own = catalogue.ofPlugin(type);
      const ipam = own?.binaries.runsIpam === false ? undefined : catalogue.ofPlugin(ipamType(raw) ?? '');
      return [
        ...(own ? [{ network, profile: own, config: raw, isIpam: false }] : []),
        ...(ipam ? [{ network, profile: ipam, config: ipamConfig(raw, ipam), isIpam: true }] : []),
      ];
    }),
  );
}

/** An IPAM plugin's keys stand below `ipam`, and its profile says so; what is a main plugin elsewhere has its own there. */
function ipamConfig(raw: JsonObject, { kind }: KnownDelegate): JsonObject {
  const { ipam } = raw;
  return kind !== 'ipam' && isJsonObject(ipam) ? ipam : raw;
}

/** The files of CNI_PATH that the plugins run by themselves. */
export function neededHelpers(known: readonly KnownPlugin[]): string[] {
  return known.flatMap(({ profile, config }) => helpersOf(profile, config).map(({ name }) => name));
}

/** Something without which a plugin cannot work. */
export interface PluginLack extends Lack {
  readonly plugin: KnownPlugin;
}

/**
 * What the plugins cannot do without and the node has not. Where this process cannot tell, one is asked for that can.
 * Throws: what `demandSight` throws.
 */
export async function fatalLacks(known: readonly KnownPlugin[], host: HostFacts): Promise<PluginLack[]> {
  const lacks = known.map(async (plugin) => {
    const { network, profile, config } = plugin;
    const found = await lacksOf(profile, { config, isTrusted: network.list.isNodeFile }, host);
    return found.filter(({ isFatal }) => isFatal).map((lack) => ({ ...lack, plugin }));
  });
  const all = (await Promise.all(lacks)).flat();
  if (all.some(({ isCertain }) => !isCertain)) host.demandSight();
  return all.filter(({ isCertain }) => isCertain);
}

/** Throws: code 11 for a file that is missing, code 7 for what the node lacks for good, or what such a plugin cannot do. */
export function refuseUnsuited(
  known: readonly KnownPlugin[],
  plugins: ReadonlyMap<string, PluginLookup>,
  lacks: readonly PluginLack[],
): void {
  for (const plugin of known) refuseImpossibleSecondary(plugin);
  refuseSharedState(known);
  for (const plugin of known) refuseMissingHelper(plugin, plugins);
  for (const lack of lacks) refuseLack(lack);
}

/** A sentence for each plugin that is not made for the place that it has. */
export function placeDoubts(known: readonly KnownPlugin[]): string[] {
  return known.flatMap(({ network, profile, isIpam }) => {
    const { secondary } = profile.attachment;
    if (isIpam || network.selection.isPrimary || secondary.is !== 'limited') return [];
    return [`network "${network.list.name}": ${profile.name} as a further network of a pod: ${secondary.why}`];
  });
}

/** A sentence for each plugin that two networks have and that is made for one only in most of its versions. */
export function doubledDoubts(known: readonly KnownPlugin[]): string[] {
  return known.flatMap(({ network, profile, isIpam }, index) => {
    const { twice } = profile.attachment;
    const isSecond = known.slice(0, index).some((other) => other.profile === profile && other.network !== network);
    if (isIpam || twice.is !== 'limited' || !isSecond) return [];
    return [`network "${network.list.name}": ${profile.name} twice in a pod: ${twice.why}`];
  });
}

function refuseImpossibleSecondary({ network, profile, isIpam }: KnownPlugin): void {
  const { secondary } = profile.attachment;
  if (isIpam || network.selection.isPrimary || secondary.is !== 'impossible') return;
  throw new CniError(
    ErrorCode.invalidConfig,
    `${titleOf(network)}: ${profile.name} cannot be a further network of a pod: ${secondary.why}`,
    'make it the primary network, or choose another one',
  );
}

/**
 * Twice in one pod, a plugin that keeps its state by container alone overwrites with the second ADD what the first one
 * kept, and one lease is never given back; some can be told a folder for each network.
 */
function refuseSharedState(known: readonly KnownPlugin[]): void {
  const owners = new Map<string, SelectedNetwork>();
  for (const { network, profile, config } of known.filter(({ isIpam }) => !isIpam)) {
    const { is, why, key, folder } = profile.attachment.twice;
    if (is === 'possible' || is === 'limited') continue;
    const place = is === 'with-own-folder' ? `${profile.name} ${String(config[key ?? ''] ?? folder)}` : profile.name;
    const other = owners.get(place);
    if (other !== undefined && other !== network) {
      throw new CniError(
        ErrorCode.invalidConfig,
        `networks "${other.list.name}" and "${network.list.name}" both run ${profile.name}, which can keep one network a pod${key === undefined ? '' : ` in one "${key}"`}: ${why}`,
        key === undefined ? 'take one of the two away' : `give each of the two networks a "${key}" of its own`,
      );
    }
    owners.set(place, network);
  }
}

function refuseMissingHelper(
  { network, profile, config }: KnownPlugin,
  plugins: ReadonlyMap<string, PluginLookup>,
): void {
  const missing = helpersOf(profile, config).find(
    ({ name, isFatal }) => isFatal && plugins.get(name)?.kind !== 'found',
  );
  if (!missing) return;
  throw new CniError(
    ErrorCode.invalidConfig,
    `${titleOf(network)}: ${profile.name} needs the plugin "${missing.name}", which is not in CNI_PATH: ${missing.why}`,
    `install ${missing.name} beside ${profile.name}`,
  );
}

function refuseLack({ plugin, what, hint, path }: PluginLack): never {
  const where = `${titleOf(plugin.network)}: ${plugin.profile.name}: ${what}`;
  if (path === undefined) throw new CniError(ErrorCode.invalidConfig, where, hint);
  throw new CniError(ErrorCode.tryAgain, `${where}: ${hint}`);
}

function titleOf({ selection, list }: SelectedNetwork): string {
  return `${selection.why}: network "${list.name}" (${list.origin})`;
}
