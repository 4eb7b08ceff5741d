/** DEL of a container: by its record, by a damaged one, or by what can be guessed. */
import { CniError, ErrorCode, errorText, joinedError } from '../errors.ts';
import { detachAll } from '../execute/detach.ts';
import type { ChainContext } from '../execute/run-chain.ts';
import { plannedRecord } from '../plan/plan.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { delegateMark } from '../schema/delegate-mark.ts';
import type { AttachmentRecord, RecordLookup } from '../state/state-store.ts';
import { chainContext } from './chain-context.ts';
import { planRequest } from './plan-request.ts';
import { type Ports, say } from './ports.ts';

type UnusableRecord = Extract<RecordLookup, { file: string }>;

/** Deletes what `record` says. Throws: the first error of what is still there. */
export async function deleteRecord(record: AttachmentRecord, request: CniRequest, ports: Ports): Promise<void> {
  if (record.attachments.some(({ phase }) => phase === 'adding' || phase === 'deleting')) {
    await endSurvivors(request, ports);
  }
  const context = await deleteContext(record, request, ports);
  const joined = joinedError(await detachAll(record, { context, state: ports.state, isRollback: false }));
  if (joined) throw withoutWordsOfSuccess(joined);
}

/**
 * The context of a DEL, which may come when the pod's namespace is gone; what then lies at its path, such as an empty file
 * that was left of it, is no namespace and is not handed on as one.
 */
async function deleteContext(record: AttachmentRecord, request: CniRequest, ports: Ports): Promise<ChainContext> {
  const { netns } = request;
  const state = netns === '' ? 'absent' : ports.host.namespace(netns);
  if (state === 'there') return chainContext(request, ports, record);
  const isFelt = state === 'left-over' || (await hasNeedyPlugin(record, ports));
  if (isFelt && netns !== '') ports.host.demandSight();
  const context = await chainContext(state === 'left-over' ? { ...request, netns: '' } : request, ports, record);
  return { ...context, isNamespaceGone: true };
}

/** True when a plugin cannot delete without the namespace. */
async function hasNeedyPlugin({ attachments }: AttachmentRecord, ports: Ports): Promise<boolean> {
  const catalogue = await ports.openCatalogue();
  const types = attachments.flatMap(({ plugins }) => plugins.map(({ type }) => type));
  return types.some((type) => catalogue.ofPlugin(type)?.attachment.delNeedsNamespace);
}

async function endSurvivors(request: CniRequest, ports: Ports): Promise<void> {
  const ended = await ports.endSurvivors(delegateMark(request.config.stateDir, request.containerId));
  if (ended.length > 0) say(ports, [`ended ${ended.length} delegate process(es) that had outlived an earlier call`]);
}

/**
 * Runtimes take a failed DEL for done when its text holds certain words, and never call again; a delegate's own message may
 * hold them.
 */
function withoutWordsOfSuccess({ code, message, details }: CniError): CniError {
  const reworded = (text: string) =>
    text.replaceAll(/not found/gi, 'not-found').replaceAll(/no such file or directory/gi, 'no such file');
  return new CniError(code, reworded(message), reworded(details));
}

/** Loud once: the file is set aside, what can be guessed is deleted, and the runtime's next DEL succeeds. */
export async function deleteDamaged(
  lookup: { file: string; cause: string },
  request: CniRequest,
  ports: Ports,
): Promise<never> {
  // Nobody knows how far that call had come.
  await endSurvivors(request, ports);
  const aside = await ports.state.quarantine(request);
  await deleteUnrecorded(request, ports).catch((cause: unknown) => say(ports, [errorText(cause)]));
  throw damagedRecord({ kind: 'damaged', file: aside, cause: lookup.cause });
}

/** The error that a record is which cannot be used. */
export function damagedRecord({ kind, file, cause }: UnusableRecord): CniError {
  const what = kind === 'damaged' ? 'is damaged' : 'was written by another version of Braid';
  const hint = kind === 'damaged' ? `it lies in ${file}` : `${file}: install the version that wrote it, or a newer one`;
  return new CniError(ErrorCode.damagedRecord, `the record of this container's attachments ${what}: ${cause}`, hint);
}

/**
 * The runtime knows an attachment that we do not: it was made before Braid, or its record is lost. What the pod's
 * annotations or the node's defaults name now is deleted as far as it is still there; that is more than nothing.
 * Throws: code 11 of a delegate that wants to be asked again; another refusal would hold the pod for ever.
 */
export async function deleteUnrecorded(request: CniRequest, ports: Ports): Promise<void> {
  const record = await guessedRecord(request, ports);
  if (!record) return;
  const state = { ...ports.state, note: async () => undefined, remove: async () => undefined };
  const context = await deleteContext(record, request, ports);
  const faults = await detachAll(record, { context, state, isRollback: false });
  say(ports, [
    'no record of this container: deleted what its annotations or the defaults name',
    ...faults.map(errorText),
  ]);
  const again = faults.find(({ code }) => code === ErrorCode.tryAgain);
  if (again) throw withoutWordsOfSuccess(again);
}

/** A DEL asks no API server. */
function localPorts(ports: Ports): Ports {
  return { ...ports, podSources: ports.localPodSources, networks: ports.localNetworks, readNamespace: undefined };
}

async function guessedRecord(request: CniRequest, ports: Ports): Promise<AttachmentRecord | undefined> {
  try {
    const { plan } = await planRequest(request, localPorts(ports), 'what-is-there');
    if (plan.attachments.length > 0) return plannedRecord(plan);
    say(ports, ['no record of this container and nothing to go by: none of its networks is there']);
  } catch (cause) {
    say(ports, [`no record of this container and nothing to go by: ${errorText(cause)}`]);
  }
  return undefined;
}
