/** Programs: those that the networks of the node run, and our own, of one version. */
import { join } from 'node:path/posix';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { helpersOf } from '../catalogue/host-needs.ts';
import type { NetworkConfigList, PluginLookup } from '../network/network-source.ts';
import { neededPlugins } from '../plan/plan-attachments.ts';
import { CNI_VERSIONS } from '../schema/cni-version.ts';
import { isJsonObject } from '../schema/json.ts';
import { NAMESPACE_HELPER } from '../schema/namespace-facts.ts';
import { OWN_TYPE, STANDALONE_TYPE } from '../schema/own-type.ts';
import { BRAID_VERSION } from '../version.ts';
import { octal } from './check-configuration.ts';
import type { ExaminedNode, ProgramAnswer } from './examined-node.ts';
import { type Check, type Finding, shortList } from './finding.ts';
import { asSelected, knownOf } from './known-networks.ts';

const OWN_PROGRAMS = [OWN_TYPE, STANDALONE_TYPE, NAMESPACE_HELPER];

export const checkPlugins: Check = {
  name: 'plugins',
  async run(node) {
    const ports = await node.ports();
    const folders = await node.searchPath();
    const networks = await node.networks();
    const users = usersOf(networks, await ports.openCatalogue());
    const lookups = await ports.findPlugins([...users.keys(), ...OWN_PROGRAMS], folders);
    const where = folders.join(':');
    // A configuration may name the program that stands alone; then nobody calls the launcher.
    const isAlone = (await node.request()).ownType === STANDALONE_TYPE;
    const needed = isAlone ? OWN_PROGRAMS.filter((name) => name !== OWN_TYPE) : OWN_PROGRAMS;
    return [
      ...[...users].flatMap(([type, use]) => pluginFindings(type, { use, lookup: lookups.get(type), where })),
      ...needed.flatMap((name) => ownFindings(name, { lookup: lookups.get(name), where, isAlone })),
      ...(await versionFindings(node, lookups)),
      ...(await modeFindings(node, lookups)),
    ];
  },
};

/** The permission of everybody to write; the group is root's more often than not. */
const WRITABLE = 0o002;

/** Root runs them all. */
async function modeFindings(node: ExaminedNode, lookups: ReadonlyMap<string, PluginLookup>): Promise<Finding[]> {
  const findings = [...lookups].map(async ([name, lookup]): Promise<Finding[]> => {
    if (lookup.kind !== 'found') return [];
    const mode = (await node.facts(lookup.path))?.mode ?? 0;
    if ((mode & WRITABLE) === 0) return [];
    return [
      {
        id: 'plugins/writable',
        severity: 'warning',
        what: `${name} has mode ${octal(mode)}: everybody may write it`,
        why: 'root runs it for pods: whoever writes it has this node',
        mend: `chmod 0755 ${lookup.path}, and find out who changed it`,
        where: lookup.path,
      },
    ];
  });
  return (await Promise.all(findings)).flat();
}

/** Who runs a plugin. */
interface Use {
  readonly networks: string[];
  /** Why it is run, where a plugin runs it by itself. */
  readonly why: string | undefined;
  /** False: the plugin that runs it may do without. */
  readonly isFatal: boolean;
}

/** By the name of each program of CNI_PATH that a network of the node takes. */
function usersOf(networks: readonly NetworkConfigList[], catalogue: Catalogue): Map<string, Use> {
  const users = new Map<string, Use>();
  const add = (type: string, { name }: NetworkConfigList, use: Omit<Use, 'networks'>) => {
    const known = users.get(type);
    const isFatal = use.isFatal || (known?.isFatal ?? false);
    users.set(type, { ...use, isFatal, networks: [...new Set([...(known?.networks ?? []), name])] });
  };
  for (const network of networks) {
    const known = knownOf([network], catalogue);
    const plain = neededPlugins([asSelected(network)], { known: [], catalogue });
    for (const type of plain.filter((name) => !OWN_PROGRAMS.includes(name)))
      add(type, network, { why: undefined, isFatal: true });
    for (const { profile, config } of known) {
      for (const { name, why, isFatal } of helpersOf(profile, config)) {
        if (!plain.includes(name)) add(name, network, { why: `${profile.name}: ${why}`, isFatal });
      }
    }
  }
  return users;
}

interface PluginFacts {
  readonly use: Use;
  readonly lookup: PluginLookup | undefined;
  readonly where: string;
}

function pluginFindings(type: string, { use, lookup, where }: PluginFacts): Finding[] {
  if (lookup?.kind === 'found') return [];
  const networks = `${use.networks.length === 1 ? 'network' : 'networks'} ${shortList(use.networks.map((name) => `"${name}"`))}`;
  const severity = use.isFatal ? 'error' : 'warning';
  const purpose = use.why === undefined ? '' : ` (${use.why})`;
  const why = `${networks} ${use.isFatal ? 'cannot be attached' : 'may not work'}${purpose}`;
  if (lookup?.kind === 'not-executable') {
    return [{ ...notAProgram(type, lookup.path), severity, why }];
  }
  return [
    {
      id: 'plugins/missing',
      severity,
      what: `the plugin "${type}" is in none of the folders that are searched`,
      why,
      mend: `install ${type} into the CNI bin folder, or name its folder with "binDir"`,
      where,
    },
  ];
}

