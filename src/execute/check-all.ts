/** CHECK of a record: every attachment against its own recorded result, so that one broken link is told from another. */
import { CniError, ErrorCode, joinedError, toCniError } from '../errors.ts';
import { isAtLeast } from '../schema/cni-version.ts';
import type { AttachmentRecord } from '../state/state-store.ts';
import { type ChainContext, checkChain } from './run-chain.ts';

/**
 * Checks all attachments whose list allows it (`disableCheck`, version 0.4.0 or newer).
 * Throws: the first failure; the others stand in its details.
 */
export async function checkAll(record: AttachmentRecord, context: ChainContext): Promise<void> {
  const faults: CniError[] = record.attachments
    .filter(({ phase }) => phase !== 'added')
    .map(
      ({ network, ifName, phase }) =>
        new CniError(ErrorCode.unknownContainer, `network "${network}" (${ifName}) is ${phase}, not added`),
    );
  for (const attachment of record.attachments) {
    if (attachment.phase !== 'added' || attachment.isCheckDisabled || !isAtLeast(attachment.cniVersion, '0.4.0'))
      continue;
    await checkChain(attachment, context).catch((cause: unknown) => faults.push(toCniError(cause)));
  }
  const joined = joinedError(faults);
  if (joined) throw joined;
}
