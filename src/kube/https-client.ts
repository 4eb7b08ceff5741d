/**
 * The client of the API server: the adapter of the `KubeClient` port, on Node's own modules.
 *
 * In: an access. Out: a client that asks as `asking-client.ts` does. It works on Node and when compiled by Bun. Touches the
 * network; holds no connection after `close`.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { AskingClient } from './asking-client.ts';
import type { KubeAccess } from './kube-access.ts';
import type { KubeClient } from './kube-client.ts';
import { sendRequest } from './send-request.ts';

/**
 * Requests in sequence share one connection: `lifo` hands out the one used last. HTTP/1.1 answers one request at a
 * time, so concurrent ones need more; four serve a pod and its definitions without a burst of handshakes for each pod.
 */
const CONNECTIONS = 4;

/**
 * Opens a client; no connection is made before the first request, and at most `connections` at once. Close it, or the
 * process may not end.
 */
export function openKubeClient(access: KubeAccess, connections = CONNECTIONS): KubeClient {
  const line = { access, agent: openAgent(access, connections) };
  return new AskingClient({
    server: access.server,
    send: (call, stop) => sendRequest(line, call, stop),
    close: () => line.agent.destroy(),
  });
}

function openAgent(access: KubeAccess, maxSockets: number): HttpAgent {
  const options = { keepAlive: true, maxSockets, maxFreeSockets: CONNECTIONS, scheduling: 'lifo' } as const;
  // The agent that client-node makes for a proxy keeps no connection alive unless told.
  if (access.proxyAgent !== undefined) return Object.assign(access.proxyAgent, options);
  return access.server.startsWith('http:')
    ? new HttpAgent(options)
    : new HttpsAgent({
        // Said explicitly, so that no variable of the environment can switch the check off.
        ...options,
        rejectUnauthorized: true,
        ...access.tls,
      });
}
