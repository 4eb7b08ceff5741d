import { expect, test } from 'vitest';
import { judgeAttempt } from '../../src/kube/judge-attempt.ts';
import type { Answer, Attempt } from '../../src/kube/send-request.ts';

function answered(answer: Partial<Answer>): Extract<Attempt, { kind: 'answered' }> {
  return { kind: 'answered', answer: { status: 200, text: '', retryAfter: '', contentType: '', ...answer } };
}

const status = (message: string): string => JSON.stringify({ kind: 'Status', message });

test.for([
  [
    { status: 200, text: '{"a":1}' },
    { kind: 'final', response: { kind: 'ok', body: { a: 1 } } },
  ],
  [
    { status: 201, text: '[]' },
    { kind: 'final', response: { kind: 'ok', body: [] } },
  ],
  [
    { status: 404, text: status('gone') },
    { kind: 'final', response: { kind: 'absent' } },
  ],
  [
    { status: 404, text: '{"kind":"Status","reason":"NotFound","details":{"name":"a","kind":"pods"}}' },
    { kind: 'final', response: { kind: 'absent' } },
  ],
  [
    { status: 404, text: '{"kind":"Status","reason":"NotFound","details":{}}' },
    { kind: 'final', response: { kind: 'absent', isResourceUnknown: true } },
  ],
  [
    { status: 404, text: '404 page not found\n' },
    { kind: 'final', response: { kind: 'absent', isResourceUnknown: true } },
  ],
  [
    { status: 422, text: status('bad') },
    { kind: 'final', response: { kind: 'refused', status: 422, message: 'status 422: bad' } },
  ],
  [
    { status: 403, text: '\n<html>\r\nmore' },
    { kind: 'final', response: { kind: 'refused', status: 403, message: 'status 403: <html>' } },
  ],
  [{ status: 302 }, { kind: 'hopeless', problem: 'status 302: this is not how an API server answers' }],
  [{ status: 408 }, { kind: 'again', problem: 'status 408' }],
  [
    { status: 503, retryAfter: '2' },
    { kind: 'again', problem: 'status 503; it asks to wait 2 s', waitMs: 2000 },
  ],
  [
    { status: 429, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' },
    { kind: 'again', problem: 'status 429' },
  ],
  [
    { status: 429, retryAfter: '0' },
    { kind: 'again', problem: 'status 429' },
  ],
] as const)('the answer %j is %j', ([answer, verdict]) => {
  expect(judgeAttempt(answered(answer))).toEqual(verdict);
});

test.for([
  ['ECONNRESET', 'again'],
  ['ENOTFOUND', 'again'],
  ['', 'again'],
  ['CERT_HAS_EXPIRED', 'hopeless'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'hopeless'],
  ['ERR_OSSL_PEM_BAD_BASE64_DECODE', 'hopeless'],
] as const)('the error code %j is %s', ([code, kind]) => {
  expect(judgeAttempt({ kind: 'broken', code, message: 'words', isSetup: false }).kind).toBe(kind);
});
