/** The networks of the node: can those that every pod gets be planned, is each file whole, and does none of them lead back to us? */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { helpersOf } from '../catalogue/host-needs.ts';
import { toCniError } from '../errors.ts';
import type { NetworkConfigList } from '../network/network-source.ts';
import { planRequest } from '../stages/plan-request.ts';
import { isMultiplexer } from './check-configuration.ts';
import type { ExaminedNode } from './examined-node.ts';
import { type Check, type Finding, shortList } from './finding.ts';

export const checkNetworks: Check = {
  name: 'networks',
  async run(node) {
    const { config, ownType } = await node.request();
    const files = await node.configFiles(config.confDir);
    const networks = await node.networks();
    const catalogue = await (await node.ports()).openCatalogue();
    const broken = files.flatMap((file): Finding[] => {
      if (file.kind === 'read') return [];
      return [
        {
          id: 'networks/broken',
          severity: 'warning',
          what: `this configuration cannot be used: ${file.cause}`,
          why: 'a pod that asks for its network does not start',
          mend: 'correct the file, or take it out of the folder',
          where: file.file,
        },
      ];
    });
    const byDefault = await plannedByDefault(node);
    return [
      ...byDefault.findings,
      ...broken,
      ...networks.flatMap((network) =>
        recursionFindings(network, { ownType, catalogue, isDefault: byDefault.names.includes(network.name) }),
      ),
      ...sameNameFindings(networks),
    ];
  },
};

/** What STATUS looks at: the plan of a pod that asks for nothing. `names`: of its networks, where it can be made. */
async function plannedByDefault(node: ExaminedNode): Promise<{ names: string[]; findings: Finding[] }> {
  const own = await node.own();
  if (own.kind !== 'found') return { names: [], findings: [] };
  try {
    const ports = await node.ports();
    const { plan } = await planRequest(own.request, { ...ports, podSources: [], readNamespace: undefined });
    return { names: plan.attachments.map(({ network }) => network), findings: [] };
  } catch (cause) {
    const { message, details } = toCniError(cause);
    const finding: Finding = {
      id: 'networks/default',
      severity: 'error',
      what: message,
      why: 'it is a network that every pod gets, so no pod can be started',
      mend: details || 'correct what it says',
      where: own.file,
    };
    return { names: [], findings: [finding] };
  }
}

interface RecursionFacts {
  readonly ownType: string;
  readonly catalogue: Catalogue;
  /** True for a network of every pod. */
  readonly isDefault: boolean;
}

function recursionFindings(network: NetworkConfigList, { ownType, catalogue, isDefault }: RecursionFacts): Finding[] {
  const run = network.plugins.flatMap(({ type, raw }) => {
    const profile = catalogue.ofPlugin(type);
    return [type, ...(profile ? helpersOf(profile, raw).map(({ name }) => name) : [])];
  });
  const other = run.find((type) => isMultiplexer(type, catalogue));
  if (run.includes(ownType)) {
    return [
      {
        id: 'networks/recursion',
        severity: 'error',
        what: `network "${network.name}" runs Braid itself, by one of its plugins`,
        why: 'Braid refuses to be called by its own delegate: a pod that asks for this network does not start',
        mend: 'name the plugin that is meant in its place',
        where: network.origin,
      },
    ];
  }
  if (other === undefined) return [];
  return [
    {
      id: 'networks/multiplexer',
      severity: isDefault ? 'error' : 'warning',
      what: `network "${network.name}" runs another multiplexer, ${other}`,
      why: isDefault
        ? 'every pod gets it, and it reads the same annotations and attaches everything a second time'
        : "pods that ask for it are refused, and it is every pod's network where no other is first or named",
      mend: 'take the file out of the folder, and let Braid run the networks that it ran (docs/migration.md)',
      where: network.origin,
    },
  ];
}

function sameNameFindings(networks: readonly NetworkConfigList[]): Finding[] {
  return [...Map.groupBy(networks, ({ name }) => name)].flatMap(([name, alike]): Finding[] => {
    if (alike.length < 2) return [];
    return [
      {
        id: 'networks/same-name',
        severity: 'warning',
        what: `${alike.length} files have the network name "${name}": ${shortList(alike.map(({ origin }) => origin))}`,
        why: 'the first is used; plugins keep leases and state by that name, so the others share it if they run at all',
        mend: 'give each network a name of its own',
        where: alike[0]?.origin ?? '',
      },
    ];
  });
}
