/**
 * Whose networks: a pod of manifests, a pod of the live cluster, annotations that were given, or nobody's.
 *
 * In: options. Out: what a runtime would say of the pod, its annotations where they are given, and the manifests as a cluster.
 * Manifests are taken as `braid explain` takes them. Touches disk by reading them.
 */
import { CniError, ErrorCode } from '../../errors.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import type { PodIdentity } from '../../request/cni-args.ts';
import { argsText, runtimeArgs } from '../../request/made-request.ts';
import { parseNodeConfig } from '../../request/node-config.ts';
import type { JsonObject } from '../../schema/json.ts';
import { readManifests } from '../../testing/manifests.ts';
import { clientOfManifests, clusterOfObjects } from '../explain/from-manifests.ts';
import { type AskedPod, type ExplainedPod, podRuntimeConfig } from '../explain/pod.ts';
import { templatePods } from '../explain/pod-templates.ts';
import type { NodeFile } from './node-file.ts';

/** What a person says of the pod. */
export interface PodOptions {
  /** `-a`: `key=value`, split. */
  readonly annotation?: Readonly<Record<string, string>>;
  /** `-f`: paths of manifests. */
  readonly filename?: readonly string[];
  readonly pod?: PodIdentity;
}

/** Whom a call is for. */
export interface PodChoice {
  /** `undefined`: no pod at all, as by a runtime outside Kubernetes. */
  readonly identity: PodIdentity | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  /** What a runtime hands over of a pod whose object is known. */
  readonly runtimeConfig: JsonObject;
  readonly cluster: KubeClient | undefined;
}

/** A pod that is nothing but its annotations. */
const NAMELESS: PodIdentity = { namespace: 'default', name: 'by-hand', uid: undefined };

/** Chooses. Throws: codes 5, 6 of manifests, code 7 where nothing tells which pod or what its annotations are. */
export async function choosePod(
  { annotation: annotations, filename, pod }: PodOptions,
  node: NodeFile,
  readStdin: () => string,
): Promise<PodChoice> {
  if (filename === undefined) {
    if (pod && !annotations) refuseWithoutCluster(node, pod);
    return { identity: pod ?? (annotations && NAMELESS), annotations, runtimeConfig: {}, cluster: undefined };
  }
  const objects = await readManifests(filename, readStdin);
  const hasPods = objects.some(({ kind }) => kind === 'Pod') || templatePods(objects).length > 0;
  if (annotations && !hasPods) {
    return { identity: pod ?? NAMELESS, annotations, runtimeConfig: {}, cluster: clientOfManifests(objects) };
  }
  const names = pod ? [`${pod.namespace}/${pod.name}`] : [];
  const { pods, client } = clusterOfObjects(objects, { names, namespace: undefined }, filename);
  const chosen = onlyOne(pods, filename);
  return {
    identity: { namespace: chosen.namespace, name: chosen.name, uid: chosen.uid },
    annotations,
    runtimeConfig: podRuntimeConfig(chosen, node.plugin.capabilities),
    cluster: client,
  };
}

function onlyOne(pods: readonly AskedPod[], filename: readonly string[]): ExplainedPod {
  const [first, ...others] = pods;
  if (!first || others.length > 0) {
    const names = pods.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
    throw new CniError(
      ErrorCode.invalidConfig,
      `${filename.join(', ')} has several pods: ${names}`,
      'choose one by --pod',
    );
  }
  if ('fault' in first) throw first.fault;
  if (!first.isOnHostNetwork) return first;
  throw new CniError(
    ErrorCode.invalidConfig,
    `pod ${first.namespace}/${first.name} has "hostNetwork": it lives in the network of the node`,
    'a runtime calls no CNI plugin for it',
  );
}

/** Without a cluster the pod would come out as one that says nothing. */
function refuseWithoutCluster({ file, plugin }: NodeFile, pod: PodIdentity): void {
  if (parseNodeConfig(plugin.raw).config.kube !== undefined) return;
  throw new CniError(
    ErrorCode.invalidConfig,
    `cannot look up pod ${pod.namespace}/${pod.name}: ${file} names no kubeconfig`,
    'give the annotations of the pod by -a, or its manifest by -f',
  );
}

/** CNI_ARGS as containerd has them, and what a person adds. Pure. */
export function cniArgs(identity: PodIdentity | undefined, containerId: string, more: readonly string[]): string {
  return [argsText(runtimeArgs(identity, containerId)), ...more].join(';');
}
