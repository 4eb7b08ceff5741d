/** What pods are explained from: their objects and a client for everything else; manifests and a live cluster alike. */
import type { KubeClient } from '../../kube/kube-client.ts';
import type { Place } from '../../testing/manifests.ts';
import type { AskedPod } from './pod.ts';

/** Which pods are asked for. */
export interface PodChoice {
  /** `namespace/name` or `name`; none: all of them. */
  readonly names: readonly string[];
  /** `undefined`: any. */
  readonly namespace: string | undefined;
}

/** The cluster's side of an explanation. */
export interface ExplainedCluster {
  readonly pods: readonly AskedPod[];
  /** Where it comes from, for people. */
  readonly title: string;
  readonly client: KubeClient;
  /** Where an object stands; `undefined` when it is in no file. */
  readonly placeOf: (kind: string, namespace: string, name: string) => Place | undefined;
}
