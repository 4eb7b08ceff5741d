/**
 * GC (spec §2 "GC"): the runtime's list has our own attachments; each stands for several of our delegates'.
 *
 * Records that the list lacks are deleted as by DEL. Then every network that the journal knows collects with its own list:
 * the attachments of valid containers to that network. A valid container without a usable record may be attached to any
 * network, so then no delegate collects. Called with the exclusive lock held: no ADD or DEL is under way.
 */
import { type CniError, joinedError, toCniError } from '../errors.ts';
import { type GcAttachment, gcChain } from '../execute/gc-chain.ts';
import type { CniRequest } from '../request/cni-request.ts';
import type { ValidAttachment } from '../request/valid-attachments.ts';
import { isAtLeast } from '../schema/cni-version.ts';
import type { AttachmentRecord, RecordedAttachment } from '../state/state-store.ts';
import { chainContext } from './chain-context.ts';
import { damagedRecord, deleteRecord } from './delete-record.ts';
import { type Ports, say } from './ports.ts';

/** Collects. Throws: the first error, all others in its details, after everything was tried. */
export async function collectGarbage(request: CniRequest, ports: Ports): Promise<void> {
  const valid = request.validAttachments;
  const lookups = await ports.state.list();
  const records = lookups.flatMap((lookup) => (lookup.kind === 'found' ? [lookup.record] : []));
  const unusable = lookups.flatMap((lookup) => (lookup.kind === 'found' ? [] : [damagedRecord(lookup)]));
  const isValid = (record: AttachmentRecord) => valid.some((entry) => isOf(entry, record));
  const unknown = valid.filter((entry) => !records.some((record) => isOf(entry, record)));
  const faults = [...unusable];
  for (const record of records.filter((candidate) => !isValid(candidate))) {
    faults.push(...(await deleteStale(record, request, ports)));
  }
  if (unknown.length === 0) {
    faults.push(...(await collectByNetwork(records, { request, ports, isValid })));
  } else {
    const names = unknown.map(({ containerId, ifName }) => `${containerId}/${ifName}`).join(', ');
    say(ports, [
      `networks do not collect for themselves: the runtime names attachments that are not recorded: ${names}`,
    ]);
  }
  const joined = joinedError(faults);
  if (joined) throw joined;
}

function isOf(entry: ValidAttachment, record: AttachmentRecord): boolean {
  return entry.containerId === record.containerId && entry.ifName === record.ifName;
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

/** A path by process id may be another namespace by now, the host's own even; a name below /run/netns is never used twice. */
function staleNetns({ netns }: AttachmentRecord, ports: Ports): string {
  return netns.startsWith('/proc/') || ports.host.namespace(netns) !== 'there' ? '' : netns;
}

interface Collection {
  readonly request: CniRequest;
  readonly ports: Ports;
  readonly isValid: (record: AttachmentRecord) => boolean;
}

/**
 * Each network once, by the newest record of it; a network that no record knows is none of our business. Two of one name
 * from different places, such as a definition of a tenant and a file of the node, collect each by its own configuration;
 * both are told every attachment of the name, for plugins keep what is theirs by that.
 */
async function collectByNetwork(
  records: readonly AttachmentRecord[],
  { request, ports, isValid }: Collection,
): Promise<CniError[]> {
  const faults: CniError[] = [];
  const valid = attachmentsByName(records.filter(isValid));
  for (const { attachment, record } of newestByOrigin(records)) {
    if (attachment.isGcDisabled || !isAtLeast(attachment.cniVersion, '1.1.0')) continue;
    const context = await chainContext({ ...request, containerId: '', netns: '' }, ports, record);
    faults.push(...(await gcChain(attachment, valid.get(attachment.network) ?? [], context)));
  }
  return faults;
}

function attachmentsByName(records: readonly AttachmentRecord[]): Map<string, GcAttachment[]> {
  const byName = new Map<string, GcAttachment[]>();
  for (const { containerId, attachments } of records) {
    for (const { network, ifName } of attachments) {
      const known = byName.get(network) ?? [];
      known.push({ containerID: containerId, ifname: ifName });
      byName.set(network, known);
    }
  }
  return byName;
}

interface Recorded {
  readonly attachment: RecordedAttachment;
  readonly record: AttachmentRecord;
}

function newestByOrigin(records: readonly AttachmentRecord[]): Iterable<Recorded> {
  const byTime = records.toSorted((left, right) => (left.writtenMs ?? 0) - (right.writtenMs ?? 0));
  const recorded = byTime.flatMap((record) => record.attachments.map((attachment) => ({ attachment, record })));
  return new Map(
    recorded.map((each) => [`${each.attachment.network} ${each.attachment.reference}`, each] as const),
  ).values();
}
