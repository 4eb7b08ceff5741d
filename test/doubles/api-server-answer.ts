/** What the API server double answers: bodies, codes and wordings as kube-apiserver has them. Pure. */
import { qualifiedResource, type ResourceRequest } from './api-server-request.ts';

/** One HTTP answer; `body` is sent as JSON unless it is a string, which goes out as plain text. */
export interface Answer {
  readonly code: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Failure {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: object;
}

function failure({ code, reason, message, details }: Failure): Answer {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason };
  return { code, body: { ...status, ...(details === undefined ? {} : { details }), code } };
}

function detailsOf(request: ResourceRequest): object {
  const group = request.group === '' ? {} : { group: request.group };
  return { ...(request.name === '' ? {} : { name: request.name }), ...group, kind: request.resource };
}

/** 401: the token or certificate is not known. */
export function unauthorized(): Answer {
  return failure({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

/** 403: known user, no rule that allows it. */
export function forbidden(request: ResourceRequest, user: string): Answer {
  const { subresource, resource, namespace, name } = request;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const subject = `${qualifiedResource(request)}${name === '' ? '' : ` "${name}"`}`;
  const rule = `User "${user}" cannot ${request.verb} resource "${what}" in API group "${request.group}" ${where}`;
  return failure({
    code: 403,
    reason: 'Forbidden',
    message: `${subject} is forbidden: ${rule}`,
    details: detailsOf(request),
  });
}

/** 404: the resource is served, the object is not there. */
export function notFound(request: ResourceRequest): Answer {
  const message = `${qualifiedResource(request)} "${request.name}" not found`;
  return failure({ code: 404, reason: 'NotFound', message, details: detailsOf(request) });
}

/** 404 in plain text: no such path, or a custom resource whose definition is not installed. */
export function pageNotFound(): Answer {
  return { code: 404, body: '404 page not found\n' };
}

/** 409: the patch carries a resourceVersion other than the stored one. */
export function conflict(request: ResourceRequest): Answer {
  const reason = 'the object has been modified; please apply your changes to the latest version and try again';
  const message = `Operation cannot be fulfilled on ${qualifiedResource(request)} "${request.name}": ${reason}`;
  return failure({ code: 409, reason: 'Conflict', message, details: detailsOf(request) });
}

/**
 * 422: the patch carries a metadata.uid other than the stored one. A PATCH has no precondition on the uid (only PUT
 * and DELETE have, with 409): the patched object goes to validation, where the uid is an immutable field.
 */
export function uidIsImmutable(request: ResourceRequest, kind: string, uid: string): Answer {
  const problem = `Invalid value: "${uid}": field is immutable`;
  const details = {
    name: request.name,
    ...(request.group === '' ? {} : { group: request.group }),
    kind,
    causes: [{ reason: 'FieldValueInvalid', message: problem, field: 'metadata.uid' }],
  };
  const subject = `${request.group === '' ? kind : `${kind}.${request.group}`} "${request.name}"`;
  return failure({ code: 422, reason: 'Invalid', message: `${subject} is invalid: metadata.uid: ${problem}`, details });
}

/** 400: the body of a patch is no JSON object. */
export function badRequest(message: string): Answer {
  return failure({ code: 400, reason: 'BadRequest', message });
}

/** 400: custom resources are selected by name and namespace only; the double takes one of the two at a time. */
export function unsupportedField(selector: string): Answer {
  return badRequest(`field label not supported: ${selector.split('=')[0]}`);
}

/** 410: the resourceVersion is older than what the server remembers. */
export function expired(): Answer {
  return failure({ code: 410, reason: 'Expired', message: 'too old resource version: 1 (2)' });
}

/** 405: the double serves no such verb. */
export function methodNotAllowed(): Answer {
  const message = 'the server does not allow this method on the requested resource';
  return failure({ code: 405, reason: 'MethodNotAllowed', message, details: {} });
}

/** 415: a patch type that is none of the server's, or (here) any but the JSON merge patch. */
export function unsupportedPatchType(): Answer {
  const accepted = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  return failure({ code: 415, reason: 'UnsupportedMediaType', message });
}

/** A fault asked for by a test: 429 and the 5xx have the bodies of the real ones. `retryAfterSeconds` as a header. */
export function faultAnswer(code: number, retryAfterSeconds?: number): Answer {
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  // Priority and fairness rejects before any API machinery, so its body is plain text.
  if (code === 429) return { code, body: 'Too many requests, please try again later.\n', headers };
  const known: Readonly<Record<number, readonly [string, string]>> = {
    500: ['InternalError', 'Internal error occurred: etcdserver: leader changed'],
    503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
    504: ['Timeout', 'Timeout: request did not complete within the allotted timeout'],
  };
  const [reason, message] = known[code] ?? ['', `status ${code} was asked for by a test`];
  return { ...failure({ code, reason, message }), headers };
}
