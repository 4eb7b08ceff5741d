/** Pods of a live cluster; each object is asked for once, however many pods need it. */
import { listObjects } from '../../agent/cluster/list-objects.ts';
import { withDeadline } from '../../deadline.ts';
import { CniError, ErrorCode, errorText } from '../../errors.ts';
import { openKubeClient } from '../../kube/https-client.ts';
import type { KubeClient, KubeResponse } from '../../kube/kube-client.ts';
import { loadKubeAccess } from '../../kube/kubeconfig.ts';
import { podPath } from '../../pod/from-api-server.ts';
import type { ExplainedCluster, PodChoice } from './cluster.ts';
import { type AskedPod, readPod } from './pod.ts';

/** How long it may take until the server answers at all, in ms: a person waits. */
const REACH_MS = 4000;

/** How long the pods themselves may take, in ms; what they need has the configuration's own limit. */
const PODS_MS = 60_000;

/** The pods that are asked for: by name, or all of a namespace, or all. Throws: code 7 or 11 when none of them can be had. */
export function clusterOfKubeconfig(
  kubeconfig: string,
  choice: PodChoice,
  signal: AbortSignal,
): Promise<ExplainedCluster> {
  return withDeadline(signal, PODS_MS, async (deadline) => {
    const client = askingOnce(openKubeClient(await loadKubeAccess(kubeconfig, { deadline })));
    try {
      await withDeadline(deadline, REACH_MS, (limit) => reach(client, limit));
      const pods =
        choice.names.length > 0 ? await named(client, choice, deadline) : await listed(client, choice, deadline);
      return { pods, title: kubeconfig, client, placeOf: () => undefined };
    } catch (cause) {
      client.close();
      throw cause;
    }
  });
}

/** Throws: code 11 when no answer comes, whatever it would be. */
async function reach(client: KubeClient, deadline: AbortSignal): Promise<void> {
  const response = await client.get('/version', deadline);
  if (response.kind !== 'unreachable') return;
  throw new CniError(ErrorCode.tryAgain, `cannot reach the cluster: ${response.cause}`);
}

function askingOnce(client: KubeClient): KubeClient {
  const answers = new Map<string, Promise<KubeResponse>>();
  return {
    get: (path, deadline) => {
      const answer = answers.get(path) ?? client.get(path, deadline);
      answers.set(path, answer);
      return answer;
    },
    mergePatch: (path, body, deadline) => client.mergePatch(path, body, deadline),
    close: () => client.close(),
  };
}

function named(client: KubeClient, { names, namespace }: PodChoice, deadline: AbortSignal): Promise<AskedPod[]> {
  return Promise.all(
    names.map(async (given) => {
      const [first = '', second] = given.split('/');
      const pod =
        second === undefined ? { namespace: namespace ?? 'default', name: first } : { namespace: first, name: second };
      const title = `pod ${pod.namespace}/${pod.name}`;
      const response = await client.get(podPath({ ...pod, uid: undefined }), deadline);
      if (response.kind === 'ok') return readPod(response.body, pod);
      const fault = noPod(title, response);
      if (names.length === 1) throw fault;
      return { ...pod, place: undefined, fault };
    }),
  );
}

function noPod(title: string, response: Exclude<KubeResponse, { kind: 'ok' }>): CniError {
  switch (response.kind) {
    case 'absent':
      return new CniError(ErrorCode.invalidConfig, `the API server does not know ${title}`, 'write namespace/name');
    case 'refused':
      return new CniError(ErrorCode.invalidConfig, `cannot read ${title}: ${response.message}`);
    case 'unreachable':
      return new CniError(ErrorCode.tryAgain, `cannot read ${title}: ${response.cause}`);
  }
}

async function listed(client: KubeClient, { namespace }: PodChoice, deadline: AbortSignal): Promise<AskedPod[]> {
  const folder = namespace === undefined ? '/api/v1' : `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const listing = { listPath: `${folder}/pods`, fieldSelector: undefined, deadline, trim: () => undefined };
  const { items } = await listObjects(client, listing).catch((cause: unknown) => {
    throw new CniError(ErrorCode.tryAgain, `cannot list the pods: ${errorText(cause)}`, '', { cause });
  });
  return items.map((item) =>
    readPod(item, { namespace: item.metadata?.namespace ?? 'default', name: item.metadata?.name ?? '' }),
  );
}
