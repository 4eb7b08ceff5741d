/**
 * Everything that will run, decided and checked before the first delegate starts.
 *
 * Pure. In: selections with their networks and the places of the binaries. Out: `Plan`, data that can be printed, written
 * to the journal and executed. Invariant: a plan that comes out of here fails only for what delegates or the disk do.
 */
import type { CniRequest } from '../request/cni-request.ts';
import type { AttachmentRecord, RecordedAttachment } from '../state/state-store.ts';

/** One network of the pod, with the exact configuration of each plugin of its chain. */
export type Attachment = Omit<RecordedAttachment, 'phase' | 'result'>;

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
  readonly notes: readonly string[];
}

/** The plan as the journal keeps it before anything ran. */
export function plannedRecord(plan: Plan): AttachmentRecord {
  return { ...plan, attachments: plan.attachments.map((attachment) => ({ ...attachment, phase: 'planned' })) };
}

/** Folders to look for plugins in: CNI_PATH, then those that the node's configuration adds. */
export function searchPath(request: CniRequest): string[] {
  return [...new Set([...request.searchPath, ...request.config.binDirs])];
}
