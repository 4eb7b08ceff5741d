/** What the plugins in use need of the node, by their profiles: files, sockets, kernel modules. And profiles that cannot be used. */
import { type Lack, lacksOf } from '../catalogue/host-needs.ts';
import { type Check, type Finding, shortList } from './finding.ts';
import { knownOf } from './known-networks.ts';

export const checkHost: Check = {
  name: 'host',
  async run(node) {
    const { openCatalogue, host } = await node.ports();
    const catalogue = await openCatalogue();
    const { config } = await node.request();
    // Another multiplexer is told of as such; nobody shall mend it.
    const known = knownOf(await node.networks(), catalogue).filter(
      ({ profile }) => profile.kind !== 'meta-multiplexer',
    );
    const lacks = await Promise.all(
      known.map(async ({ network, profile, config: keys }) => {
        const found = await lacksOf(profile, { config: keys, isTrusted: true }, host);
        return found.map((lack) => ({ ...lack, plugin: profile.name, network: network.list.name }));
      }),
    );
    const alike = Map.groupBy(lacks.flat(), ({ plugin, what }) => `${plugin} ${what}`);
    return [
      ...[...alike.values()].flatMap((group) => lackFindings(group)),
      ...catalogue.faults.map(
        (fault): Finding => ({
          id: 'host/profile',
          severity: 'warning',
          what: fault,
          why: 'what it says of its plugin does not count',
          mend: 'correct it (docs/profiles.md)',
          where: config.profileDir ?? '',
        }),
      ),
    ];
  },
};

type PluginLack = Lack & { readonly plugin: string; readonly network: string };

function lackFindings(group: readonly PluginLack[]): Finding[] {
  const [lack] = group;
  if (!lack) return [];
  const { plugin, what, hint, path = '', isCertain, isFatal } = lack;
  const networks = shortList([...new Set(group.map(({ network }) => `"${network}"`))]);
  if (!isCertain) {
    return [
      {
        id: 'host/unsure',
        severity: 'note',
        what: `${plugin}: whether ${path} is there cannot be told`,
        why: `it may be what keeps ${networks} from working`,
        mend: 'run braid doctor as root on the node itself',
        where: path,
      },
    ];
  }
  return [
    {
      id: path === '' ? 'host/kernel-module' : 'host/file',
      severity: isFatal ? 'error' : 'warning',
      what: `${plugin}: ${what}`,
      why: `${isFatal ? 'every ADD of' : 'ADDs may fail of'} ${networks}${isFatal ? ' fails' : ''}`,
      mend: hint,
      where: path,
    },
  ];
}
