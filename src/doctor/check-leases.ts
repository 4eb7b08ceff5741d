/** Leases of host-local, by the networks of the node and of the journal: who has them, and how many are left. */
import { join } from 'node:path/posix';
import type { JsonObject } from '../schema/json.ts';
import { recordsOf } from './check-journal.ts';
import type { ExaminedNode } from './examined-node.ts';
import { type Check, counted, type Finding, shortList } from './finding.ts';
import { type AddressSet, leaseAddress, leaseFolder, leaseHolder } from './host-local.ts';

/** Of all addresses of a set. */
const NEARLY_FULL_PERCENT = 90n;

export const checkLeases: Check = {
  name: 'leases',
  async run(node) {
    const records = recordsOf((await node.journal()).entries);
    const plugins = [
      ...(await node.networks()).flatMap(({ name, plugins }) => plugins.map(({ raw }) => ({ network: name, raw }))),
      ...records.flatMap(({ attachments }) =>
        attachments.flatMap(({ network, plugins: chain }) => chain.map(({ config }) => ({ network, raw: config }))),
      ),
    ];
    const known = new Set(records.map(({ containerId }) => containerId));
    const findings = [...foldersOf(plugins)].map(async ([folder, { network, sets }]) => {
      const leases = await leasesIn(folder, node);
      const where = folder;
      return [
        ...sets.flatMap((set) => fullFindings(set, { network, leases, where })),
        ...orphanFindings(leases, { network, known, where }),
      ];
    });
    return (await Promise.all(findings)).flat();
  },
};

interface Lease {
  readonly address: string;
  readonly container: string;
}

interface NetworkSets {
  readonly network: string;
  readonly sets: readonly AddressSet[];
}

/** By folder; of the networks that share one by name and folder, the first says what can be given. */
function foldersOf(
  plugins: readonly { readonly network: string; readonly raw: JsonObject }[],
): Map<string, NetworkSets> {
  const folders = new Map<string, NetworkSets>();
  for (const { network, raw } of plugins) {
    const found = leaseFolder(raw);
    if (!found) continue;
    const folder = join(found.dataDir, network);
    if (!folders.has(folder)) folders.set(folder, { network, sets: found.sets });
  }
  return folders;
}

async function leasesIn(folder: string, node: ExaminedNode): Promise<Lease[]> {
  const names = (await node.namesIn(folder)).toSorted((left, right) =>
    left.localeCompare(right, 'en', { numeric: true }),
  );
  const addresses = names.flatMap((name) => leaseAddress(name) ?? []);
  const leases: Lease[] = [];
  for (const address of addresses) {
    // One that is given back meanwhile is no lease any more.
    const text = await node.read(join(folder, address)).catch(() => undefined);
    if (text !== undefined) leases.push({ address, container: leaseHolder(text) });
  }
  return leases;
}

interface LeaseFacts {
  readonly network: string;
  readonly leases: readonly Lease[];
  readonly where: string;
}

function fullFindings({ name, size, has }: AddressSet, { network, leases, where }: LeaseFacts): Finding[] {
  const used = BigInt(leases.filter(({ address }) => has(address)).length);
  if (used * 100n <= size * NEARLY_FULL_PERCENT) return [];
  const isFull = used >= size;
  return [
    {
      id: isFull ? 'leases/full' : 'leases/nearly-full',
      severity: isFull ? 'error' : 'warning',
      what: `network "${network}": ${used} of the ${size} addresses of ${name} are given`,
      why: isFull
        ? 'no further pod of this network can be started'
        : 'soon no further pod of this network can be started',
      mend: 'free leases that nobody has any more, or give the network a larger range',
      where,
    },
  ];
}

function orphanFindings(
  leases: readonly Lease[],
  { network, known, where }: { network: string; known: ReadonlySet<string>; where: string },
): Finding[] {
  const orphans = leases.filter(({ container }) => !known.has(container));
  if (orphans.length === 0) return [];
  return [
    {
      id: 'leases/orphans',
      severity: 'note',
      what: `network "${network}": ${orphans.length} of ${counted(leases.length, 'lease')} belong to containers that are not in Braid's journal: ${shortList(orphans.map(({ address }) => address))}`,
      why: 'they belong to pods of before Braid or of another program that uses the network, or nobody gives them back',
      mend: 'remove the files whose first line names a container that the runtime does not know (crictl ps -a, crictl pods)',
      where,
    },
  ];
}
