/** What the helper `braid-netns` says of a network namespace: its answer's shape, documented in `src/netns/`. Pure. */
import * as z from 'zod/mini';

/** The helper's file name in the CNI bin folder. */
export const NAMESPACE_HELPER = 'braid-netns';

const factsShape = z.object({
  links: z.array(z.object({ name: z.string(), mac: z.optional(z.string()) })),
  addresses: z.array(z.object({ dev: z.string(), address: z.string() })),
  routes: z.array(z.object({ dst: z.string(), dev: z.string(), gateway: z.optional(z.string()) })),
});

/** Links, addresses with prefix length, and the unicast routes of the main table; all addresses are canonical. */
export type NamespaceFacts = z.infer<typeof factsShape>;

/** Reads the helper's answer. Throws: Error when it is none. */
export function parseNamespaceFacts(text: string): NamespaceFacts {
  const parsed = factsShape.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error('not the facts of a namespace');
  return parsed.data;
}
