/** Pods as tests speak of them, and as the Container Runtime Interface does. Pure. */
import * as z from 'zod';

/** A port of the node that leads to a port of the pod. */
export type PortMapping = {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
  readonly hostIp?: string;
};

/** A pod as kubelet would ask for it; what is absent is empty, or "default" for the namespace. */
export type PodSpec = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly portMappings?: readonly PortMapping[];
};

/** What the runtime says about a pod. Addresses have no prefix length; `cniResult` is as containerd keeps it. */
export type PodStatus = {
  readonly ip: string;
  readonly additionalIps: readonly string[];
  readonly state: 'SANDBOX_READY' | 'SANDBOX_NOTREADY';
  /** Valid inside the node; undefined when the runtime does not say it. */
  readonly netnsPath: string | undefined;
  /** The process of the sandbox as the node numbers it; 0 when it has ended. */
  readonly pid: number;
  readonly cniResult: CniResultInfo | undefined;
};

const cniResultSchema = z.looseObject({
  Interfaces: z.record(
    z.string(),
    z.looseObject({
      IPConfigs: z.nullish(z.array(z.looseObject({ IP: z.string(), Gateway: z.nullish(z.string()) }))),
      Mac: z.string().optional(),
      Sandbox: z.string().optional(),
    }),
  ),
});

/** containerd's own form of the CNI result: interfaces by name, Go field names; other keys survive. */
export type CniResultInfo = z.infer<typeof cniResultSchema>;

const statusSchema = z.object({
  status: z.object({
    state: z.enum(['SANDBOX_READY', 'SANDBOX_NOTREADY']),
    network: z.nullish(z.object({ ip: z.string(), additionalIps: z.array(z.object({ ip: z.string() })).default([]) })),
  }),
  info: z.object({ info: z.string() }),
});

const namespaceSchema = z.object({ type: z.string(), path: z.string().optional() });

const infoSchema = z.object({
  pid: z.number(),
  runtimeSpec: z.nullish(z.object({ linux: z.object({ namespaces: z.array(namespaceSchema) }) })),
  cniResult: z.nullish(cniResultSchema),
});

/** The runtime's request for a pod. `cgroup`: name, without slash, of the group below which it goes. */
export function sandboxConfig(pod: PodSpec & { readonly uid: string }, cgroup: string): object {
  const namespace = pod.namespace ?? 'default';
  return {
    metadata: { name: pod.name, namespace, uid: pod.uid, attempt: 0 },
    hostname: pod.name,
    portMappings: (pod.portMappings ?? []).map((mapping) => ({ protocol: 'TCP', hostIp: '', ...mapping })),
    labels: {
      'io.kubernetes.pod.name': pod.name,
      'io.kubernetes.pod.namespace': namespace,
      'io.kubernetes.pod.uid': pod.uid,
    },
    annotations: pod.annotations ?? {},
    linux: {
      cgroupParent: `/${cgroup}`,
      securityContext: { namespaceOptions: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } },
    },
  };
}

/** Reads the answer to a verbose PodSandboxStatus. Throws: ZodError when it has another shape. */
export function parsePodStatus(answer: unknown): PodStatus {
  const { status, info } = statusSchema.parse(answer);
  const details = infoSchema.parse(JSON.parse(info.info));
  return {
    ip: status.network?.ip ?? '',
    additionalIps: status.network?.additionalIps.map((each) => each.ip) ?? [],
    state: status.state,
    netnsPath: details.runtimeSpec?.linux.namespaces.find((each) => each.type === 'network')?.path,
    pid: details.pid,
    cniResult: details.cniResult ?? undefined,
  };
}
