/** An ordinary call in the sandbox: what the fuzzed ones differ from, and what cleans up after them. */
import type { Call } from './braid-in-process.ts';
import { jsonText } from './odd-json.ts';
import type { Sandbox } from './sandbox.ts';

/** The annotations capability under which runtimes hand the pod's annotations over. */
const ANNOTATIONS = 'io.kubernetes.cri.pod-annotations';

/** The configuration of an ordinary call; `rest` wins. */
export function ordinaryConfig(sandbox: Sandbox, rest: object = {}): object {
  return {
    cniVersion: '1.1.0',
    name: 'braid',
    type: 'braid',
    confDir: sandbox.confDir,
    stateDir: sandbox.stateDir,
    runtimeConfig: { [ANNOTATIONS]: { cni: 'front,storage' }, mac: '02:00:00:00:00:01' },
    'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'eth0' }],
    ...rest,
  };
}

/** The variables of an ordinary call. */
export function ordinaryVariables(sandbox: Sandbox, verb: string): Record<string, string> {
  return {
    CNI_COMMAND: verb,
    CNI_CONTAINERID: 'c1',
    CNI_NETNS: '/run/netns/pod',
    CNI_IFNAME: 'eth0',
    CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web',
    CNI_PATH: sandbox.binDir,
  };
}

/** An ordinary call of `verb`; `config` wins. */
export function ordinaryCall(sandbox: Sandbox, verb: string, config: object = {}): Call {
  return { variables: ordinaryVariables(sandbox, verb), stdin: jsonText(ordinaryConfig(sandbox, config)) };
}

/** The pod's annotation `cni` as the runtime hands it over. */
export function annotated(cni: unknown): object {
  return { runtimeConfig: { [ANNOTATIONS]: { cni } } };
}
