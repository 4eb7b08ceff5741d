/** From the request to the plan: pod, selection, network, plan; everything is resolved and checked, nothing has run. */

import { type Plan, searchPath } from '../plan/plan.ts';
import { neededPlugins, planAttachments, resolvedNetworks } from '../plan/plan-attachments.ts';
import { findPod } from '../pod/find-pod.ts';
import type { PodView } from '../pod/pod-source.ts';
import { podIdentity } from '../request/cni-args.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { selectNetworks } from '../selection/select-networks.ts';
import { type Ports, say } from './ports.ts';

/** The plan, whom it is for, and whether CNI-Genie's annotation decided. */
export interface PlannedRequest {
  readonly plan: Plan;
  readonly pod: PodView;
  readonly isGenie: boolean;
}

/**
 * Plans what an ADD of this request would run; with `what-is-there`, networks that cannot be found are left out.
 * Throws: codes 2, 4, 7, 11 of the stages.
 */
export async function planRequest(
  request: CniRequest,
  ports: Pick<Ports, 'podSources' | 'networks' | 'findPlugins' | 'log'>,
  extent: 'everything' | 'what-is-there' = 'everything',
): Promise<PlannedRequest> {
  const found = await findPod(podIdentity(request.podArgs), ports.podSources);
  const chosen = selectNetworks(found.pod, { networks: request.config.defaultNetworks, ifName: request.ifName });
  const lookups = await ports.networks.find(chosen.selections.map((selection) => selection.network));
  const isThere = (index: number) => extent === 'everything' || lookups[index]?.kind === 'found';
  const resolved = resolvedNetworks(
    chosen.selections.filter((_selection, index) => isThere(index)),
    lookups.filter((_lookup, index) => isThere(index)),
  );
  const plugins = await ports.findPlugins(neededPlugins(resolved.networks), searchPath(request));
  const { plan, notes } = planAttachments(request, { networks: resolved.networks, plugins });
  say(ports, [...found.warnings, ...chosen.warnings, ...resolved.warnings]);
  for (const note of notes) ports.log.info({}, note);
  for (const { network, ifName, isPrimary, why } of plan.attachments) {
    ports.log.info(
      { event: 'selected', network, interface: ifName, isPrimary, why, annotationsFrom: found.pod.origin },
      'network selected',
    );
  }
  return { plan, pod: found.pod, isGenie: chosen.selections.some(({ dialect }) => dialect === 'cni-genie') };
}
