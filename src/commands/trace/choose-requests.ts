/** Which requests somebody wants to see. Pure. */
import type { TracedRequest } from './traced-request.ts';

/** What they must be; members that are absent demand nothing. */
export interface Wanted {
  /** The beginning of the container's id. */
  readonly containerId?: string;
  /** `namespace/name`, or a name alone. */
  readonly pod?: string;
  /** Those that took so long at the least, in ms. */
  readonly slow?: number;
  /** Those only that failed, or a plugin of which did. */
  readonly failed?: boolean;
}

/** The requests that are wanted, in their order. */
export function chooseRequests(requests: readonly TracedRequest[], wanted: Wanted): TracedRequest[] {
  const { containerId = '', pod, slow = 0, failed = false } = wanted;
  return requests.filter(
    (request) =>
      request.containerId.startsWith(containerId) &&
      (pod === undefined || isPod(request, pod)) &&
      request.durationMs >= slow &&
      (!failed || hasFailed(request)),
  );
}

/** Whether it or anything below it failed. */
export function hasFailed({ error, spans }: TracedRequest): boolean {
  return error !== undefined || spans.some((span) => span.error !== undefined);
}

function isPod({ pod }: TracedRequest, wanted: string): boolean {
  return wanted.includes('/') ? pod === wanted : pod.endsWith(`/${wanted}`);
}
