/** A whole collection, page by page, so that a large one needs the memory of a page only. */
import type { KubernetesListObject, KubernetesObject } from '@kubernetes/client-node';
import * as z from 'zod/mini';
import type { KubeClient } from '../../kube/kube-client.ts';

const PAGE_OBJECTS = 500;
/** A page that is too large to be read is asked for again as a smaller one. */
const SHRINK = 8;

const pageShape = z.object({
  metadata: z.optional(z.object({ continue: z.optional(z.string()), resourceVersion: z.optional(z.string()) })),
  items: z.nullish(z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) }))),
});

/** What to list. */
export interface Listing {
  readonly listPath: string;
  readonly fieldSelector: string | undefined;
  readonly deadline: AbortSignal;
  /** Takes away of an object, in place, what is not kept. */
  readonly trim: (object: KubernetesObject) => void;
}

/** The server's refusal, with its HTTP status as client-node's errors have it. */
class RefusedError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** Lists it. Throws: Error with what the server answered, when that is no list; with `statusCode` when it refused. */
export async function listObjects(
  client: KubeClient,
  listing: Listing,
): Promise<KubernetesListObject<KubernetesObject>> {
  const items: KubernetesObject[] = [];
  let size = PAGE_OBJECTS;
  for (let place = ''; ; ) {
    const page = await readPage(client, listing, { place, size });
    if (page === 'too large') {
      size = Math.floor(size / SHRINK);
      continue;
    }
    for (const item of page.items ?? []) {
      listing.trim(item);
      items.push(item);
    }
    place = page.metadata?.continue ?? '';
    if (place === '') return { metadata: { resourceVersion: page.metadata?.resourceVersion ?? '' }, items };
  }
}

async function readPage(
  client: KubeClient,
  { listPath, fieldSelector, deadline }: Listing,
  { place, size }: { place: string; size: number },
) {
  const query = new URLSearchParams({ limit: String(size) });
  if (fieldSelector !== undefined) query.set('fieldSelector', fieldSelector);
  if (place !== '') query.set('continue', place);
  const response = await client.get(`${listPath}?${query}`, deadline);
  switch (response.kind) {
    case 'ok':
      return pageShape.parse(response.body);
    case 'absent':
      throw new RefusedError(404, 'the API server does not know this resource');
    case 'refused':
      throw new RefusedError(response.status, response.message);
    case 'unreachable':
      if (response.isTooLarge && size >= SHRINK) return 'too large';
      throw new Error(response.cause);
  }
}
