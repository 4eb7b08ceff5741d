/**
 * Who is this pod, and what do its annotations say: the port and its types.
 *
 * In: the pod's identity from CNI_ARGS. Out: a `PodView`. The adapters beside this file each know one source; which of
 * them exist is the edge's choice, their order is the order in which they are asked (`find-pod.ts`).
 */
import type { PodIdentity } from '../request/cni-args.ts';

/** A pod as one source shows it. `origin` is for people: "the API server", "runtimeConfig", a file's path. */
export interface PodView {
  readonly identity: PodIdentity | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** Absent where the source knows none, as a runtime does. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly origin: string;
}

/** A source's answer: `silent` knows nothing of this pod and nothing is wrong; `failed` should have known. */
export type PodLookup =
  | { readonly kind: 'found'; readonly pod: PodView }
  | { readonly kind: 'silent' }
  /** `hint`: what an operator can do. */
  | { readonly kind: 'failed'; readonly cause: string; readonly hint: string };

/** One place that may know a pod's annotations. */
export interface PodSource {
  /** Looks the pod up. Throws a CniError only for faults that no other source could make good. */
  find(identity: PodIdentity | undefined): Promise<PodLookup>;
}
