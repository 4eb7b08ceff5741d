/** The faults a test can ask the API server double for, and how each is done to a request. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Answer, faultAnswer } from './api-server-answer.ts';

/** A status code answered `times` times; `retryAfterSeconds` goes out as a Retry-After header. */
export interface StatusFault {
  readonly code: number;
  readonly times: number;
  readonly retryAfterSeconds?: number;
}

/** Set any of these at any time. The numbers but `latencyMs` count down, one a request; 0 is no fault. */
export interface Faults {
  latencyMs: number;
  /** Connections to break with RST in place of an answer. */
  reset: number;
  /** Requests that never get an answer. */
  hang: number;
  /** Answers cut off in the middle of the body. */
  truncate: number;
  /** Answers 200 with a body that is no JSON. */
  garbage: number;
  /** Answers 200 with a JSON body of so many bytes, once. */
  hugeBytes: number;
  status: StatusFault;
}

/** No fault at all. */
export function noFaults(): Faults {
  return { latencyMs: 0, reset: 0, hang: 0, truncate: 0, garbage: 0, hugeBytes: 0, status: { code: 200, times: 0 } };
}

/** What is to be done with a request: answer as usual, answer `answer` instead, or nothing more (`done`). */
export type FaultOutcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'done' };

/** The request that a fault is done to. `connection` is the TCP socket: one under TLS cannot be reset from above. */
export interface FaultVictim {
  readonly connection: Socket | undefined;
  readonly response: ServerResponse;
}

/** Does to a request the first fault that is set, after the latency. */
export async function applyFaults(faults: Faults, { connection, response }: FaultVictim): Promise<FaultOutcome> {
  if (faults.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, faults.latencyMs));
  if (takeOne(faults, 'reset')) {
    connection?.resetAndDestroy();
    return { kind: 'done' };
  }
  if (takeOne(faults, 'hang')) return { kind: 'done' };
  if (takeOne(faults, 'truncate')) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
    response.write('{"kind":"Pod",', () => response.destroy());
    return { kind: 'done' };
  }
  if (takeOne(faults, 'garbage')) return { kind: 'answer', answer: { code: 200, body: '<html>Sign in</html>' } };
  return takeHuge(faults) ?? takeStatus(faults);
}

function takeHuge(faults: Faults): FaultOutcome | undefined {
  if (faults.hugeBytes === 0) return undefined;
  const body = { kind: 'Pod', padding: 'x'.repeat(faults.hugeBytes) };
  faults.hugeBytes = 0;
  return { kind: 'answer', answer: { code: 200, body } };
}

function takeStatus(faults: Faults): FaultOutcome {
  const { code, times, retryAfterSeconds } = faults.status;
  if (times === 0) return { kind: 'none' };
  faults.status = { ...faults.status, times: times - 1 };
  return { kind: 'answer', answer: faultAnswer(code, retryAfterSeconds) };
}

function takeOne(faults: Faults, name: 'reset' | 'hang' | 'truncate' | 'garbage'): boolean {
  if (faults[name] <= 0) return false;
  faults[name] -= 1;
  return true;
}
