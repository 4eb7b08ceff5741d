/** A pod as far as its explanation needs it, from a manifest or the API server. Pure. */
import * as z from 'zod/mini';
import { CniError, ErrorCode } from '../../errors.ts';
import { firstIssue } from '../../schema/issue-text.ts';
import type { JsonObject } from '../../schema/json.ts';
import { ANNOTATIONS_CAPABILITY } from '../../schema/node-config.ts';
import type { PortMapping } from '../../selection/selection.ts';
import type { Place } from '../../testing/manifests.ts';
import { annotatedBandwidth } from './pod-bandwidth.ts';

/** A pod to be explained. */
export interface ExplainedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string | undefined;
  /** `undefined`: it comes from a cluster. */
  readonly place: Place | undefined;
  /** The workload by whose template it would be made: `Deployment web`. */
  readonly madeBy?: string;
  /** True: it lives in the node's own network, and no runtime calls a CNI plugin for it. */
  readonly isOnHostNetwork: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly portMappings: readonly PortMapping[];
}

/** A pod that is asked for, and of which nothing can be said but why that is so. */
export interface UnexplainedPod extends Pick<ExplainedPod, 'namespace' | 'name' | 'place' | 'madeBy'> {
  readonly fault: CniError;
}

/** What is asked for, either way: one that cannot be explained is no reason to say nothing of the others. */
export type AskedPod = ExplainedPod | UnexplainedPod;

const portShape = z.object({
  containerPort: z.number(),
  hostPort: z.nullish(z.number()),
  hostIP: z.nullish(z.string()),
  protocol: z.nullish(z.enum(['TCP', 'UDP', 'SCTP'])),
});

/** A key without a value is none, as for the API server. */

const podShape = z.object({
  metadata: z.object({
    uid: z.nullish(z.string()),
    annotations: z.nullish(z.record(z.string(), z.string())),
  }),
  spec: z.nullish(
    z.object({
      hostNetwork: z.nullish(z.boolean()),
      containers: z.nullish(z.array(z.object({ ports: z.nullish(z.array(portShape)) }))),
    }),
  ),
});

/** Reads the Pod object of this name; the fault has code 6, where it stands and which key is wrong. */
export function readPod(
  body: unknown,
  { namespace, name, place }: { namespace: string; name: string; place?: Place },
): AskedPod {
  const parsed = podShape.safeParse(body);
  if (!parsed.success) {
    const where = place ? `${place.file}:${place.line}: ` : '';
    const what = `${where}pod ${namespace}/${name} is no usable Pod: ${firstIssue(parsed.error)}`;
    return { namespace, name, place, fault: new CniError(ErrorCode.decoding, what) };
  }
  const { metadata, spec } = parsed.data;
  const { uid, annotations } = metadata;
  return {
    namespace,
    name,
    uid: uid ?? undefined,
    place,
    isOnHostNetwork: spec?.hostNetwork === true,
    annotations: annotations ?? {},
    portMappings: (spec?.containers ?? []).flatMap(({ ports }) => (ports ?? []).flatMap(published)),
  };
}

/** What a runtime hands over of a pod, for the capabilities that are declared. */
export function podRuntimeConfig(pod: ExplainedPod, capabilities: readonly string[]): JsonObject {
  const bandwidth = annotatedBandwidth(pod.annotations);
  const known = {
    [ANNOTATIONS_CAPABILITY]: pod.annotations,
    ...(bandwidth ? { bandwidth } : {}),
    ...(pod.portMappings.length === 0 ? {} : { portMappings: pod.portMappings }),
  };
  return Object.fromEntries(Object.entries(known).filter(([name]) => capabilities.includes(name)));
}

/** Ports without one of the host are nobody's business but the pod's. */
function published({ containerPort, hostPort, hostIP, protocol }: z.infer<typeof portShape>): PortMapping[] {
  if (!hostPort) return [];
  const name = (protocol ?? 'TCP').toLowerCase() as PortMapping['protocol'];
  return [{ hostPort, containerPort, protocol: name, ...(hostIP ? { hostIP } : {}) }];
}
