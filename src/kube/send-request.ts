/**
 * One HTTP exchange with the API server, without any judgement on it.
 *
 * In: where to, what, and a signal to give up. Out: the status and the text that came back, or why none did; never an
 * exception. Touches the network.
 */
import { type Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { KubeAccess } from './kube-access.ts';

/** Lists of a large cluster come to a few MiB; anything beyond is not what was asked for. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** A request; `body` is JSON text. */
export interface Call {
  readonly method: 'GET' | 'PATCH';
  readonly path: string;
  readonly body?: string;
}

/** The connection a call goes out on. */
export interface Line {
  readonly access: KubeAccess;
  readonly agent: Agent;
}

/** What one attempt came to. */
export type Attempt =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** The connection could not be made, broke, or (`isSetup`) could not even be tried. `code`: Node's error code. */
  | { readonly kind: 'broken'; readonly code: string; readonly message: string; readonly isSetup: boolean }
  | { readonly kind: 'oversized' }
  | { readonly kind: 'stopped' };

/** A whole HTTP answer. `retryAfter` and `contentType` are header values, empty when there is none. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string;
  readonly contentType: string;
}

/** Sends the call once; resolves with the first thing that happens of answer, error and `stop`. */
export function sendRequest({ access, agent }: Line, call: Call, stop: AbortSignal): Promise<Attempt> {
  const { promise, resolve } = Promise.withResolvers<Attempt>();
  if (stop.aborted) return Promise.resolve({ kind: 'stopped' });
  const sent = open({ access, agent }, call);
  if ('kind' in sent) return Promise.resolve(sent);
  const onStop = (): void => resolve({ kind: 'stopped' });
  stop.addEventListener('abort', onStop, { once: true });
  sent.on('response', (response) => collect(response, resolve));
  sent.on('error', (error) => resolve(broken(error, false)));
  sent.end(call.body);
  return promise.then((attempt) => {
    stop.removeEventListener('abort', onStop);
    // An answer that was read to its end leaves the connection to the next request; anything else must not.
    if (attempt.kind !== 'answered') sent.destroy();
    return attempt;
  });
}

function open({ access, agent }: Line, call: Call): ClientRequest | Attempt {
  const url = new URL(`${access.server}${call.path}`);
  const headers = { ...access.headers, ...headersOf(call) };
  try {
    return (url.protocol === 'http:' ? requestHttp : requestHttps)(url, { method: call.method, agent, headers });
  } catch (error) {
    // Certificates or keys that cannot be used are thrown here.
    return broken(error, true);
  }
}

function headersOf(call: Call): Record<string, string | number> {
  const common = { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'braid' };
  if (call.body === undefined) return common;
  const length = Buffer.byteLength(call.body);
  return { ...common, 'content-type': 'application/merge-patch+json', 'content-length': length };
}

function collect(response: IncomingMessage, resolve: (attempt: Attempt) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) resolve({ kind: 'oversized' });
    else chunks.push(chunk);
  });
  response.on('end', () => {
    const { 'retry-after': retryAfter = '', 'content-type': contentType = '' } = response.headers;
    const text = Buffer.concat(chunks).toString();
    resolve({ kind: 'answered', answer: { status: response.statusCode ?? 0, text, retryAfter, contentType } });
  });
  response.on('error', (error) => resolve(broken(error, false)));
  // "end" comes only after a whole body, and comes first; so this one counts when the body was cut off.
  response.on('close', () => resolve(broken(new Error('the connection broke in the middle of the answer'), false)));
}

function broken(error: unknown, isSetup: boolean): Attempt {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return { kind: 'broken', code, message: error instanceof Error ? error.message : String(error), isSetup };
}