interface OwnFacts {
  readonly lookup: PluginLookup | undefined;
  readonly where: string;
  readonly isAlone: boolean;
}

function ownFindings(name: string, { lookup, where, isAlone }: OwnFacts): Finding[] {
  if (lookup?.kind === 'found') return [];
  const why =
    name === (isAlone ? STANDALONE_TYPE : OWN_TYPE)
      ? 'it is what runtimes call: no pod can be started'
      : name === STANDALONE_TYPE
        ? 'it serves every call that no agent takes: without an agent no pod can be started'
        : 'it looks into namespaces: default routes cannot be moved, and results are not compared with what is there';
  const severity = name === NAMESPACE_HELPER ? 'warning' : 'error';
  if (lookup?.kind === 'not-executable') return [{ ...notAProgram(name, lookup.path), severity, why }];
  const mend = `copy ${name} of Braid's release into the CNI bin folder`;
  return [
    {
      id: 'plugins/own-missing',
      severity,
      what: `${name} is in none of the folders that are searched`,
      why,
      mend,
      where,
    },
  ];
}

function notAProgram(name: string, path: string): Pick<Finding, 'id' | 'what' | 'mend' | 'where'> {
  return {
    id: 'plugins/no-program',
    what: `${name} is not executable, or is neither a program of this machine nor a script`,
    mend: `chmod 0755 ${path}, or install it again`,
    where: path,
  };
}

/** All three come with one release; the launcher says of itself only which versions of CNI it speaks. */
async function versionFindings(node: ExaminedNode, lookups: ReadonlyMap<string, PluginLookup>): Promise<Finding[]> {
  const pathOf = (name: string) => {
    const lookup = lookups.get(name);
    return lookup?.kind === 'found' ? lookup.path : undefined;
  };
  const [launcher, standalone] = [pathOf(OWN_TYPE), pathOf(STANDALONE_TYPE)];
  const [answer, version] = await Promise.all([
    launcher === undefined ? undefined : node.runProgram(launcher, [], { CNI_COMMAND: 'VERSION' }),
    standalone === undefined ? undefined : node.runProgram(standalone, ['--version'], {}),
  ]);
  const beside = launcher === undefined ? undefined : join(launcher, '..', STANDALONE_TYPE);
  return [
    ...(answer && launcher !== undefined ? launcherFindings(answer, launcher) : []),
    ...(version && standalone !== undefined ? standaloneFindings(version, standalone) : []),
    ...(standalone !== undefined && beside !== undefined && standalone !== beside ? [apart(standalone, beside)] : []),
  ];
}

function launcherFindings({ stdout, fault }: ProgramAnswer, where: string): Finding[] {
  if (fault !== undefined) return [dead(OWN_TYPE, fault, where)];
  if (supportedVersions(stdout) === CNI_VERSIONS.join()) return [];
  const what = `${OWN_TYPE} answers VERSION otherwise than Braid ${BRAID_VERSION} does`;
  return [otherVersion(what, where)];
}

function supportedVersions(stdout: string): string {
  try {
    const answer: unknown = JSON.parse(stdout);
    return isJsonObject(answer) ? String(answer['supportedVersions']) : '';
  } catch {
    return '';
  }
}

function standaloneFindings({ stdout, fault }: ProgramAnswer, where: string): Finding[] {
  if (fault !== undefined) return [dead(STANDALONE_TYPE, fault, where)];
  const version = /^braid (\S+)\n$/.exec(stdout)?.[1];
  if (version === BRAID_VERSION) return [];
  return [
    otherVersion(
      `${STANDALONE_TYPE} is of version ${version ?? 'unknown'}, not ${BRAID_VERSION} as this command`,
      where,
    ),
  ];
}

function dead(name: string, fault: string, where: string): Finding {
  return {
    id: 'plugins/dead',
    severity: 'error',
    what: `${name} does not run: ${fault}`,
    why: 'no pod can be started by it',
    mend: `install ${name} of this machine's architecture again`,
    where,
  };
}

function otherVersion(what: string, where: string): Finding {
  return {
    id: 'plugins/other-version',
    severity: 'warning',
    what,
    why: 'what is tried with this command is not what the node runs',
    mend: 'install braid, braid-standalone and braid-netns of one release',
    where,
  };
}

function apart(where: string, beside: string): Finding {
  return {
    id: 'plugins/apart',
    severity: 'error',
    what: `${STANDALONE_TYPE} does not lie beside ${OWN_TYPE}`,
    why: 'the launcher becomes the file beside it where there is no agent, and fails without',
    mend: `install it as ${beside}`,
    where,
  };
}
