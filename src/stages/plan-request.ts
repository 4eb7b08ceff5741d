/** From the request to the plan: pod, selection, network, plan; everything is resolved and checked, nothing has run. */

import type { DeviceFile } from '../plan/device-files.ts';
import { refuseForeignNamespaces, refuseReservedNetworks, withoutForeignNamespaces } from '../plan/isolation.ts';
import { fatalLacks, knownPlugins } from '../plan/known-plugins.ts';
import { type DefaultRouteRequest, type Plan, type SelectedNetwork, searchPath } from '../plan/plan.ts';
import { neededPlugins, planAttachments, resolvedNetworks } from '../plan/plan-attachments.ts';
import { findPod } from '../pod/find-pod.ts';
import type { PodView } from '../pod/pod-source.ts';
import { podIdentity } from '../request/cni-args.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { ANNOTATIONS_CAPABILITY } from '../schema/node-config.ts';
import { hasCompleteList, selectNetworks } from '../selection/select-networks.ts';
import type { Dialect } from '../selection/selection.ts';
import { type Ports, say } from './ports.ts';

/** The plan, whom it is for, and which annotations decided. */
export interface PlannedRequest {
  readonly plan: Plan;
  readonly pod: PodView;
  readonly dialects: readonly Dialect[];
  /** Which of them decided for the pod as a whole. */
  readonly decidedBy: Dialect;
  /** What each attachment of the plan came from, in its order. */
  readonly networks: readonly SelectedNetwork[];
  /** `undefined`: the primary attachment has the default route. */
  readonly defaultRoute: DefaultRouteRequest | undefined;
  readonly deviceFiles: readonly DeviceFile[];
}

/** What planning asks of the outside. */
export type PlanPorts = Pick<
  Ports,
  'podSources' | 'readNamespace' | 'networks' | 'findPlugins' | 'openCatalogue' | 'host' | 'log'
>;

/**
 * Plans what an ADD of this request would run; with `what-is-there`, networks that cannot be found are left out.
 * Throws: codes 2, 4, 7, 11 of the stages.
 */
export async function planRequest(
  request: CniRequest,
  ports: PlanPorts,
  extent: 'everything' | 'what-is-there' = 'everything',
): Promise<PlannedRequest> {
  const { pod, chosen, decidedBy, warnings } = await selectForPod(request, ports);
  const policy = { podNamespace: pod.identity?.namespace, settings: request.config.isolation };
  refuseForeignNamespaces(chosen, policy);
  const lookups = await ports.networks.find(chosen.map((selection) => selection.network));
  const isThere = (index: number) => extent === 'everything' || lookups[index]?.kind === 'found';
  const there = chosen.filter((_selection, index) => isThere(index));
  const found = lookups.filter((_lookup, index) => isThere(index));
  refuseReservedNetworks(there, found, policy);
  const catalogue = await ports.openCatalogue();
  say(ports, catalogue.faults);
  const resolved = resolvedNetworks(there, withoutForeignNamespaces(found, policy));
  const { networks } = resolved;
  // What is to be deleted is there already, suited or not.
  const known = extent === 'everything' ? knownPlugins(networks, catalogue) : [];
  const plugins = await ports.findPlugins(neededPlugins(networks, { known, catalogue }), searchPath(request));
  const lacks = await fatalLacks(known, ports.host);
  const facts = { networks, plugins, known, lacks, catalogue };
  const { plan, notes, warnings: doubts, ...rest } = planAttachments(request, facts);
  say(ports, [...warnings, ...resolved.warnings, ...doubts]);
  for (const note of notes) ports.log.info({}, note);
  for (const { network, reference, ifName, isPrimary, why } of plan.attachments) {
    ports.log.info(
      { event: 'selected', network, reference, interface: ifName, isPrimary, why, annotationsFrom: pod.origin },
      'network selected',
    );
  }
  return { plan, pod, dialects: chosen.map(({ dialect }) => dialect), decidedBy, networks, ...rest };
}

const BLIND = `annotations of pods are not looked at: declare the capability "${ANNOTATIONS_CAPABILITY}" if the runtime can hand them over, else set the key "kubeconfig"`;

/** The pod and its Namespace object are read at once; the latter is waited for only where it can decide. */
async function selectForPod({ podArgs, config, ifName }: CniRequest, ports: PlanPorts) {
  const identity = podIdentity(podArgs);
  const reading = identity && ports.readNamespace ? ports.readNamespace(identity.namespace) : undefined;
  reading?.catch(() => undefined);
  const { pod, isKnown, warnings } = await findPod(identity, ports.podSources);
  // STATUS asks no source, for it is about no pod.
  const isAsked = identity !== undefined && ports.podSources.length > 0;
  const isBlind = isAsked && !isKnown && config.kube === undefined && !config.hasPodAnnotations;
  const namespaceAnnotations = hasCompleteList(pod, config) ? {} : ((await reading) ?? {});
  const chosen = selectNetworks(pod, ifName, {
    networks: config.defaultNetworks,
    extra: config.extraNetworks,
    systemNamespaces: config.systemNamespaces,
    networkNamespace: config.networkNamespace,
    hasGenieAnnotations: config.hasGenieAnnotations,
    namespaceAnnotations,
  });
  const said = [...warnings, ...(isBlind ? [BLIND] : []), ...chosen.warnings];
  return { pod, chosen: chosen.selections, decidedBy: chosen.decidedBy, warnings: said };
}
