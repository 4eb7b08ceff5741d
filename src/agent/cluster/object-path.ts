/** Paths of the API server: which collection an object is in. Pure. */

/** An object's place; `namespace` is empty for what lies in none. */
export interface ObjectPlace {
  /** The collection over all namespaces: `/apis/k8s.cni.cncf.io/v1/network-attachment-definitions`. */
  readonly listPath: string;
  readonly namespace: string;
  readonly name: string;
}

const NAMESPACED = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)\/namespaces\/([^/]+)\/([^/]+)\/([^/?]+)$/;
const NAMESPACE = /^\/api\/v1\/namespaces\/([^/?]+)$/;

/** `undefined` for a path that names no single object. */
export function parseObjectPath(path: string): ObjectPlace | undefined {
  const [, root = '', namespace = '', plural = '', name = ''] = NAMESPACED.exec(path) ?? [];
  if (name !== '') {
    return {
      listPath: `${root}/${plural}`,
      namespace: decodeURIComponent(namespace),
      name: decodeURIComponent(name),
    };
  }
  const [, own = ''] = NAMESPACE.exec(path) ?? [];
  return own === '' ? undefined : { listPath: '/api/v1/namespaces', namespace: '', name: decodeURIComponent(own) };
}
