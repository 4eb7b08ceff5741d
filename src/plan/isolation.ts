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
import type { Selection } from '../selection/selection.ts';

/** Throws: code 7 naming the reference, the namespaces and the rule. `podNamespace` is `undefined` where nobody knows it. */
export function refuseForbiddenNetworks(
  selections: readonly Selection[],
  lookups: readonly NetworkLookup[],
  { podNamespace, settings }: { podNamespace: string | undefined; settings: IsolationSettings },
): void {
  for (const [index, selection] of selections.entries()) {
    refuseForeignNamespace(selection, podNamespace, settings);
    refuseReservedNetwork(selection, { lookup: lookups[index], podNamespace, settings });
  }
}

function refuseForeignNamespace(
  { network, referrer, why }: Selection,
  podNamespace: string | undefined,
  { isIsolated, globalNamespaces }: IsolationSettings,
): void {
  if (!isIsolated || referrer === 'node' || !('namespace' in network)) return;
  if (network.namespace === podNamespace || globalNamespaces.includes(network.namespace)) return;
  throw new CniError(
    ErrorCode.invalidConfig,
    `${why}: a pod of namespace "${podNamespace ?? ''}" may not have network "${network.namespace}/${network.name}": rule "namespaceIsolation"`,
    `networks of its own namespace and of ${globalNamespaces.join(', ') || 'no other'} are allowed ("globalNamespaces")`,
  );
}

interface Reference {
  readonly lookup: NetworkLookup | undefined;
  readonly podNamespace: string | undefined;
  readonly settings: IsolationSettings;
}

function refuseReservedNetwork({ why }: Selection, { lookup, podNamespace, settings }: Reference): void {
  if (lookup?.kind !== 'found' || !lookup.list.isNodeFile) return;
  const { name } = lookup.list;
  const { allowedNamespaces } = settings;
  const allowed = Object.hasOwn(allowedNamespaces, name) ? allowedNamespaces[name] : undefined;
  if (allowed === undefined || (podNamespace !== undefined && allowed.includes(podNamespace))) return;
  throw new CniError(
    ErrorCode.invalidConfig,
    `${why}: a pod of namespace "${podNamespace ?? ''}" may not have network "${name}": rule "allowedNamespaces"`,
    `the node's configuration keeps it for ${allowed.join(', ') || 'nobody'}`,
  );
}
