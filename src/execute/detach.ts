/**
 * DEL of a record: every attachment, last one first, whatever the others do; the record goes when all have succeeded.
 *
 * Idempotent. In: a record, of an ADD that ended or of one that died half-way. Out: the errors met; with none the record
 * is gone. Invariant: an attachment leaves the journal only after its delegates' DEL succeeded.
 */
import { type CniError, ErrorCode, errorText, ReportedError, toCniError } from '../errors.ts';
import type { AttachmentRecord, Phase, Refusal, StateStore, Step } from '../state/state-store.ts';
import { type ChainContext, delChain } from './run-chain.ts';

/** How to detach. */
export interface Detachment {
  readonly context: ChainContext;
  readonly state: StateStore;
  /** True for the clean-up of a failed ADD, false for a DEL of the runtime. */
  readonly isRollback: boolean;
}

/** Deletes all attachments that may exist. Answers the errors of those that are still in the journal. Throws: code 5. */
export async function detachAll(record: AttachmentRecord, detachment: Detachment): Promise<CniError[]> {
  const wanted = [...record.attachments.keys()].toReversed();
  const touched = wanted.filter((index) => !isUntouched(record.attachments[index]?.phase, detachment.isRollback));
  const progress: Progress = { record, detachment, gone: [] };
  const left = await detachEach(touched, progress);
  // Attachments can share what their delegates made (bridge keys its masquerading by network and container alone), so
  // that one can only go once the other has. A delegate that hung is not waited for twice.
  const again = [...left.keys()].filter((index) => left.get(index)?.code !== ErrorCode.delegateDeadline);
  if (left.size < touched.length) {
    for (const index of again) left.delete(index);
    for (const [index, fault] of await detachEach(again, progress)) left.set(index, fault);
  }
  if (left.size === 0) {
    await removeFiles(record, detachment.context);
    await detachment.state.remove(record);
  } else {
    await note([], progress);
  }
  return [...left.values()];
}

/** `gone`: steps that are still to be noted; what goes with the record at once needs no note. */
interface Progress {
  readonly record: AttachmentRecord;
  readonly detachment: Detachment;
  gone: Step[];
}

/** What is left of such a file costs a few bytes; it is no reason to refuse a DEL. */
async function removeFiles({ attachments }: AttachmentRecord, { removeFile, log }: ChainContext): Promise<void> {
  for (const { deviceInfoFile: file } of attachments) {
    if (file === undefined) continue;
    await removeFile(file).catch((cause: unknown) => log.warn({ cause: errorText(cause) }, `cannot remove ${file}`));
  }
}

/** One pass over the attachments of these indices; answers the error of each that is still there. */
async function detachEach(indices: readonly number[], progress: Progress): Promise<Map<number, CniError>> {
  const { record, detachment } = progress;
  const faults = new Map<number, CniError>();
  for (const index of indices) {
    const attachment = record.attachments[index];
    if (!attachment) continue;
    await note([{ index, phase: 'deleting' }], progress);
    try {
      await delChain(attachment, detachment.context, detachment.isRollback);
    } catch (cause) {
      const fault = toCniError(cause);
      if (attachment.result !== undefined || !isSameRefusal(refusalOf(fault), attachment.refusal)) {
        faults.set(index, fault);
        continue;
      }
      detachment.context.log.warn({}, `taken for gone, since DEL is refused as ADD was: ${errorText(fault)}`);
    }
    progress.gone.push({ index, phase: 'gone' });
  }
  return faults;
}

/**
 * In a rollback we know what never ran. After a crash we do not: the note of a step may be lost with the power, so what
 * was planned is deleted too.
 */
function isUntouched(phase: Phase | undefined, isRollback: boolean): boolean {
  return phase === undefined || phase === 'gone' || (isRollback && phase === 'planned');
}

/**
 * A plugin that refuses DEL with the very error with which it has refused ADD (a range that is none, a missing file of its
 * own) got nowhere with that configuration. Keeping the record would refuse every DEL of this pod for ever.
 */
function isSameRefusal(left: Refusal | undefined, right: Refusal | undefined): boolean {
  if (!left || !right || left.code === ErrorCode.tryAgain) return false;
  return left.code === right.code && left.msg === right.msg && left.details === right.details;
}

/** What the plugin itself printed, when that is what this error is; how a plugin died says nothing of what it made. */
export function refusalOf({ cause }: CniError): Refusal | undefined {
  return cause instanceof ReportedError ? { code: cause.code, msg: cause.message, details: cause.details } : undefined;
}

/** A full disk must not keep addresses from being freed: without the note the next DEL merely repeats this one. */
async function note(steps: readonly Step[], progress: Progress): Promise<void> {
  const { record, detachment, gone } = progress;
  if (gone.length + steps.length === 0) return;
  progress.gone = [];
  await detachment.state.note(record, [...gone, ...steps]).catch((cause: unknown) => {
    detachment.context.log.warn({ cause: errorText(cause) }, 'cannot note a step of the clean-up');
  });
}
