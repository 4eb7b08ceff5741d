/**
 * CHECK of a record: every attachment against its own recorded result, so that one broken link is told from another.
 *
 * First each plugin's own CHECK; then, where the ADD saw the namespace hold a result, whether it still does. Plugins
 * differ in what they look at.
 */
import { CniError, ErrorCode, joinedError, toCniError } from '../errors.ts';
import { parseResult } from '../result/result-versions.ts';
import { isAtLeast } from '../schema/cni-version.ts';
import type { AttachmentRecord, RecordedAttachment } from '../state/state-store.ts';
import { hasNamespaceHelper, readNamespace } from './namespace-helper.ts';
import { missingFacts } from './result-facts.ts';
import { type ChainContext, checkChain, networkTitle } from './run-chain.ts';

/**
 * Checks all attachments whose list allows it (`disableCheck`, version 0.4.0 or newer).
 * Throws: the first failure; the others stand in its details.
 */
export async function checkAll(record: AttachmentRecord, context: ChainContext): Promise<void> {
  const faults: CniError[] = record.attachments
    .filter(({ phase }) => phase !== 'added')
    .map(
      (attachment) =>
        new CniError(ErrorCode.unknownContainer, `${networkTitle(attachment)} is ${attachment.phase}, not added`),
    );
  const checked = record.attachments.filter(
    ({ phase, isCheckDisabled, cniVersion }) => phase === 'added' && !isCheckDisabled && isAtLeast(cniVersion, '0.4.0'),
  );
  for (const attachment of checked) {
    await checkChain(attachment, context).catch((cause: unknown) => faults.push(toCniError(cause)));
  }
  faults.push(...(await missingParts(checked, context)));
  const joined = joinedError(faults);
  if (joined) throw joined;
}

async function missingParts(checked: readonly RecordedAttachment[], context: ChainContext): Promise<CniError[]> {
  const seen = checked.filter(({ isSeen }) => isSeen);
  if (seen.length === 0 || !hasNamespaceHelper(context)) return [];
  try {
    const facts = await readNamespace([], context);
    return seen.flatMap((attachment) => {
      const { result } = parseResult(attachment.result ?? {}, attachment.cniVersion);
      const missing = missingFacts(result, facts);
      if (missing.length === 0) return [];
      const what = `${networkTitle(attachment)}: missing in the pod's namespace: ${missing.join(', ')}`;
      return [new CniError(ErrorCode.internal, what)];
    });
  } catch (cause) {
    return [toCniError(cause).at("reading the pod's namespace")];
  }
}
