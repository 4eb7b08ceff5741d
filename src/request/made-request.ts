/** Requests that no runtime has made, for who plans or tries what one would ask for. Pure. */
import type { Environment } from '../environment/environment.ts';
import type { JsonObject } from '../schema/json.ts';
import type { PodIdentity } from './cni-args.ts';
import { type CniRequest, parseRequest } from './cni-request.ts';

/** What differs from one to the other; the interface is always `eth0`. */
export interface MadeCall {
  readonly verb: CniRequest['verb'];
  readonly containerId: string;
  readonly netns: string;
  readonly searchPath: readonly string[];
  /** CNI_ARGS; without, none. */
  readonly args?: string;
  /** Our plugin's object, with all that a runtime adds to it. */
  readonly raw: JsonObject;
}

/** The request, read as any other. Throws: what `parseRequest` does. */
export function madeRequest({ verb, containerId, netns, searchPath, args = '', raw }: MadeCall): CniRequest {
  const variables = {
    CNI_COMMAND: verb,
    CNI_CONTAINERID: containerId,
    CNI_NETNS: netns,
    CNI_IFNAME: 'eth0',
    CNI_PATH: searchPath.join(':'),
    CNI_ARGS: args,
  };
  const request = parseRequest(madeEnvironment(variables, JSON.stringify(raw)));
  if (!request) throw new Error(`${verb} is no request`);
  return request;
}

/** Surroundings with nothing but these variables and this on standard input. */
export function madeEnvironment(variables: Environment['variables'], stdin: string): Environment {
  return { variables, argv: [], program: [], readStdin: () => stdin, isOwnNetns: () => false };
}

/** The pairs of CNI_ARGS as containerd has them, in its order. */
export function runtimeArgs(pod: PodIdentity | undefined, containerId: string): Readonly<Record<string, string>> {
  return {
    IgnoreUnknown: '1',
    ...(pod && {
      K8S_POD_NAMESPACE: pod.namespace,
      K8S_POD_NAME: pod.name,
      K8S_POD_INFRA_CONTAINER_ID: containerId,
    }),
    ...(pod?.uid !== undefined && { K8S_POD_UID: pod.uid }),
  };
}

/** CNI_ARGS of pairs. */
export function argsText(args: Readonly<Record<string, string>>): string {
  return Object.entries(args)
    .map(([key, value]) => `${key}=${value}`)
    .join(';');
}
