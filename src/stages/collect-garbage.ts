/**
 * GC (spec §2 "GC"): the runtime's list has our own attachments; each stands for several of our delegates'.
 *
 * What is to be done is decided in `garbage.ts`: stale records are deleted as by DEL, then networks collect for themselves.
 * Called with the exclusive lock held: no ADD or DEL is under way.
 */
import type { HostFacts } from '../catalogue/host-needs.ts';
import { type CniError, joinedError, toCniError } from '../errors.ts';
import { gcChain } from '../execute/gc-chain.ts';
import type { CniRequest } from '../request/cni-request.ts';
import type { AttachmentRecord } from '../state/state-store.ts';
import { chainContext } from './chain-context.ts';
import { damagedRecord, deleteRecord } from './delete-record.ts';
import { type Garbage, sortGarbage } from './garbage.ts';
import { type Ports, say } from './ports.ts';

/** Collects. Throws: the first error, all others in its details, after everything was tried. */
export async function collectGarbage(request: CniRequest, ports: Ports): Promise<void> {
  const garbage = sortGarbage(await ports.state.list(), request.validAttachments);
  const faults = garbage.unusable.map(damagedRecord);
  for (const record of garbage.stale) faults.push(...(await deleteStale(record, request, ports)));
  say(ports, unrecordedWarning(garbage));
  for (const { attachment, record, valid } of garbage.collections) {
    const context = await chainContext({ ...request, containerId: '', netns: '' }, ports, record);
    faults.push(...(await gcChain(attachment, valid, context)));
  }
  const joined = joinedError(faults);
  if (joined) throw joined;
}

/** Why networks do not collect, where they do not. Pure. */
export function unrecordedWarning({ unrecorded }: Pick<Garbage, 'unrecorded'>): string[] {
  if (unrecorded.length === 0) return [];
  const names = unrecorded.map(({ containerId, ifName }) => `${containerId}/${ifName}`).join(', ');
  return [`networks do not collect for themselves: the runtime names attachments that are not recorded: ${names}`];
}

async function deleteStale(record: AttachmentRecord, request: CniRequest, ports: Ports): Promise<CniError[]> {
  try {
    await deleteRecord(
      record,
      { ...request, containerId: record.containerId, ifName: record.ifName, netns: staleNetns(record, ports) },
      ports,
    );
    return [];
  } catch (cause) {
    return [toCniError(cause).at(`container ${record.containerId}`)];
  }
}

/**
 * The namespace in which a stale record is deleted, or ''. A path by process id may be another namespace by now, the host's
 * own even; a name below /run/netns is never used twice.
 */
export function staleNetns({ netns }: AttachmentRecord, { host }: { host: Pick<HostFacts, 'namespace'> }): string {
  return netns.startsWith('/proc/') || host.namespace(netns) !== 'there' ? '' : netns;
}
