/**
 * A node that is not there: its configuration folder and the objects of its cluster are the files that were given.
 *
 * What plans a pod on it is what plans an ADD on a real one; only the ports differ. A file or kernel module that a plugin
 * needs counts as there, for nobody can tell here.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { WHOLE_HOST } from '../catalogue/whole-host.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { SILENT_LOG } from '../log/silent-log.ts';
import type { ApiAccess } from '../network/api-objects.ts';
import { networkSource } from '../network/from-all-sources.ts';
import type {
  AbsentNetwork,
  BrokenNetwork,
  FindPlugins,
  NetworkLookup,
  NetworkSource,
} from '../network/network-source.ts';
import { namespaceFromApiServer } from '../pod/namespace-annotations.ts';
import type { WriteStatus } from '../report/status-writer.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { madeRequest } from '../request/made-request.ts';
import { USUAL_CONF_DIR, USUAL_PLUGIN_DIR } from '../schema/installation.ts';
import { OWN_TYPE } from '../schema/own-type.ts';
import type { NetworkChoice } from '../selection/selection.ts';
import type { PlanAddPorts } from '../stages/plan-add.ts';
import { type Configuration, ownPlugin } from './configuration.ts';
import type { NodeFolder } from './given.ts';

/** What can be known by the files that were given. A network beyond counts as nothing to attach. */
export interface Horizon {
  /** True for what must not be looked up: a path of the machine that this runs on may mean something else on a node. */
  isElsewhere(choice: NetworkChoice): boolean;
  /** True where something that was not found may well be there, for no file of its kind was given. */
  isBeyond(choice: NetworkChoice): boolean;
}

/** The cluster of the node. */
export interface OfflineCluster {
  readonly client: KubeClient;
  /** The Namespace objects that were given; of others nothing is known. */
  readonly namespaces: ReadonlySet<string>;
  readonly catalogue: Catalogue;
  readonly findPlugins: FindPlugins;
  readonly horizon: Horizon;
}

/** A node on which pods can be planned. */
export interface OfflineNode {
  readonly request: CniRequest;
  readonly ports: PlanAddPorts;
}

/** The node of a folder with Braid's own configuration from there; without one, that of a node that has all defaults. */
export function offlineNode(
  node: NodeFolder | undefined,
  own: Configuration | undefined,
  cluster: OfflineCluster,
): OfflineNode {
  const request = requestOf(own);
  const hasApi = own === undefined || request.config.kube !== undefined;
  const access = { open: async () => cluster.client, startDeadline: () => new AbortController().signal };
  const readNamespace = namespaceFromApiServer(access.open, access.startDeadline);
  return {
    request,
    ports: {
      podSources: [],
      readNamespace:
        hasApi && request.config.hasNamespaceDefaults
          ? async (name) => (cluster.namespaces.has(name) ? readNamespace(name) : {})
          : undefined,
      networks: networksOf(node, cluster, { api: hasApi ? access : undefined, ownType: request.ownType }),
      findPlugins: cluster.findPlugins,
      openCatalogue: async () => cluster.catalogue,
      host: WHOLE_HOST,
      writeStatus: hasApi && request.config.statusWriteBack !== 'off' ? WRITE_NOTHING : undefined,
      log: SILENT_LOG,
    },
  };
}

/** The networks of a node and its cluster. What is to be said of the given files is said of them, not of each pod. */
export function networksOf(
  node: NodeFolder | undefined,
  { catalogue, findPlugins, horizon }: Pick<OfflineCluster, 'catalogue' | 'findPlugins' | 'horizon'>,
  { api, ownType = OWN_TYPE }: { api: ApiAccess | undefined; ownType?: string },
): NetworkSource {
  const files = new Set(node?.files.map(({ file }) => file.file));
  const source = networkSource({
    confDir: node?.folder ?? USUAL_CONF_DIR,
    ownType,
    files: node?.files.map(({ file }) => file) ?? [],
    openCatalogue: async () => catalogue,
    isPluginThere: async (types) => {
      const lookups = await findPlugins(types, []);
      return types.every((type) => lookups.get(type)?.kind === 'found');
    },
    api,
  });
  return {
    async find(choices) {
      const looked = await source.find(choices.filter((choice) => !horizon.isElsewhere(choice)));
      const lookups = looked.values();
      return choices.map((choice) => {
        const lookup = horizon.isElsewhere(choice) ? undefined : lookups.next().value;
        if (lookup === undefined) return NOTHING;
        if (lookup.kind === 'absent') return horizon.isBeyond(choice) ? NOTHING : asGiven(lookup, choice);
        if (lookup.kind === 'broken' && isFileBeyond(lookup, horizon)) return NOTHING;
        return lookup.kind === 'found' && files.has(lookup.list.origin) ? { ...lookup, warnings: [] } : lookup;
      });
    },
  };
}

/** A definition without a configuration stands for a file of the node. */
function isFileBeyond({ absentFile }: BrokenNetwork, horizon: Horizon): boolean {
  return absentFile !== undefined && horizon.isBeyond({ kind: 'named', name: absentFile });
}

/** Objects were looked for where they were given, and in no API server. */
function asGiven(absent: AbsentNetwork, { kind }: NetworkChoice): NetworkLookup {
  return kind === 'definition' || kind === 'logical'
    ? { ...absent, searched: 'the manifests that were given' }
    : absent;
}

/** What counts as nothing to attach. */
export const NOTHING: NetworkLookup = { kind: 'nothing-to-attach', origin: '' };

/** That a status can be written is all that is asked. */
export const WRITE_NOTHING: WriteStatus = async () => undefined;

/** As DEL reads the configuration: a key with a wrong value, which is reported by itself, keeps no pod from being looked at. */
function requestOf(own: Configuration | undefined): CniRequest {
  const { raw = { type: OWN_TYPE } } = (own && ownPlugin(own.list)) ?? {};
  return madeRequest({
    verb: 'DEL',
    containerId: 'validate',
    netns: '/run/netns/validate',
    searchPath: [USUAL_PLUGIN_DIR],
    raw: { ...raw, name: own?.list.name ?? OWN_TYPE, cniVersion: own ? own.list.cniVersion : '1.1.0' },
  });
}
