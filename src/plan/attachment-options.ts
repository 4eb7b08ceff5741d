/**
 * What a selection asks of its network, as its plugins get it: capabilities, CNI_ARGS, `args.cni`. Pure.
 *
 * An option needs a plugin of the list that declares its capability (specification of the Network Plumbing WG §4.1.2.1);
 * without one the option would be dropped in silence, so the request is refused before anything runs. A single address and
 * a hardware address have a second way, older than capabilities, that many plugins know: `IP=` and `MAC=` in CNI_ARGS.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { CniError, ErrorCode } from '../errors.ts';
import type { NetworkConfigList } from '../network/network-source.ts';
import { addressOf } from '../schema/ip-text.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import type { AttachmentOptions, Selection } from '../selection/selection.ts';

/** The option, the key of its annotation, the capability that carries it, or else the pair of CNI_ARGS. */
const CAPABILITIES = [
  { option: 'ips', key: 'ips', capability: 'ips', pair: 'IP' },
  { option: 'mac', key: 'mac', capability: 'mac', pair: 'MAC' },
  { option: 'portMappings', key: 'portMappings', capability: 'portMappings' },
  { option: 'bandwidth', key: 'bandwidth', capability: 'bandwidth' },
  { option: 'infinibandGuid', key: 'infiniband-guid', capability: 'infinibandGUID' },
  { option: 'deviceId', key: 'deviceID', capability: 'deviceID' },
] as const satisfies readonly { option: keyof AttachmentOptions; key: string; capability: string; pair?: string }[];

/** Delegates may ignore a claim (specification §4.1.2.1.11), so nobody needs to declare it. */
const CLAIM_CAPABILITY = 'ipam-claim-reference';

/** The options as `runtimeConfig` has them; each plugin gets those that it declares. */
export function optionCapabilities(options: AttachmentOptions): JsonObject {
  const asked = CAPABILITIES.flatMap(({ option, capability }) =>
    options[option] === undefined ? [] : [[capability, options[option]] as const],
  );
  const claim = options.ipamClaim === undefined ? [] : [[CLAIM_CAPABILITY, options.ipamClaim] as const];
  return Object.fromEntries([...asked, ...claim]);
}

/** Throws: code 7 naming the key and the capability that no plugin of the list declares. */
export function refuseUncarriedOptions(
  { why, options }: Selection,
  list: NetworkConfigList,
  catalogue: Catalogue,
): void {
  const pairs = optionArgs(options, list);
  const takesDevice = list.plugins.some(({ type }) => catalogue.ofPlugin(type)?.deviceIdKey !== undefined);
  const uncarried = CAPABILITIES.find(
    ({ option, capability, ...way }) =>
      options[option] !== undefined &&
      !declares(list, capability) &&
      !('pair' in way && way.pair in pairs) &&
      !(option === 'deviceId' && takesDevice),
  );
  if (!uncarried) return;
  throw new CniError(
    ErrorCode.invalidConfig,
    `${why}, key "${uncarried.key}": no plugin of network "${list.name}" (${list.origin}) declares the capability "${uncarried.capability}"`,
    `take the key away, or add "capabilities": {"${uncarried.capability}": true} to a plugin of that network that has it`,
  );
}

/** What goes as pairs of CNI_ARGS, for a list without the capability: a hardware address, and an address if it is one alone. */
export function optionArgs({ ips = [], mac }: AttachmentOptions, list: NetworkConfigList): Record<string, string> {
  const [only] = ips;
  return {
    ...(only !== undefined && ips.length === 1 && !declares(list, 'ips') ? { IP: only } : {}),
    ...(mac !== undefined && !declares(list, 'mac') ? { MAC: mac } : {}),
  };
}

function declares({ plugins }: NetworkConfigList, capability: string): boolean {
  return plugins.some(({ capabilities }) => capabilities.includes(capability));
}

/** A plugin's configuration with the selection's `cni-args` in its `args.cni`, where they win over the network's own. */
export function withCniArgs(config: JsonObject, cniArgs: JsonObject | undefined): JsonObject {
  if (cniArgs === undefined) return config;
  const args = isJsonObject(config['args']) ? config['args'] : {};
  const own = isJsonObject(args['cni']) ? args['cni'] : {};
  return { ...config, args: { ...args, cni: { ...own, ...cniArgs } } };
}

/** A plugin's configuration with the selection's device at the key by which the plugin takes it, to its profile. */
export function withDevice(config: JsonObject, device: string | undefined, catalogue: Catalogue): JsonObject {
  const { type } = config;
  const key = typeof type === 'string' ? catalogue.ofPlugin(type)?.deviceIdKey : undefined;
  return device === undefined || key === undefined ? config : { ...config, [key]: device };
}

/** The addresses that an attachment must come back with, without prefix lengths. */
export function wantedAddresses({ ips = [] }: AttachmentOptions): string[] {
  return ips.map(addressOf);
}
