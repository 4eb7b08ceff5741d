import type { AttachmentRecord, RecordedAttachment } from '../../src/state/state-store.ts';

/** One planned attachment with one plugin of type `<network>-cni`. */
export function attachmentOf(
  network: string,
  ifName: string,
  rest: Partial<RecordedAttachment> = {},
): RecordedAttachment {
  return {
    network,
    reference: network,
    ifName,
    isPrimary: ifName === 'eth0',
    why: `annotation "cni", item ${network}`,
    cniVersion: '1.1.0',
    isCheckDisabled: false,
    isGcDisabled: false,
    cniArgs: 'K8S_POD_NAME=web-0',
    wantedAddresses: [],
    plugins: [{ type: `${network}-cni`, config: { type: `${network}-cni`, name: network, cniVersion: '1.1.0' } }],
    phase: 'planned',
    ...rest,
  };
}

/** A record of container `c1` with these attachments. */
export function recordOf(
  attachments: readonly RecordedAttachment[],
  rest: Partial<AttachmentRecord> = {},
): AttachmentRecord {
  return {
    containerId: 'c1',
    ifName: 'eth0',
    netns: '/run/netns/pod',
    networkName: 'braid',
    searchPath: ['/opt/cni/bin'],
    attachments,
    ...rest,
  };
}
