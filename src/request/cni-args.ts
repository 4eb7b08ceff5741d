/** CNI_ARGS: `KEY=value` pairs joined by `;`. Pure. Spec §2 "Parameters"; the delegates' grammar is stricter than ours. */

/** One pair; order matters to nobody, but is kept. */
export type CniArg = readonly [key: string, value: string];

/** Reads pairs leniently: split at the first `=`, what has none is skipped; a key given twice has its last value. */
export function parseCniArgs(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(';').flatMap((pair): CniArg[] => {
    const at = pair.indexOf('=');
    return at < 0 ? [] : [[pair.slice(0, at), pair.slice(at + 1)]];
  });
  return new Map(pairs);
}

/** Who the pod is, as the runtime says in CNI_ARGS (containerd and CRI-O: K8S_POD_*). */
export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string | undefined;
}

/** The pod that CNI_ARGS name, or `undefined` outside Kubernetes. */
export function podIdentity(args: ReadonlyMap<string, string>): PodIdentity | undefined {
  const namespace = args.get('K8S_POD_NAMESPACE');
  const name = args.get('K8S_POD_NAME');
  if (!namespace || !name) return undefined;
  return { namespace, name, uid: args.get('K8S_POD_UID') || undefined };
}
