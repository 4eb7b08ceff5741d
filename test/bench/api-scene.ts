/** The instant scene with an API server double beside it: pods whose annotations and definitions must be asked for. */
import { join } from 'node:path';
import { type ApiServer, startApiServer } from '../doubles/api-server.ts';
import { NODE_NAME } from './resident-agent.ts';
import { type Base, type BenchScene, instantList, instantScene, type PodRequest } from './scene.ts';

/** The scene, the double, and the kubeconfig of its client. */
export interface ApiScene extends BenchScene {
  readonly api: ApiServer;
  readonly kubeconfig: string;
  dispose(): Promise<void>;
}

const NAMESPACE = 'shop';
const UID = 'u1';

/** Makes it; the double speaks TLS and is in this process, which has nothing else to do while a form runs. */
export async function apiScene(base: Base): Promise<ApiScene> {
  const scene = instantScene(base);
  const api = await startApiServer();
  const kubeconfig = api.writeKubeconfig(join(scene.node.dir, 'kube'), { auth: 'tokenFile', format: 'json' });
  const dispose = async () => {
    await api.stop();
    scene.node.dispose();
  };
  return { ...scene, api, kubeconfig, nodeConfig: { kubeconfig }, dispose };
}

/** A pod whose `count` networks all are definitions; only the API server knows its annotations. */
export function podOfDefinitions({ api, kubeconfig }: ApiScene, count: number): PodRequest {
  const names = Array.from({ length: count }, (_, index) => `d${index + 1}`);
  for (const name of names) putDefinition(api, name);
  const [first = '', ...others] = names;
  const annotations = {
    'v1.multus-cni.io/default-network': `${NAMESPACE}/${first}`,
    ...(others.length === 0 ? {} : { 'k8s.v1.cni.cncf.io/networks': others.join(',') }),
  };
  return podOnServer({ api, kubeconfig }, `definitions-${count}`, annotations);
}

/** A pod whose annotations only the API server knows. */
export function podOnServer(
  { api, kubeconfig }: Pick<ApiScene, 'api' | 'kubeconfig'>,
  name: string,
  annotations: Readonly<Record<string, string>>,
): PodRequest {
  const spec = { nodeName: NODE_NAME, containers: [{ name: 'main', image: 'pause' }] };
  api.putPod({ namespace: NAMESPACE, name, uid: UID, annotations, spec });
  return {
    containerId: name,
    args: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${NAMESPACE};K8S_POD_NAME=${name};K8S_POD_UID=${UID}`,
    config: { kubeconfig },
  };
}

/** A definition of a network whose plugin answers at once. */
export function putDefinition(api: ApiServer, name: string): void {
  api.putObject(`/apis/k8s.cni.cncf.io/v1/namespaces/${NAMESPACE}/network-attachment-definitions/${name}`, {
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: { namespace: NAMESPACE, name },
    spec: { config: JSON.stringify(instantList(name)) },
  });
}
