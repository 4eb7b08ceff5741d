/**
 * Asking an API server until it gives a final answer, whatever carries the question there.
 *
 * In: a way to send a call once. Out: a client that asks until it has a final answer or the caller's deadline passes, with
 * short pauses in between. A PATCH is repeated like a GET: a merge patch that has been applied already changes nothing.
 * Holds no timer after `close`.
 */
import { deriveBackOffMs, pause } from './back-off.ts';
import { judgeAttempt } from './judge-attempt.ts';
import type { KubeClient, KubeResponse } from './kube-client.ts';
import type { Attempt, Call } from './send-request.ts';

/** The way to one server. `server`: its URL, for messages. */
export interface Way {
  readonly server: string;
  readonly send: (call: Call, stop: AbortSignal) => Promise<Attempt>;
  readonly close: () => void;
}

/** The client on top of a way to the server. */
export class AskingClient implements KubeClient {
  readonly #way: Way;
  readonly #underWay = new Set<AbortController>();
  #isClosed = false;

  constructor(way: Way) {
    this.#way = way;
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
    this.#way.close();
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
    const where = `${call.method} ${this.#way.server}${call.path}`;
    let attempts = 0;
    let last = '';
    let isSilent = false;
    while (!stop.aborted) {
      attempts += 1;
      const attempt = await this.#way.send(call, stop);
      if (attempt.kind === 'stopped') {
        isSilent = last === '' && !this.#isClosed;
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
    const response = unreachable(`${where}: ${why} (${count(attempts)}${last === '' ? '' : `; last: ${last}`})`);
    return isSilent ? { ...response, isSilent } : response;
  }
}

function located(response: KubeResponse, where: string): KubeResponse {
  return response.kind === 'refused' ? { ...response, message: `${where}: ${response.message}` } : response;
}

function unreachable(cause: string): Extract<KubeResponse, { kind: 'unreachable' }> {
  return { kind: 'unreachable', cause };
}

function count(attempts: number): string {
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
}
