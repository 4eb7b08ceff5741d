/**
 * What Braid knows of the attachments of a container: the port and its types.
 *
 * The journal is the truth: before the first delegate runs, the record of everything that will run is safe on disk; DEL
 * and CHECK are driven by it alone. A record goes only when every delegate's DEL has succeeded.
 */
import type { CniVersion } from '../schema/cni-version.ts';
import type { JsonObject } from '../schema/json.ts';

/** How far an attachment has come; `gone`: nothing of it exists, since it was never begun or its DELs have succeeded. */
export type Phase = 'planned' | 'adding' | 'added' | 'deleting' | 'gone';

/** One plugin of an attachment's chain: its `type` and the exact configuration it gets, without `prevResult`. */
export interface RecordedPlugin {
  readonly type: string;
  readonly config: JsonObject;
}

/** One network of the pod as it was planned. */
export interface RecordedAttachment {
  readonly network: string;
  /** How others refer to the network: `namespace/name` of its definition, else its own name. */
  readonly reference: string;
  readonly ifName: string;
  readonly isPrimary: boolean;
  readonly why: string;
  readonly cniVersion: CniVersion;
  readonly isCheckDisabled: boolean;
  readonly isGcDisabled: boolean;
  /** CNI_ARGS of this attachment. */
  readonly cniArgs: string;
  /** Addresses, without prefix lengths, that the pod asked for: the attachment must come back with them. */
  readonly wantedAddresses: readonly string[];
  /** A hardware address that the pod asked for and no plugin promised to give. */
  readonly wantedMac?: string;
  /** A file that its plugins may write, and that goes with it. */
  readonly deviceInfoFile?: string;
  readonly plugins: readonly RecordedPlugin[];
  readonly phase: Phase;
  /** The chain's own result at `cniVersion`, once it has one. */
  readonly result?: JsonObject;
  /** True once the namespace was seen to hold what `result` says; only then can CHECK miss it there. */
  readonly isSeen?: boolean;
  /** The error with which a plugin of the chain refused the ADD, in its own words. */
  readonly refusal?: Refusal;
}

/** What a plugin printed when it refused. */
export interface Refusal {
  readonly code: number;
  readonly msg: string;
  readonly details: string;
}

/** All attachments that one ADD made, in the order in which they were added. */
export interface AttachmentRecord {
  readonly containerId: string;
  /** Our own CNI_IFNAME and CNI_NETNS. */
  readonly ifName: string;
  readonly netns: string;
  /** Name of our own network configuration. */
  readonly networkName: string;
  /** The boot of the machine in which it was written; set by the store. */
  readonly bootId?: string;
  /** When it was written, in ms since 1970; set by the store. */
  readonly writtenMs?: number;
  /** Folders in which the plugins were found. */
  readonly searchPath: readonly string[];
  readonly attachments: readonly RecordedAttachment[];
}

/** What identifies a record: an interface name exists once in a container, whatever network it belongs to. */
export type RecordKey = Pick<AttachmentRecord, 'containerId' | 'ifName'>;

/** The answer to a look-up; a damaged record is never taken for "nothing to do". */
export type RecordLookup =
  | { readonly kind: 'found'; readonly record: AttachmentRecord }
  | { readonly kind: 'absent' }
  | { readonly kind: 'damaged'; readonly file: string; readonly cause: string }
  /** Whole, but of a kind that this version of Braid does not know; set aside it would be lost to the one that does. */
  | { readonly kind: 'foreign'; readonly file: string; readonly cause: string };

/** A step of one attachment, `index` counting in the record's order. */
export interface Step {
  readonly index: number;
  readonly phase: Phase;
  readonly result?: JsonObject;
  readonly isSeen?: boolean;
  readonly refusal?: Refusal;
}

/** Keeps records. Every method throws code 5 naming `stateDir` when the disk refuses. */
export interface StateStore {
  /** Runs `work` while no other process works on this container; throws code 11 when the wait lasts past `signal`. */
  withLock<T>(containerId: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** Runs `work` while no other process works on any container; throws code 11 when the wait lasts past `signal`. */
  withExclusiveLock<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  load(key: RecordKey): Promise<RecordLookup>;
  /** All records, or those of one container; damaged ones too, in no particular order. */
  list(containerId?: string): Promise<readonly Exclude<RecordLookup, { kind: 'absent' }>[]>;
  /** Tries whether a record could be written. */
  probe(): Promise<void>;
  /** Writes the record of what is about to run so that it survives a power cut; there must be none for its key. */
  write(record: AttachmentRecord): Promise<void>;
  /** Notes steps in this order; survives our own death, not a power cut, which needs no more than the written record. */
  note(key: RecordKey, steps: readonly Step[]): Promise<void>;
  /** Notes how things stand at the end; with all that was noted before, it survives a power cut. */
  settle(key: RecordKey, steps: readonly Step[]): Promise<void>;
  remove(key: RecordKey): Promise<void>;
  /** Sets a damaged record aside; answers where it lies now. */
  quarantine(key: RecordKey): Promise<string>;
}

/** Records as fixtures and bundles tell of them: CONTAINER/INTERFACE to `NETWORK INTERFACE PHASE` of each attachment. Pure. */
export function phasesOf(records: readonly AttachmentRecord[]): Record<string, string[]> {
  return Object.fromEntries(
    records.map(({ containerId, ifName, attachments }) => [
      `${containerId}/${ifName}`,
      attachments.map((each) => `${each.network} ${each.ifName} ${each.phase}`),
    ]),
  );
}

/** The record with `step` taken: pure. */
export function withStep(record: AttachmentRecord, { index: taken, ...step }: Step): AttachmentRecord {
  const attachments = record.attachments.map((attachment, index) =>
    index === taken ? { ...attachment, ...step } : attachment,
  );
  return { ...record, attachments };
}
