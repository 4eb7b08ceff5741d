/** What the API server answered while a request was recorded, as manifests and faults of a fixture. Pure. */
import { podPath } from '../pod/from-api-server.ts';
import type { Bundle } from '../schema/bundle.ts';
import type { ApiFault, Fixture } from '../schema/fixture.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';

type Manifest = NonNullable<Fixture['cluster']>[number];

/** The objects that were seen, each once. */
export function seenObjects({ cluster, pod }: Bundle): Manifest[] {
  const bodies = cluster.flatMap(({ answer }) => (answer.kind === 'ok' ? objectsIn(answer.body) : []));
  const own = pod ? [podManifest(pod)] : [];
  // What the API server said of the pod says more than what the runtime handed over.
  const byName = new Map([...own, ...bodies].map((object) => [nameOf(object), object]));
  return [...byName.values()];
}

/** What it did not answer as it would have with these objects. */
export function seenFaults(bundle: Bundle): ApiFault[] {
  return [...bundle.cluster.flatMap(({ path, answer }) => faultOf(path, answer)), ...statusFault(bundle)];
}

/** The message of a refusal has the request before it, which the client says again. */
const REQUEST = /^(GET|PATCH) \S+: /;

function faultOf(path: string, answer: Bundle['cluster'][number]['answer']): ApiFault[] {
  if (answer.kind === 'refused') {
    return [{ path, method: 'GET', status: answer.status, message: answer.message.replace(REQUEST, '') }];
  }
  if (answer.kind === 'unreachable') return [{ path, method: 'GET', reset: true }];
  return answer.kind === 'absent' && answer.isResourceUnknown ? [{ path, method: 'GET', status: 404 }] : [];
}

/** Final, so that nobody waits for what will not come. */
function statusFault({ status, pod }: Bundle): ApiFault[] {
  if (status?.fault === undefined || !pod) return [];
  const path = `${podPath(pod)}/status`;
  return [{ path, method: 'PATCH', status: 422, message: status.fault }];
}

function objectsIn(body: JsonObject): Manifest[] {
  const { items } = body;
  if (Array.isArray(items)) return items.filter(isManifest);
  return isManifest(body) ? [body] : [];
}

function isManifest(value: unknown): value is Manifest {
  if (!isJsonObject(value)) return false;
  const { apiVersion, kind, metadata } = value;
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    isJsonObject(metadata) &&
    typeof metadata['name'] === 'string'
  );
}

function podManifest({ namespace, name, uid, annotations }: NonNullable<Bundle['pod']>): Manifest {
  const metadata = { name, namespace, ...(uid === undefined ? {} : { uid }), annotations };
  return { apiVersion: 'v1', kind: 'Pod', metadata };
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}
