import type { Environment } from '../../src/environment/environment.ts';
import { type CniRequest, parseRequest } from '../../src/request/cni-request.ts';

/** A process' surroundings with these variables and this stdin; stdin that must not be read is `undefined`. */
export function environmentOf(
  variables: Record<string, string>,
  stdin: string | undefined,
  isOwnNetns: (path: string) => boolean = () => false,
): Environment {
  return {
    variables,
    argv: [],
    program: ['/opt/cni/bin/braid'],
    readStdin() {
      if (stdin === undefined) throw new Error('stdin must not be touched');
      return stdin;
    },
    isOwnNetns,
  };
}

/** The variables of a complete request. */
export const COMPLETE = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: 'c1',
  CNI_NETNS: '/run/netns/pod',
  CNI_IFNAME: 'eth0',
  CNI_ARGS: 'K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0;K8S_POD_UID=u1',
  CNI_PATH: '/opt/cni/bin',
};

/** A checked request: ADD at 1.1.0 unless told otherwise. */
export function requestOf(variables: Record<string, string> = {}, config: Record<string, unknown> = {}): CniRequest {
  const stdin = JSON.stringify({ cniVersion: '1.1.0', name: 'braid', type: 'braid', ...config });
  const request = parseRequest(environmentOf({ ...COMPLETE, ...variables }, stdin));
  if (!request) throw new Error('VERSION is no request');
  return request;
}
