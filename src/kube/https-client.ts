/**
 * The client of the API server: the adapter of the `KubeClient` port, on Node's own modules.
 *
 * In: an access. Out: a client that asks until it has a final answer or the caller's deadline passes, with short
 * pauses in between. A PATCH is repeated like a GET: a merge patch that has been applied already changes nothing. It
 * works on Node and when compiled by Bun. Touches the network; holds no timer and no connection after `close`.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { deriveBackOffMs, pause } from './back-off.ts';
import { judgeAttempt } from './judge-attempt.ts';
import type { KubeAccess } from './kube-access.ts';
import type { KubeClient, KubeResponse } from './kube-client.ts';
import { type Call, type Line, sendRequest } from './send-request.ts';

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
  return new HttpsKubeClient(access, connections);
}

class HttpsKubeClient implements KubeClient {
  readonly #line: Line;
  readonly #underWay = new Set<AbortController>();
  #isClosed = false;

  constructor(access: KubeAccess, connections: number) {
    this.#line = { access, agent: openAgent(access, connections) };
  }

  get(path: string, deadline: AbortSignal): Promise<KubeResponse> {
    return this.#ask({ method: 'GET', path }, deadline);
  }

  mergePatch(path: string, body: unknown, deadline: AbortSignal): Promise<KubeResponse> {
    return this.#ask({ method: 'PATCH', path, body: JSON.stringify(body) }, deadline);
  }

  close(): void {
    this.#isClosed = true;
    for (const controller of this.#underWay) controller.abort();
    this.#line.agent.destroy();
  }

  async #ask(call: Call, deadline: AbortSignal): Promise<KubeResponse> {
    // One signal for the deadline and `close`, with no listener left behind on a deadline that outlives the request.
    const controller = new AbortController();
    const onDeadline = (): void => controller.abort();
    if (deadline.aborted || this.#isClosed) controller.abort();
    deadline.addEventListener('abort', onDeadline, { once: true });
    this.#underWay.add(controller);
    try {
      return await this.#askUntil(call, controller.signal);
    } finally {
      this.#underWay.delete(controller);
      deadline.removeEventListener('abort', onDeadline);
    }
  }

  async #askUntil(call: Call, stop: AbortSignal): Promise<KubeResponse> {
    const where = `${call.method} ${this.#line.access.server}${call.path}`;
    let attempts = 0;
    let last = '';
    while (!stop.aborted) {
      attempts += 1;
      const attempt = await sendRequest(this.#line, call, stop);
      if (attempt.kind === 'stopped') {
        last = last === '' ? 'no answer came' : `${last}, then no answer came`;
        break;
      }
      const verdict = judgeAttempt(attempt);
      if (verdict.kind === 'final') return located(verdict.response, where);
      if (verdict.kind === 'hopeless') {
        const cause = `${where}: ${verdict.problem} (${count(attempts)})`;
        return verdict.isTooLarge ? { kind: 'unreachable', cause, isTooLarge: true } : unreachable(cause);
      }
      last = verdict.problem;
      await pause(verdict.waitMs ?? deriveBackOffMs(attempts, Math.random()), stop);
    }
    const why = this.#isClosed ? 'the client was closed' : 'no final answer before the deadline';
    return unreachable(`${where}: ${why} (${count(attempts)}${last === '' ? '' : `; last: ${last}`})`);
  }
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

function located(response: KubeResponse, where: string): KubeResponse {
  return response.kind === 'refused' ? { ...response, message: `${where}: ${response.message}` } : response;
}

function unreachable(cause: string): KubeResponse {
  return { kind: 'unreachable', cause };
}

function count(attempts: number): string {
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
}
