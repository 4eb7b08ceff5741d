/**
 * ADD of a plan: one network after the other, each step in the journal first; when one fails, all are taken back.
 *
 * In: a planned record. Out: `Outcome[]` in the record's order. Invariant: when this throws, every delegate that may have
 * run has been told to DEL, and what could not be taken back is still in the journal for the next DEL.
 */
import { CniError, ErrorCode, errorText, toCniError } from '../errors.ts';
import type { DefaultRouteRequest } from '../plan/plan.ts';
import { parseResult, printResult } from '../result/result-versions.ts';
import { addressOf } from '../schema/ip-text.ts';
import type { CniResult } from '../schema/result.ts';
import {
  type AttachmentRecord,
  type RecordedAttachment,
  type StateStore,
  type Step,
  withStep,
} from '../state/state-store.ts';
import { detachAll, refusalOf } from './detach.ts';
import { addChain, type ChainContext, networkTitle } from './run-chain.ts';
import { type SettledOutcome, settleNamespace } from './settle-namespace.ts';
import { sharedAddress } from './shared-address.ts';

/** One attachment that was made, with its own result in the newest form. */
export interface Outcome {
  readonly attachment: RecordedAttachment;
  readonly result: CniResult;
}

/** What an ADD made: the outcomes for the answer, the record for a rollback that may still come. */
export interface Attached {
  readonly record: AttachmentRecord;
  readonly outcomes: readonly Outcome[];
}

/** What an ADD needs beside the record. */
export interface Attachment {
  readonly context: ChainContext;
  readonly state: StateStore;
  /** `undefined`: the primary attachment has the default route. */
  readonly defaultRoute?: DefaultRouteRequest | undefined;
}

/** Adds all attachments of `planned`. Throws: the first failure, with what the rollback met in its details. */
export async function attachAll(planned: AttachmentRecord, attachment: Attachment): Promise<Attached> {
  const { context, state, defaultRoute } = attachment;
  // The first one begins as soon as its record is there, so that is no step of its own.
  const progress = { record: withStep(planned, { index: 0, phase: 'adding' }) };
  // Nothing has run yet: when this fails there is nothing to take back.
  await state.write(progress.record);
  try {
    const added = await addInOrder(progress, context, state);
    const settled = await settleNamespace(added, defaultRoute, context);
    const steps = settled.map(settledStep);
    progress.record = steps.reduce(withStep, progress.record);
    await state.settle(progress.record, steps);
    return { record: progress.record, outcomes: settled };
  } catch (cause) {
    const error = toCniError(cause);
    const record = await noteRefusal(progress.record, error, state);
    throw await takeBack(error, record, { context, state });
  }
}

/** What is true of an attachment now: what was moved in the namespace has moved in the result that CHECK and DEL get. */
function settledStep({ attachment, result, isMoved, isSeen }: SettledOutcome, index: number): Step {
  const moved = isMoved ? { result: printResult(result, attachment.cniVersion) } : {};
  return { index, phase: 'added', ...moved, ...(isSeen ? { isSeen } : {}) };
}

/** Journals how the plugin refused, for whoever has to take this back, us or a later DEL, to know the refusal again. */
async function noteRefusal(record: AttachmentRecord, error: CniError, state: StateStore): Promise<AttachmentRecord> {
  const index = record.attachments.findIndex(({ phase }) => phase === 'adding');
  const refusal = refusalOf(error);
  if (index < 0 || !refusal) return record;
  const step: Step = { index, phase: 'adding', refusal };
  await state.note(record, [step]).catch(() => undefined);
  return withStep(record, step);
}

async function addInOrder(
  progress: { record: AttachmentRecord },
  context: ChainContext,
  state: StateStore,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const owners = new Map<string, RecordedAttachment>();
  const { attachments } = progress.record;
  for (const [index, attachment] of attachments.entries()) {
    const json = await addChain(attachment, context);
    const outcome = { attachment, result: parseResult(json, attachment.cniVersion).result };
    const fault = otherAddress(outcome) ?? otherMac(outcome) ?? addressConflict(outcome, owners);
    const isLast = fault !== undefined || index + 1 === attachments.length;
    const steps: Step[] = [{ index, phase: 'added', result: json }];
    if (!isLast) steps.push({ index: index + 1, phase: 'adding' });
    progress.record = steps.reduce(withStep, progress.record);
    await state.note(progress.record, steps);
    if (fault) throw fault;
    outcomes.push(outcome);
  }
  return outcomes;
}

/** A plugin that ignores the address which it was asked for gives the pod one that nobody expects there. */
function otherAddress({ attachment, result }: Outcome): CniError | undefined {
  const given = result.ips.map(({ address }) => addressOf(address));
  const missing = attachment.wantedAddresses.filter((address) => !given.includes(address));
  if (missing.length === 0) return undefined;
  return new CniError(
    ErrorCode.addressConflict,
    `${networkTitle(attachment)} gave ${given.join(', ') || 'no address'}, not ${missing.join(', ')} as the pod asked`,
    'its IPAM plugin must be one that gives static addresses, such as host-local or static',
  );
}

/** A result that does not tell is believed; most plugins read `MAC=` of CNI_ARGS, and those that do not tell theirs. */
function otherMac({ attachment, result }: Outcome): CniError | undefined {
  const { wantedMac } = attachment;
  const own = result.interfaces.find((link) => link.name === attachment.ifName && (link.sandbox ?? '') !== '');
  if (wantedMac === undefined || !own?.mac || own.mac.toLowerCase() === wantedMac) return undefined;
  return new CniError(
    ErrorCode.addressConflict,
    `${networkTitle(attachment)} gave the hardware address ${own.mac}, not ${wantedMac} as the pod asked`,
    'its plugins must be able to give one, such as bridge, macvlan or tuning',
  );
}

/** Two networks with overlapping ranges hand out one address twice. */
function addressConflict(outcome: Outcome, owners: Map<string, RecordedAttachment>): CniError | undefined {
  const given = outcome.result.ips.map(({ address }) => [address, outcome.attachment] as const);
  const shared = sharedAddress(given, owners);
  if (!shared) return undefined;
  const { address, owner, other } = shared;
  return new CniError(
    ErrorCode.addressConflict,
    `${networkTitle(owner)} and ${networkTitle(other)} both gave the address ${address}`,
    'give the two networks ranges that do not overlap',
  );
}

/** What a rollback needs beside the record. */
export interface Rollback {
  readonly context: ChainContext;
  readonly state: StateStore;
}

/** Takes every attempted attachment back; answers the error to report: the original one, rollback errors in details. */
export async function takeBack(error: CniError, record: AttachmentRecord, rollback: Rollback): Promise<CniError> {
  // The ADD's own signal may be what ended it; the clean-up has its own deadline for each delegate.
  const context = { ...rollback.context, signal: new AbortController().signal };
  const faults = await detachAll(record, { context, state: rollback.state, isRollback: true }).catch(
    (cause: unknown) => [toCniError(cause)],
  );
  if (faults.length === 0) return error;
  const left = `not everything could be taken back, the next DEL tries again: ${faults.map(errorText).join('; ')}`;
  return new CniError(error.code, error.message, error.details ? `${error.details}; ${left}` : left, { cause: error });
}
