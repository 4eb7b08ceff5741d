/** Pods out of manifests, and the cluster that the manifests make. */
import { CniError, ErrorCode } from '../../errors.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { nearestName } from '../../schema/nearest-name.ts';
import { asStored, type ClusterObject, manifestClient, readManifests, STDIN } from '../../testing/manifests.ts';
import type { ExplainedCluster, PodChoice } from './cluster.ts';
import { type AskedPod, readPod } from './pod.ts';
import { templatePods } from './pod-templates.ts';
import { NO_NAMESPACE } from './pod-title.ts';

/** The pods of the manifests, or those that are named. Throws: codes 5, 6 for manifests, code 7 when there is no pod at all. */
export async function clusterOfManifests(
  paths: readonly string[],
  choice: PodChoice,
  readStdin: () => string,
): Promise<ExplainedCluster> {
  return clusterOfObjects(await readManifests(paths, readStdin), choice, paths);
}

/** The same of objects that were read from `paths`. Throws: code 7 when there is no pod at all. */
export function clusterOfObjects(
  written: readonly ClusterObject[],
  choice: PodChoice,
  paths: readonly string[],
): ExplainedCluster {
  const made = templatePods(written);
  const objects = [...written, ...made.filter((pod) => 'body' in pod)];
  const own = written.filter(({ kind }) => kind === 'Pod').map(podOf);
  const ofWorkloads = made.map((pod) => ('fault' in pod ? pod : { ...podOf(pod), madeBy: pod.madeBy }));
  const pods = chosenPods([...own, ...ofWorkloads], choice, paths);
  return {
    pods,
    title: sourcesText(paths),
    client: clientOfManifests(objects),
    placeOf: (kind, namespace, name) =>
      objects.find((object) => object.kind === kind && object.namespace === namespace && object.name === name)?.place,
  };
}

function podOf(object: ClusterObject): AskedPod {
  return readPod(asStored(object), object);
}

function chosenPods(
  all: readonly AskedPod[],
  { names, namespace }: PodChoice,
  paths: readonly string[],
): readonly AskedPod[] {
  const pods = all.filter((pod) => namespace === undefined || pod.namespace === namespace);
  const titles = pods.map(titleOf);
  const where = `${sourcesText(paths)}${namespace === undefined ? '' : `, namespace ${namespace}`}`;
  if (pods.length === 0) {
    throw new CniError(ErrorCode.invalidConfig, `there is no Pod in ${where}`, kindHint(all));
  }
  if (names.length === 0) return pods;
  return names.flatMap((name) => {
    // A bare name is the pod of that name, wherever the manifests put it.
    const found = pods.filter((pod) => (name.includes('/') ? titleOf(pod) : pod.name) === name);
    if (found.length > 0) return found;
    const nearest = nearestName(name, name.includes('/') ? titles : pods.map((pod) => pod.name));
    const guess = nearest === undefined ? '' : `did you mean "${nearest}"? `;
    const listed = titles.slice(0, MOST_LISTED).join(', ');
    const more = titles.length > MOST_LISTED ? ` and ${titles.length - MOST_LISTED} more` : '';
    const hint = `${guess}pods there: ${listed}${more}`;
    const fault = new CniError(ErrorCode.invalidConfig, `there is no pod "${name}" in ${where}`, hint);
    if (names.length === 1) throw fault;
    const [bare = '', own] = name.split('/').toReversed();
    return [{ namespace: own ?? namespace ?? NO_NAMESPACE, name: bare, place: undefined, fault }];
  });
}

function sourcesText(paths: readonly string[]): string {
  return paths.map((path) => (path === STDIN ? 'standard input' : path)).join(', ');
}

const MOST_LISTED = 10;

function titleOf({ namespace, name }: AskedPod): string {
  return `${namespace}/${name}`;
}

function kindHint(all: readonly AskedPod[]): string {
  if (all.length === 0)
    return 'pods are explained, and those that workloads make: Deployment, StatefulSet, DaemonSet, Job …';
  return `pods there: ${all.slice(0, MOST_LISTED).map(titleOf).join(', ')}`;
}

const NAMESPACE = /^\/api\/v1\/namespaces\/([^/]+)$/;

/** Manifests seldom hold the Namespace objects of their pods; one that is missing is taken as one that says nothing. */
export function clientOfManifests(objects: readonly ClusterObject[]): KubeClient {
  const client = manifestClient(objects);
  return {
    ...client,
    get: async (path, deadline) => {
      const response = await client.get(path, deadline);
      const name = NAMESPACE.exec(path)?.[1];
      return response.kind === 'absent' && name !== undefined
        ? { kind: 'ok', body: { metadata: { name: decodeURIComponent(name) } } }
        : response;
    },
  };
}
