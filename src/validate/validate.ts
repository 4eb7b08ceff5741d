/**
 * `braid validate` without its command line: paths in, findings out, sorted by place.
 *
 * Every rule that the plugin has is applied by the plugin's own code. What is looked at beside that is what one pod's ADD
 * cannot see: two networks with one range, a profile nobody uses, a file that is no YAML. Touches disk, changes nothing.
 */
import { resolve } from 'node:path';
import { findAnyPlugin } from '../network/find-any-plugin.ts';
import { findPlugins } from '../network/find-plugins.ts';
import type { PluginLookup } from '../network/network-source.ts';
import { executedTypes } from '../plan/plan-attachments.ts';
import { type ClusterObject, manifestClient } from '../testing/manifests.ts';
import { checkBraidKeys } from './checks/braid-keys.ts';
import { checkDefinitions, checkFolder } from './checks/configurations.ts';
import { checkList } from './checks/lists.ts';
import { type CheckedNode, checkDefaults, checkPod } from './checks/pods.ts';
import { checkProfiles, type Knowledge } from './checks/profiles.ts';
import { checkSubnets } from './checks/subnets.ts';
import { type Configuration, ownPlugin } from './configuration.ts';
import { findFiles } from './find-files.ts';
import type { Finding, Report } from './finding.ts';
import { type Given, type NodeFolder, readGiven } from './given.ts';
import { openHorizon } from './horizon.ts';
import { checkTwice, type Manifest } from './manifest.ts';
import { networksOf, type OfflineCluster, offlineNode } from './offline-node.ts';
import { severityOf } from './rules.ts';

/** What to look at. `pluginDirs` empty: binaries are not looked for. */
export interface ValidateOptions {
  readonly paths: readonly string[];
  readonly pluginDirs: readonly string[];
  readonly readStdin: () => string;
}

/** What was found. `files`: those that were looked at; `passedOver`: those of them that hold nothing that Braid reads. */
export interface Validation {
  readonly findings: readonly Finding[];
  readonly files: readonly string[];
  readonly passedOver: number;
}

/** Looks at everything. Never throws for what stands in a file. */
export async function validate({ paths, pluginDirs, readStdin }: ValidateOptions): Promise<Validation> {
  const findings: Finding[] = [];
  const report: Report = (finding) => void findings.push(finding);
  const { files, findings: missing } = findFiles(paths);
  findings.push(...missing);
  const given = await readGiven(files, readStdin, report);
  const { BUILT_IN } = await import('../catalogue/built-in.ts');
  const knowledge = checkProfiles(given, BUILT_IN, report);
  checkTwice(given.manifests, report);
  const horizon = openHorizon(given);
  const cluster = clusterOf(given, knowledge, { pluginDirs, horizon });
  const folders = given.nodes.map((node) => ({ node, configurations: checkFolder(node, report) }));
  const places = given.nodes.length > 0 ? given.nodes : [undefined];
  const sources = places.map((node) => networksOf(node, cluster, { api: apiOf(cluster) }));
  const definitions = await checkDefinitions(given.manifests, sources, report);
  const all = [...folders.flatMap(({ configurations }) => configurations), ...definitions];
  await checkLists(all, { knowledge, pluginDirs }, report);
  checkSubnets(all, report);
  for (const { configurations } of folders) {
    const names = configurations.map(({ list }) => list.name);
    for (const configuration of configurations) checkBraidKeys(configuration, names, report);
  }
  await checkPlans(given, { folders, cluster }, report);
  horizon.tell(report);
  return { findings: sorted(findings), files: files.map(({ file }) => file), passedOver: given.passedOver };
}

interface Folder {
  readonly node: NodeFolder;
  readonly configurations: readonly Configuration[];
}

async function checkPlans(
  { manifests }: Given,
  { folders, cluster }: { folders: readonly Folder[]; cluster: OfflineCluster },
  report: Report,
): Promise<void> {
  const nodes = withConfDirs(folders).flatMap(({ node, own }) => checkedNode(node, own, cluster));
  for (const node of nodes) await checkDefaults(node, report);
  const places = nodes.length > 0 ? nodes : checkedNode(undefined, undefined, cluster);
  for (const pod of manifests.filter(({ kind }) => kind === 'Pod')) await checkPod(pod, places, report);
}

