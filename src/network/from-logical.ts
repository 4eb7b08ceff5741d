/**
 * Networks from CNI-Genie's LogicalNetworks: a network of the node, with a subnet and a network card of its own.
 *
 * The list keeps its name, as with CNI-Genie: host-local keeps its leases by that name, and those of different subnets go
 * together well; GC hands a network's plugin all attachments of the name.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { CniError } from '../errors.ts';
import { clipped } from '../schema/clipped-text.ts';
import { type ApiObjects, type ApiResource, type ObjectKey, objectTitle } from './api-objects.ts';
import type { ConfFolder } from './conf-folder.ts';
import { lookUpNamed } from './from-conf-dir.ts';
import { shortCause } from './list-from-json.ts';
import { networkCardKey, withKey, withSubnet } from './logical/change-list.ts';
import {
  checkedNic,
  deriveLogicalNetwork,
  type LogicalNetwork,
  type LogicalSpec,
  type PhysicalSpec,
  parseLogical,
  parsePhysical,
} from './logical/logical-network.ts';
import type { BrokenNetwork, FailedLookup, NetworkLookup } from './network-source.ts';

const COMMON = {
  group: 'alpha.network.k8s.io',
  version: 'v1',
  rbacFile: 'config/rbac/logical-networks.yaml',
  installHint: 'install that of CNI-Genie',
};

const LOGICAL: ApiResource = { ...COMMON, plural: 'logicalnetworks', noun: 'logical network' };

const PHYSICAL: ApiResource = { ...COMMON, plural: 'physicalnetworks', noun: 'physical network' };

/** The network of a LogicalNetwork. Throws: code 7 of the sources. */
export async function lookUpLogical(key: ObjectKey, objects: ApiObjects, folder: ConfFolder): Promise<NetworkLookup> {
  const answer = await objects.get(LOGICAL, key);
  if (answer.kind === 'absent') return { kind: 'absent', known: [], searched: 'the API server' };
  if (answer.kind !== 'ok') return answer.failure;
  const origin = objectTitle(LOGICAL, key);
  const wanted = await attempt(origin, async () => {
    const logical = parseLogical(answer.body);
    const physical = await findPhysical(logical, key, objects);
    return physical && 'kind' in physical ? physical : deriveLogicalNetwork(logical, physical);
  });
  if ('kind' in wanted) return wanted;
  const base = await lookUpNamed(wanted.plugin, folder);
  if (base.kind === 'absent') {
    const cause = `there is no network "${clipped(wanted.plugin)}" in ${base.searched}; networks there: ${base.known.join(', ') || 'none'}`;
    return { kind: 'broken', origin, cause };
  }
  if (base.kind !== 'found') return base;
  const catalogue = await folder.openCatalogue();
  return attempt(origin, async () => changed(base, wanted, { key, catalogue }));
}

type Found = Extract<NetworkLookup, { kind: 'found' }>;

/** What `work` gives, or that the object is broken. A CniError is no fault of the object and goes on. */
async function attempt<T>(origin: string, work: () => Promise<T>): Promise<T | BrokenNetwork> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof CniError) throw cause;
    return { kind: 'broken', origin, cause: shortCause(cause) };
  }
}

/** Throws: Error when it is not there or says nothing. */
async function findPhysical(
  { physicalNet }: LogicalSpec,
  { namespace }: ObjectKey,
  objects: ApiObjects,
): Promise<PhysicalSpec | FailedLookup | undefined> {
  if (physicalNet === '') return undefined;
  const key = { namespace, name: physicalNet };
  const answer = await objects.get(PHYSICAL, key);
  const title = objectTitle(PHYSICAL, { namespace, name: clipped(physicalNet) });
  if (answer.kind === 'absent') throw new Error(`there is no ${title}, its "physicalNet"`);
  if (answer.kind !== 'ok') return answer.failure;
  try {
    return parsePhysical(answer.body);
  } catch (cause) {
    throw new Error(`${title}: ${shortCause(cause)}`);
  }
}

function changesOf(
  key: ObjectKey,
  { subnet, card }: { subnet: string | undefined; card: string | undefined },
): string[] {
  const title = objectTitle(LOGICAL, key);
  return [
    ...(card === undefined ? [] : [`${title}: its plugin is told the network card ${card}`]),
    ...(subnet === undefined ? [] : [`${title}: its addresses are from ${subnet}`]),
  ];
}

/** Throws: Error when the network card has no possible name. */
function changed(
  { list, warnings }: Found,
  { subnet, nic }: LogicalNetwork,
  { key, catalogue }: { key: ObjectKey; catalogue: Catalogue },
): Found {
  const cardKey = networkCardKey(list, catalogue);
  const onCard = nic === undefined || cardKey === undefined ? list : withKey(list, cardKey, checkedNic(nic));
  const { list: moved, dropped } = subnet === undefined ? { list: onCard, dropped: [] } : withSubnet(onCard, subnet);
  const doubt = `${objectTitle(LOGICAL, key)}: of network "${list.name}" these do not fit ${subnet} and are left out: ${dropped.join(', ')}`;
  return {
    kind: 'found',
    list: {
      ...moved,
      reference: `${key.namespace}/${key.name}`,
      changes: [...(list.changes ?? []), ...changesOf(key, { subnet, card: onCard === list ? undefined : nic })],
    },
    warnings: dropped.length === 0 ? warnings : [...warnings, doubt],
  };
}
