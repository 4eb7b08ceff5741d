/** What a record says of a container, in a person's words. Pure. */
import { parseCniArgs, podIdentity } from '../../request/cni-args.ts';
import { parseResult } from '../../result/result-versions.ts';
import type { AttachmentRecord, RecordedAttachment } from '../../state/state-store.ts';

/** The pod as `namespace/name`, by CNI_ARGS of the attachments; '' outside Kubernetes. */
export function podOf({ attachments }: Pick<AttachmentRecord, 'attachments'>): string {
  const identity = podIdentity(parseCniArgs(attachments[0]?.cniArgs ?? ''));
  return identity ? `${identity.namespace}/${identity.name}` : '';
}

/** The order of lists: by pod, then the oldest first. Container ids say nothing to a person. */
export function byPod(left: AttachmentRecord, right: AttachmentRecord): number {
  const [one, other] = [podOf(left), podOf(right)];
  if (one !== other) return one < other ? -1 : 1;
  return (left.writtenMs ?? 0) - (right.writtenMs ?? 0);
}

/** A container id as other tools of a node show it; whatever takes an id takes it, too. */
export function shortId(containerId: string): string {
  return /^[0-9a-f]{32,}$/.test(containerId) ? containerId.slice(0, 13) : containerId;
}

/** Addresses with prefix lengths that the attachment's own result has. */
export function addressesOf({ result, cniVersion }: RecordedAttachment): string[] {
  if (!result) return [];
  try {
    return parseResult(result, cniVersion).result.ips.map(({ address }) => address);
  } catch {
    // A record holds what was parsed once; if it can be read no more, it is shown without.
    return [];
  }
}

/** Interfaces in the pod that the attachment's own result has, else the one that it was to get. */
export function interfacesOf({ result, cniVersion, ifName }: RecordedAttachment): string[] {
  if (!result) return [ifName];
  try {
    const own = parseResult(result, cniVersion).result.interfaces.filter(({ sandbox }) => (sandbox ?? '') !== '');
    return own.length === 0 ? [ifName] : own.map(({ name }) => name);
  } catch {
    return [ifName];
  }
}