interface FolderWithOwn {
  readonly node: NodeFolder;
  /** Braid's own configuration. */
  readonly own: Configuration | undefined;
}

/** Where `confDir` names another folder that was given, that one has the networks of the node, and is no node by itself. */
function withConfDirs(folders: readonly Folder[]): FolderWithOwn[] {
  const found = folders.map(({ node, configurations }) => {
    const own = configurations.find(({ list }) => ownPlugin(list));
    const confDir = own && ownPlugin(own.list)?.raw['confDir'];
    const other =
      typeof confDir === 'string' ? folders.find((each) => resolve(each.node.folder) === resolve(confDir)) : undefined;
    return { from: node, node: other?.node ?? node, own };
  });
  const taken = new Set(found.filter(({ from, node }) => from !== node).map(({ node }) => node));
  return found.filter(({ from, own }) => own !== undefined || !taken.has(from));
}

/** A configuration that says nowhere where the records lie cannot be used at all; that is reported by its key. */
function checkedNode(
  node: NodeFolder | undefined,
  own: Configuration | undefined,
  cluster: OfflineCluster,
): CheckedNode[] {
  try {
    return [{ folder: node?.folder, own, node: offlineNode(node, own, cluster) }];
  } catch {
    return [];
  }
}

function clusterOf(
  { manifests }: Given,
  { catalogue }: Knowledge,
  options: Pick<OfflineCluster, 'horizon'> & Pick<ValidateOptions, 'pluginDirs'>,
): OfflineCluster {
  const { pluginDirs, horizon } = options;
  return {
    client: manifestClient(manifests.map(clusterObject)),
    namespaces: new Set(manifests.flatMap(({ kind, name }) => (kind === 'Namespace' ? [name] : []))),
    catalogue,
    findPlugins: pluginDirs.length > 0 ? (types) => findPlugins(types, pluginDirs) : findAnyPlugin,
    horizon,
  };
}

/** Nobody asks for most places, and to find them takes longer than all the rest. */
function clusterObject({ kind, namespace, name, body, document }: Manifest): ClusterObject {
  return {
    kind,
    namespace,
    name,
    body,
    get place() {
      return document.placeOf([]);
    },
  };
}

function apiOf({ client }: OfflineCluster) {
  return { open: async () => client, startDeadline: () => new AbortController().signal };
}

async function checkLists(
  configurations: readonly Configuration[],
  { knowledge, pluginDirs }: { knowledge: Knowledge } & Pick<ValidateOptions, 'pluginDirs'>,
  report: Report,
): Promise<void> {
  const { PLUGIN_FACTS } = await import('./plugin-facts.ts');
  const given = new Map(knowledge.added.map(({ binaries, cniVersions }) => [binaries.plugin, cniVersions]));
  const versionsOf = (type: string) => given.get(type) ?? PLUGIN_FACTS.get(type)?.cniVersions;
  const binaries = await binariesOf(configurations, knowledge, pluginDirs);
  for (const configuration of configurations)
    await checkList(configuration, { ...knowledge, versionsOf, binaries }, report);
}

async function binariesOf(
  configurations: readonly Configuration[],
  { catalogue }: Knowledge,
  pluginDirs: readonly string[],
): Promise<ReadonlyMap<string, PluginLookup> | undefined> {
  if (pluginDirs.length === 0) return undefined;
  const plugins = configurations.flatMap(({ list }) => list.plugins);
  return findPlugins(
    plugins.flatMap((plugin) => executedTypes(plugin, catalogue)),
    pluginDirs,
  );
}

const RANK = { error: 0, warning: 1, note: 2 };

/** By file, line and column; at one place the gravest first, and nothing twice. */
function sorted(findings: readonly Finding[]): Finding[] {
  const keyed = new Map(
    findings.map((finding) => [JSON.stringify([finding.rule, finding.place, finding.message]), finding]),
  );
  return [...keyed.values()].toSorted(
    ({ place: left, rule: one }, { place: right, rule: other }) =>
      (left.file < right.file ? -1 : left.file > right.file ? 1 : 0) ||
      left.line - right.line ||
      left.column - right.column ||
      RANK[severityOf(one)] - RANK[severityOf(other)],
  );
}
