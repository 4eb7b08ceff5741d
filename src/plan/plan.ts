/**
 * Everything that will run, decided and checked before the first delegate starts.
 *
 * Pure. In: selections with their networks and the places of the binaries. Out: `Plan`, data that can be printed, written
 * to the journal and executed. Invariant: a plan that comes out of here fails only for what delegates or the disk do.
 */

import type { NetworkConfigList } from '../network/network-source.ts';
import type { CniRequest } from '../request/cni-request.ts';
import type { Selection } from '../selection/selection.ts';
import type { AttachmentRecord, RecordedAttachment } from '../state/state-store.ts';
import type { DeviceFile } from './device-files.ts';

/** A selection and the list that was found for it. */
export interface SelectedNetwork {
  readonly selection: Selection;
  readonly list: NetworkConfigList;
}

/** One network of the pod, with the exact configuration of each plugin of its chain. */
export type Attachment = Omit<RecordedAttachment, 'phase' | 'result' | 'isSeen' | 'refusal'>;

/** An attachment that was asked to have the pod's default route: by these gateways, or with none as its network gives it. */
export interface DefaultRouteRequest {
  readonly ifName: string;
  /** Where it was asked, for errors: `annotation "…", item 2, key "default-route"`. */
  readonly why: string;
  readonly gateways: readonly string[];
}

/** What one ADD will do, in order; the primary attachment first. */
export interface Plan {
  readonly containerId: string;
  readonly netns: string;
  readonly ifName: string;
  readonly networkName: string;
  readonly searchPath: readonly string[];
  readonly attachments: readonly Attachment[];
}

/** What one ADD will do and what is to be said about it. */
export interface PlanOutcome {
  readonly plan: Plan;
  /** `undefined`: the primary attachment has the default route. */
  readonly defaultRoute: DefaultRouteRequest | undefined;
  /** Where plugins may write what device their attachment has. */
  readonly deviceFiles: readonly DeviceFile[];
  /** What is done otherwise than asked, by rule. */
  readonly notes: readonly string[];
  /** What may not work. */
  readonly warnings: readonly string[];
}

/** The plan as the journal keeps it before anything ran. */
export function plannedRecord(plan: Plan): AttachmentRecord {
  return { ...plan, attachments: plan.attachments.map((attachment) => ({ ...attachment, phase: 'planned' })) };
}

/** Folders to look for plugins in: CNI_PATH and those that the node's configuration adds, in its order. */
export function searchPath({ searchPath: given, config }: CniRequest): string[] {
  return [...new Set(config.isBinDirFirst ? [...config.binDirs, ...given] : [...given, ...config.binDirs])];
}
