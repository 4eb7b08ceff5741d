/** The key `record` of the node's configuration: which requests are recorded, and where. Pure. */
import * as z from 'zod/mini';
import { absolutePath } from './key-values.ts';

const verbs = z.array(z.enum(['ADD', 'DEL', 'CHECK', 'GC', 'STATUS'])).check(z.minLength(1));

/** Strict: what is recorded must be what was asked for. */
export const recordKeys = z.strictObject({
  /** How many requests, at most; then it is over. */
  requests: z._default(z.int().check(z.minimum(1), z.maximum(10_000)), 100),
  /** Without it STATUS is not recorded, which a runtime asks for every few seconds. */
  verbs: z._default(verbs, ['ADD', 'DEL', 'CHECK', 'GC']),
  /** Only requests for pods that have all of these labels. */
  podLabels: z.optional(
    z.record(z.string(), z.string()).check(z.refine((labels) => Object.keys(labels).length > 0, 'must not be empty')),
  ),
  /** Where bundles go; without it, `recordings` in `stateDir`. */
  folder: z.optional(absolutePath),
});
