/**
 * Is an attempt the final answer, or is it worth another one? Pure.
 *
 * In: what came back. Out: the response for the caller, or the problem in words and, if the server said so, how long to
 * wait. Final: 2xx with JSON, every 4xx but 408 and 429, and what another attempt cannot change, such as a certificate
 * that is not trusted.
 */
import * as z from 'zod/mini';
import type { KubeResponse } from './kube-client.ts';
import { type Answer, type Attempt, MAX_BODY_BYTES } from './send-request.ts';

/** `waitMs`: what the server's Retry-After asks for. */
export type Verdict =
  | { readonly kind: 'final'; readonly response: KubeResponse }
  | { readonly kind: 'hopeless'; readonly problem: string; readonly isTooLarge?: true }
  | { readonly kind: 'again'; readonly problem: string; readonly waitMs?: number };

/** Judges one attempt that came to an end by itself. */
export function judgeAttempt(attempt: Exclude<Attempt, { kind: 'stopped' }>): Verdict {
  switch (attempt.kind) {
    case 'answered':
      return judgeAnswer(attempt.answer);
    case 'oversized':
      return { kind: 'hopeless', problem: `the answer is larger than ${MAX_BODY_BYTES} bytes`, isTooLarge: true };
    case 'broken':
      return judgeBroken(attempt);
  }
}

function judgeAnswer(answer: Answer): Verdict {
  const { status } = answer;
  if (status >= 200 && status < 300) return judgeBody(answer);
  if (status === 404) return { kind: 'final', response: judgeAbsent(answer.text) };
  const problem = `status ${status}${colon(serverMessage(answer.text))}`;
  if (status === 408 || status === 429 || status >= 500) return judgeBusy(answer, problem);
  if (status >= 400) return { kind: 'final', response: { kind: 'refused', status, message: problem } };
  return { kind: 'hopeless', problem: `${problem}: this is not how an API server answers` };
}

function judgeBody({ status, text, contentType }: Answer): Verdict {
  try {
    return { kind: 'final', response: { kind: 'ok', body: JSON.parse(text) } };
  } catch {
    const type = contentType === '' ? '' : ` (${contentType})`;
    return {
      kind: 'hopeless',
      problem: `status ${status} with a body that is not JSON${type}: is this an API server?`,
    };
  }
}

/** Of an object the server says in a Status which one is missing; of a path that it does not serve it says nothing. */
function judgeAbsent(text: string): KubeResponse {
  const status = absentBody.safeParse(parsedJson(text));
  const isObject = status.success && (status.data.details === undefined || status.data.details.name !== undefined);
  return isObject ? { kind: 'absent' } : { kind: 'absent', isResourceUnknown: true };
}

function judgeBusy({ retryAfter }: Answer, problem: string): Verdict {
  // Its other form, a date, is never used by an API server and left to our own back-off.
  if (!/^\d+$/.test(retryAfter) || Number(retryAfter) === 0) return { kind: 'again', problem };
  return { kind: 'again', problem: `${problem}; it asks to wait ${retryAfter} s`, waitMs: Number(retryAfter) * 1000 };
}

function judgeBroken({ code, message, isSetup }: Extract<Attempt, { kind: 'broken' }>): Verdict {
  if (CERTIFICATE_FAULTS.has(code)) {
    const remedy = 'check certificate-authority and tls-server-name';
    return { kind: 'hopeless', problem: `the server's certificate is not accepted: ${message} (${code}): ${remedy}` };
  }
  if (isSetup || code.startsWith('ERR_OSSL') || code === 'ERR_BORINGSSL') {
    return {
      kind: 'hopeless',
      problem: `the connection cannot be set up: ${message}: check the certificates and the key`,
    };
  }
  return { kind: 'again', problem: message === '' ? code : message };
}

/** Node's names for a certificate that failed the check: waiting does not make it trusted. */
const CERTIFICATE_FAULTS: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const statusBody = z.object({ message: z.string() });

const absentBody = z.object({
  kind: z.literal('Status'),
  details: z.optional(z.object({ name: z.optional(z.string()) })),
});

/** The `message` of a Status, or the first line of whatever else it is. */
function serverMessage(text: string): string {
  // What is no Status is not from the API machinery: a proxy, a load balancer, priority and fairness.
  const status = statusBody.safeParse(parsedJson(text));
  if (status.success) return status.data.message;
  return (
    text
      .trimStart()
      .split(/[\r\n]/, 1)[0]
      ?.slice(0, 200) ?? ''
  );
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function colon(message: string): string {
  return message === '' ? '' : `: ${message}`;
}
