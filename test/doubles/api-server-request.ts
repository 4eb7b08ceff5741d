/** What a request asks of the API server: verb, resource and object, read from the method and the path. Pure. */

/** One request on a resource; `collection` and `path` are keys of the object store. */
export interface ResourceRequest {
  readonly kind: 'resource';
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty for a cluster-scoped request. */
  readonly namespace: string;
  /** Empty for a request on the collection. */
  readonly name: string;
}

/** `unknown` is a path that is none of a resource (`/version`, a typing error). */
export type ApiRequest = ResourceRequest | { readonly kind: 'unknown' };

const RESOURCE_PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>v[^/]+)(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>[^/]+))?$/;

/** Reads method, path and query as the API server's request-info filter does. */
export function parseApiRequest(method: string, url: URL): ApiRequest {
  const groups = RESOURCE_PATH.exec(decodeURIComponent(url.pathname))?.groups;
  if (groups === undefined) return { kind: 'unknown' };
  const name = groups.name ?? '';
  return {
    kind: 'resource',
    verb: verbOf(method, name !== '', url.searchParams.get('watch') === 'true'),
    group: groups.group ?? '',
    version: groups.version ?? '',
    resource: groups.resource ?? '',
    subresource: groups.subresource ?? '',
    namespace: groups.namespace ?? '',
    name,
  };
}

/** The path under which an object is stored; the sub-resource does not count. */
export function objectPath(request: Omit<ResourceRequest, 'kind' | 'verb' | 'subresource'>): string {
  const root = request.group === '' ? '/api' : `/apis/${request.group}`;
  const scope = request.namespace === '' ? '' : `/namespaces/${request.namespace}`;
  const name = request.name === '' ? '' : `/${request.name}`;
  return `${root}/${request.version}${scope}/${request.resource}${name}`;
}

/** As the server writes a resource in its errors: `pods`, `network-attachment-definitions.k8s.cni.cncf.io`. */
export function qualifiedResource(request: ResourceRequest): string {
  return request.group === '' ? request.resource : `${request.resource}.${request.group}`;
}

function verbOf(method: string, isNamed: boolean, isWatch: boolean): string {
  if (method === 'GET') return isWatch ? 'watch' : isNamed ? 'get' : 'list';
  if (method === 'DELETE') return isNamed ? 'delete' : 'deletecollection';
  return { POST: 'create', PUT: 'update', PATCH: 'patch' }[method] ?? method.toLowerCase();
}

/** The value of a JSON text, or undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
