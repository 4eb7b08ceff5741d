/**
 * Custom resources of the API server as one look-up of all networks sees them: each object is asked for once.
 *
 * In: a resource and an object's names. Out: the object as unvalidated JSON, or what that failure means to a person. The
 * client is opened, and its deadline begins, with the first request.
 */
import * as z from 'zod/mini';
import { withDeadline } from '../deadline.ts';
import type { KubeClient, KubeResponse, OpenKubeClient } from '../kube/kube-client.ts';
import { clipped } from '../schema/clipped-text.ts';
import type { FailedLookup } from './network-source.ts';

/** A way to the API server; `startDeadline` begins what covers credentials, connection and answers. */
export interface ApiAccess {
  readonly open: OpenKubeClient;
  readonly startDeadline: () => AbortSignal;
}

/** A namespaced custom resource. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** What one object of it is called: `definition`. */
  readonly noun: string;
  /** The file of ours that allows us to read it. */
  readonly rbacFile: string;
  /** Where its CustomResourceDefinition comes from. */
  readonly installHint: string;
}

/** One object's names. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** What came of asking for an object. */
export type ObjectAnswer =
  | { readonly kind: 'ok'; readonly body: unknown }
  | { readonly kind: 'absent' }
  /** Such objects cannot exist: there is no API server for us, or it does not know the resource. */
  | { readonly kind: 'no-such-resource'; readonly failure: FailedLookup }
  | { readonly kind: 'failed'; readonly failure: FailedLookup };

/** The objects for one `find`. */
export interface ApiObjects {
  /** Throws: code 7 when the credentials cannot be loaded. */
  get(resource: ApiResource, key: ObjectKey): Promise<ObjectAnswer>;
  /** The namespaces with an object of that name, sorted, as far as we may know and hear of it soon. Never throws. */
  namespacesWith(resource: ApiResource, name: string): Promise<readonly string[]>;
}

/** Opens them; nothing is asked yet. `undefined`: no API server is configured. */
export function openApiObjects(access: ApiAccess | undefined): ApiObjects {
  if (!access) {
    return {
      get: async (resource, key) => ({ kind: 'no-such-resource', failure: notConfigured(resource, key) }),
      namespacesWith: async () => [],
    };
  }
  const ask = askOnce(access);
  return {
    async get(resource, key) {
      if (!isObjectName(key.namespace) || !isObjectName(key.name)) return { kind: 'absent' };
      return judge(await ask(objectPath(resource, key)), resource, key);
    },
    async namespacesWith(resource, name) {
      if (!isObjectName(name)) return [];
      const response = await ask(listPath(resource, name), HINT_MS).catch(() => undefined);
      return response?.kind === 'ok' ? namespacesIn(response.body, name) : [];
    },
  };
}

/** `definition shop/front`: how messages name an object. */
export function objectTitle({ noun }: ApiResource, { namespace, name }: ObjectKey): string {
  return `${noun} ${namespace}/${clipped(name, MAX_NAME_CHARACTERS)}`;
}

/** How long an answer may wait for something that only makes its error message better, in ms. */
const HINT_MS = 1000;

const MAX_NAMESPACES = 20;

const MAX_NAME_CHARACTERS = 253;

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** As Kubernetes restricts names. What is none cannot exist, and must not become part of a path: think of `..`. */
function isObjectName(text: string): boolean {
  return text.length <= MAX_NAME_CHARACTERS && OBJECT_NAME.test(text);
}

function objectPath({ group, version, plural }: ApiResource, { namespace, name }: ObjectKey): string {
  return `/apis/${group}/${version}/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}`;
}

function listPath({ group, version, plural }: ApiResource, name: string): string {
  const selector = encodeURIComponent(`metadata.name=${name}`);
  return `/apis/${group}/${version}/${plural}?fieldSelector=${selector}&limit=${MAX_NAMESPACES}`;
}

function askOnce({ open, startDeadline }: ApiAccess): (path: string, mostMs?: number) => Promise<KubeResponse> {
  const answers = new Map<string, Promise<KubeResponse>>();
  let opened: { readonly client: Promise<KubeClient>; readonly deadline: AbortSignal } | undefined;
  const begin = () => {
    const deadline = startDeadline();
    return { client: open(deadline), deadline };
  };
  const ask = async (path: string, mostMs: number | undefined): Promise<KubeResponse> => {
    opened ??= begin();
    const { client, deadline } = opened;
    const get = async (limit: AbortSignal) => (await client).get(path, limit);
    return mostMs === undefined ? get(deadline) : withDeadline(deadline, mostMs, get);
  };
  return (path, mostMs) => {
    const answer = answers.get(path) ?? ask(path, mostMs);
    answers.set(path, answer);
    return answer;
  };
}

const UNREACHABLE = 'the runtime tries again; see whether the API server answers there';

function judge(response: KubeResponse, resource: ApiResource, key: ObjectKey): ObjectAnswer {
  const fail = (cause: string, hint: string, isTemporary: boolean): FailedLookup => ({
    kind: 'failed',
    origin: objectTitle(resource, key),
    cause,
    hint,
    isTemporary,
  });
  switch (response.kind) {
    case 'ok':
      return { kind: 'ok', body: response.body };
    case 'absent': {
      if (!response.isResourceUnknown) return { kind: 'absent' };
      const cause = `the CustomResourceDefinition ${resource.plural}.${resource.group} is not installed`;
      return { kind: 'no-such-resource', failure: fail(cause, resource.installHint, false) };
    }
    case 'refused':
      return { kind: 'failed', failure: fail(response.message, refusalHint(response.status, resource), false) };
    case 'unreachable':
      return { kind: 'failed', failure: fail(response.cause, UNREACHABLE, true) };
  }
}

function refusalHint(status: number, { plural, group, rbacFile }: ApiResource): string {
  if (status === 401) return 'the API server does not know our credentials: check those of the key "kubeconfig"';
  return `the user of the key "kubeconfig" must be allowed to get ${plural}.${group}: see ${rbacFile}`;
}

function notConfigured(resource: ApiResource, key: ObjectKey): FailedLookup {
  return {
    kind: 'failed',
    origin: objectTitle(resource, key),
    cause: 'no API server is configured',
    hint: 'set the key "kubeconfig"',
    isTemporary: false,
  };
}

const listShape = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) })),
});

/** Not every server that calls itself one heeds a field selector. */
function namespacesIn(body: unknown, name: string): string[] {
  const parsed = listShape.safeParse(body);
  if (!parsed.success) return [];
  const alike = parsed.data.items.filter(({ metadata }) => metadata.name === name);
  return [...new Set(alike.map(({ metadata }) => metadata.namespace))].toSorted().slice(0, MAX_NAMESPACES);
}
