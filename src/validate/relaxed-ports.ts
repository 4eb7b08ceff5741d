/**
 * The ports of a node without one of the things that make it refuse a pod.
 *
 * So it is found out why a pod is refused: by what takes the refusal away, and never by its words. And what a pod is refused
 * for besides can be seen, which a plugin's one error cannot tell.
 */
import { catalogueOf } from '../catalogue/catalogue.ts';
import { findAnyPlugin } from '../network/find-any-plugin.ts';
import type { NetworkConfigList, NetworkLookup } from '../network/network-source.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { ANNOTATIONS_CAPABILITY } from '../schema/node-config.ts';
import type { NetworkChoice } from '../selection/selection.ts';
import type { PlanAddPorts } from '../stages/plan-add.ts';
import { ownPlugin } from './configuration.ts';
import { NOTHING, type OfflineNode } from './offline-node.ts';
import type { RuleId } from './rules.ts';

/** What of the rules is not applied. */
export interface Relaxation {
  readonly without: readonly LenientRule[];
  /** Networks that count as nothing to attach. */
  readonly leftOut: readonly NetworkChoice[];
}

/** The rules that can be left out as a whole, in the order in which they are tried. */
export const LENIENT_RULES = [
  'isolation',
  'recursion',
  'option-uncarried',
  'plugin-unsuited',
  'plugin-missing',
] as const satisfies readonly RuleId[];

export type LenientRule = (typeof LENIENT_RULES)[number];

/** What was looked up last, for who has to know which network it was. */
export interface Seen {
  lookups: readonly { readonly choice: NetworkChoice; readonly lookup: NetworkLookup }[];
}

/** The node without what `relaxation` takes away. */
export function relaxedNode({ request, ports }: OfflineNode, relaxation: Relaxation, seen: Seen): OfflineNode {
  const is = (rule: LenientRule) => relaxation.without.includes(rule);
  return {
    request: is('isolation') ? withoutIsolation(request) : request,
    ports: {
      ...ports,
      ...(is('plugin-unsuited') ? { openCatalogue: async () => catalogueOf([]) } : {}),
      ...(is('plugin-missing') ? { findPlugins: findAnyPlugin } : {}),
      networks: networksWithout(ports, relaxation, seen),
    },
  };
}

function withoutIsolation(request: CniRequest): CniRequest {
  const { config } = request;
  return {
    ...request,
    config: { ...config, isolation: { ...config.isolation, isIsolated: false, allowedNamespaces: {} } },
  };
}

function networksWithout(
  { networks }: PlanAddPorts,
  { without, leftOut }: Relaxation,
  seen: Seen,
): PlanAddPorts['networks'] {
  const left = new Set(leftOut.map(keyOf));
  return {
    async find(choices) {
      const lookups = await networks.find(choices);
      const changed = lookups.map((lookup, index): NetworkLookup => {
        const choice = choices[index];
        if (choice && left.has(keyOf(choice))) return NOTHING;
        if (lookup.kind !== 'found') return lookup;
        if (without.includes('recursion') && ownPlugin(lookup.list)) return NOTHING;
        return without.includes('option-uncarried') ? { ...lookup, list: withAllCapabilities(lookup.list) } : lookup;
      });
      seen.lookups = changed.flatMap((lookup, index) => {
        const choice = choices[index];
        return choice ? [{ choice, lookup }] : [];
      });
      return changed;
    },
  };
}

/** Two choices with one key are the same one. */
export function keyOf(choice: NetworkChoice): string {
  return JSON.stringify(choice);
}

const CAPABILITIES = ['ips', 'mac', 'portMappings', 'bandwidth', 'infinibandGUID', 'deviceID', ANNOTATIONS_CAPABILITY];

function withAllCapabilities(list: NetworkConfigList): NetworkConfigList {
  return { ...list, plugins: list.plugins.map((plugin) => ({ ...plugin, capabilities: CAPABILITIES })) };
}
