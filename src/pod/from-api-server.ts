/** The pod as the API server has it: one GET. A pod that is gone, or another one of the same name, fails an ADD. */
import * as z from 'zod/mini';
import type { KubeResponse, OpenKubeClient } from '../kube/kube-client.ts';
import type { PodIdentity } from '../request/cni-args.ts';
import type { PodLookup, PodSource } from './pod-source.ts';

/** Where the API server keeps a pod. */
export function podPath(pod: Pick<PodIdentity, 'namespace' | 'name'> & Partial<PodIdentity>): string {
  return `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}`;
}

const podShape = z.object({
  metadata: z.object({
    uid: z.optional(z.string()),
    annotations: z._default(z.record(z.string(), z.string()), {}),
    labels: z.optional(z.record(z.string(), z.string())),
  }),
});

const GONE = 'the pod was deleted, or made anew under its name; if it was not, see which cluster the kubeconfig is for';
const REFUSED = 'the user of the kubeconfig must be known there and be allowed to get pods: see config/rbac/braid.yaml';
const UNREACHABLE = 'the runtime tries again; see whether that is the right server and whether it answers';

/** The pod's mark of a static pod: its value is the uid that the kubelet gives to the runtime. */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/** A source that asks the API server; `startDeadline` begins what covers credentials, connection and answer. */
export function podFromApiServer(open: OpenKubeClient, startDeadline: () => AbortSignal): PodSource {
  return {
    async find(identity) {
      if (!identity) return { kind: 'silent' };
      const deadline = startDeadline();
      const response = await (await open(deadline)).get(podPath(identity), deadline);
      return readResponse(response, identity);
    },
  };
}

function readResponse(response: KubeResponse, identity: PodIdentity): PodLookup {
  const pod = `pod ${identity.namespace}/${identity.name}`;
  switch (response.kind) {
    case 'ok':
      return readPod(response.body, identity);
    case 'absent':
      return failed(`the API server does not know ${pod}`, GONE);
    case 'refused':
      return failed(`the API server refused to show ${pod}: ${response.status} ${response.message}`, REFUSED);
    case 'unreachable':
      return failed(response.cause, UNREACHABLE);
  }
}

/** What the API server's object says of the pod that the runtime asks for. Pure. */
export function readPod(body: unknown, identity: PodIdentity): PodLookup {
  const pod = `pod ${identity.namespace}/${identity.name}`;
  const parsed = podShape.safeParse(body);
  if (!parsed.success) return failed(`the API server's answer for ${pod} is no Pod`, UNREACHABLE);
  const { uid, annotations, labels } = parsed.data.metadata;
  const isSamePod = !identity.uid || !uid || uid === identity.uid || MIRROR_ANNOTATION in annotations;
  if (!isSamePod) {
    return failed(`${pod} on the API server has uid ${uid}, the runtime asks for uid ${identity.uid}`, GONE);
  }
  return {
    kind: 'found',
    pod: {
      identity: { ...identity, uid: uid ?? identity.uid },
      annotations,
      ...(labels ? { labels } : {}),
      origin: 'the API server',
    },
  };
}

function failed(cause: string, hint: string): PodLookup {
  return { kind: 'failed', cause, hint };
}
