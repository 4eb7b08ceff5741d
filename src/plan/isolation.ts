/**
 * Who may have which network: the one policy check, for every reference, whichever annotation or configuration made it.
 *
 * Pure. Two rules. `namespaceIsolation`: a pod has the definitions of its own namespace and of `globalNamespaces` only.
 * `allowedNamespaces`: a network from the node's files is for the pods of the listed namespaces only. What the node's
 * operator names in the configuration is not bound by the first: it is the operator who isolates.
 */
import { CniError, ErrorCode } from '../errors.ts';
import type { NetworkLookup } from '../network/network-source.ts';
import type { IsolationSettings } from '../request/node-config.ts';
import { clipped } from '../schema/clipped-text.ts';
import type { Selection } from '../selection/selection.ts';

/** Whose references are judged, and by which rules; `podNamespace` is `undefined` where nobody knows it. */
export interface Policy {
  readonly podNamespace: string | undefined;
  readonly settings: IsolationSettings;
}

/** Before anything is looked up. Throws: code 7 naming the reference, the namespaces and the rule. */
export function refuseForeignNamespaces(selections: readonly Selection[], policy: Policy): void {
  for (const selection of selections) refuseForeignNamespace(selection, policy);
}

/** Once it is known which file each selection means. Throws: code 7 naming the network, the namespace and the rule. */
export function refuseReservedNetworks(
  selections: readonly Selection[],
  lookups: readonly NetworkLookup[],
  policy: Policy,
): void {
  for (const [index, selection] of selections.entries()) refuseReservedNetwork(selection, lookups[index], policy);
}

/** The answers without the namespaces whose definitions a pod may not have: its owner, who reads the error, learns none. */
export function withoutForeignNamespaces(lookups: readonly NetworkLookup[], policy: Policy): NetworkLookup[] {
  return lookups.map((lookup) => {
    if (lookup.kind !== 'absent' || !lookup.namespaces) return lookup;
    return { ...lookup, namespaces: lookup.namespaces.filter((namespace) => isOpen(namespace, policy)) };
  });
}

function isOpen(namespace: string, { podNamespace, settings: { isIsolated, globalNamespaces } }: Policy): boolean {
  return !isIsolated || namespace === podNamespace || globalNamespaces.includes(namespace);
}

function refuseForeignNamespace({ network, referrer, why }: Selection, policy: Policy): void {
  if (referrer === 'node' || !('namespace' in network) || isOpen(network.namespace, policy)) return;
  const { podNamespace, settings } = policy;
  throw new CniError(
    ErrorCode.invalidConfig,
    `${why}: a pod of namespace "${podNamespace ?? ''}" may not have network "${network.namespace}/${clipped(network.name)}": rule "namespaceIsolation"`,
    `networks of its own namespace and of ${settings.globalNamespaces.join(', ') || 'no other'} are allowed ("globalNamespaces")`,
  );
}

function refuseReservedNetwork(
  { network, why }: Selection,
  lookup: NetworkLookup | undefined,
  { podNamespace, settings }: Policy,
): void {
  const found = nodeNetwork(lookup);
  if (found === undefined) return;
  const { allowedNamespaces } = settings;
  // A rule may stand under the name that pods use, which need not be the network's own.
  const words = network.kind === 'named' ? [found, network.name] : [found];
  const name = words.find((word) => Object.hasOwn(allowedNamespaces, word));
  const allowed = name === undefined ? undefined : allowedNamespaces[name];
  if (allowed === undefined || (podNamespace !== undefined && allowed.includes(podNamespace))) return;
  throw new CniError(
    ErrorCode.invalidConfig,
    `${why}: a pod of namespace "${podNamespace ?? ''}" may not have network "${name}": rule "allowedNamespaces"`,
    `the node's configuration keeps it for ${settings.isIsolated ? 'other namespaces' : allowed.join(', ') || 'nobody'}`,
  );
}

/** A broken file is kept from others too: its error tells of it. */
function nodeNetwork(lookup: NetworkLookup | undefined): string | undefined {
  if (lookup?.kind === 'broken') return lookup.nodeNetwork;
  return lookup?.kind === 'found' && lookup.list.isNodeFile ? lookup.list.name : undefined;
}
