/** What all delegates of one record share: variables, folders, binaries, deadline. */
import type { CallContext, ChainContext } from '../execute/run-chain.ts';
import { searchPath } from '../plan/plan.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { delegateMark } from '../schema/delegate-mark.ts';
import { NAMESPACE_HELPER } from '../schema/namespace-facts.ts';
import { ipamType } from '../schema/network-config.ts';
import type { AttachmentRecord } from '../state/state-store.ts';
import type { Ports } from './ports.ts';

/** The context for running `record`; plugins are looked for where they are now, then where they were at ADD. */
export async function chainContext(
  request: CniRequest,
  ports: Ports,
  record: Pick<AttachmentRecord, 'attachments' | 'searchPath'>,
): Promise<ChainContext> {
  return {
    ...(await callContext(request, ports, record)),
    timeoutMs: request.config.delegateTimeoutMs,
    signal: ports.signal,
    isNamespaceGone: false,
    run: ports.runDelegate,
    removeFile: ports.removeFile,
    knowledge: { openCatalogue: ports.openCatalogue, host: ports.host },
    log: ports.log,
  };
}

/** The part of it that delegates are told. */
export async function callContext(
  request: CniRequest,
  { findPlugins }: Pick<Ports, 'findPlugins'>,
  record: Pick<AttachmentRecord, 'attachments' | 'searchPath'>,
): Promise<CallContext> {
  const folders = [...new Set([...searchPath(request), ...record.searchPath])];
  const plugins = record.attachments.flatMap((attachment) => attachment.plugins);
  const types = plugins.flatMap(({ type, config }) => [type, ipamType(config) ?? []].flat());
  return {
    containerId: request.containerId,
    netns: request.netns,
    mark: delegateMark(request.config.stateDir, request.containerId),
    searchPath: folders,
    plugins: await findPlugins([...types, NAMESPACE_HELPER], folders),
  };
}
