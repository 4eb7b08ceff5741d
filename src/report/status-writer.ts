/** Writing annotations to a pod: the port, and the adapter that PATCHes one object once. */
import { errorText } from '../errors.ts';
import type { KubeClient, OpenKubeClient } from '../kube/kube-client.ts';
import type { PodIdentity } from '../request/cni-args.ts';

/** Why a status was not written. */
export interface StatusFault {
  /** In an operator's words. */
  readonly cause: string;
  /** True when trying again would end the same way. */
  readonly isFinal: boolean;
}

/** Writes annotations to a pod; `undefined`: written, or in good hands. Never throws. */
export type WriteStatus = (
  pod: PodIdentity,
  annotations: Readonly<Record<string, string>>,
) => Promise<StatusFault | undefined>;

/** A 409 is another writer's moment: our patch names no resourceVersion. */
const CONFLICT_ATTEMPTS = 3;
const CONFLICT = 409;
/** Credentials are renewed, rights are given, conflicts pass. */
const MAY_CHANGE = [401, 403, CONFLICT];

/** A writer that PATCHes the pod's `status` sub-resource: a JSON merge patch of these annotations and nothing else. */
export function statusToApiServer(open: OpenKubeClient, startDeadline: () => AbortSignal): WriteStatus {
  return async (pod, annotations) => {
    try {
      const deadline = startDeadline();
      return await patchStatus(await open(deadline), { pod, annotations, deadline });
    } catch (cause) {
      return { cause: errorText(cause), isFinal: false };
    }
  };
}

interface StatusPatch {
  readonly pod: PodIdentity;
  readonly annotations: Readonly<Record<string, string>>;
  readonly deadline: AbortSignal;
}

async function patchStatus(
  client: KubeClient,
  { pod, annotations, deadline }: StatusPatch,
): Promise<StatusFault | undefined> {
  // The uid makes the API server refuse the patch (422) when the name belongs to another pod by now.
  const metadata = { annotations, ...(pod.uid === undefined ? {} : { uid: pod.uid }) };
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/status`;
  for (let attempt = 1; ; attempt += 1) {
    const response = await client.mergePatch(path, { metadata }, deadline);
    if (response.kind === 'ok') return undefined;
    if (response.kind === 'absent') return { cause: `pod ${pod.namespace}/${pod.name} is gone`, isFinal: true };
    if (response.kind === 'unreachable') return { cause: response.cause, isFinal: false };
    if (response.status === CONFLICT && attempt < CONFLICT_ATTEMPTS) continue;
    const cause = `the API server refused it: ${response.status} ${response.message}`;
    return { cause, isFinal: !MAY_CHANGE.includes(response.status) };
  }
}
