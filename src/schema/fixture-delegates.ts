/** The part of a fixture that says what its plugins answer. Pure; `demo` has it in a file of its own. */
import * as z from 'zod/mini';

const jsonObject = z.record(z.string(), z.unknown());
const BODIES = ['result', 'addresses', 'error', 'stdout'] as const;
const ENDS = ['exit', 'signal', 'hang', 'notStarted', 'overflow'] as const;

const answer = z
  .strictObject({
    /** Printed as it is. */
    result: z.optional(jsonObject),
    /** An ordinary result: one interface with these addresses, in the version that the plugin was asked in. */
    addresses: z.optional(z.array(z.string())),
    /** The gateway of the address of its family; makes a default route where there is none in `routes`. */
    gateway: z.optional(z.string()),
    mac: z.optional(z.string()),
    routes: z.optional(z.array(jsonObject)),
    /** Printed as a CNI error, with exit status 1. */
    error: z.optional(z.strictObject({ code: z.int(), msg: z.optional(z.string()), details: z.optional(z.string()) })),
    /** Printed as it is, for what is no JSON. */
    stdout: z.optional(z.string()),
    stderr: z.optional(z.string()),
    exit: z.optional(z.int().check(z.minimum(0), z.maximum(255))),
    /** The plugin dies by it. */
    signal: z.optional(z.string().check(z.regex(/^SIG[A-Z0-9]+$/, 'must be the name of a signal, such as SIGSEGV'))),
    /** True: no end before the deadline. */
    hang: z.optional(z.literal(true)),
    /** The kernel does not start it, for this reason. */
    notStarted: z.optional(z.string().check(z.minLength(1))),
    /** True: it prints more than is taken of a plugin. */
    overflow: z.optional(z.literal(true)),
    delayMs: z.optional(z.int().check(z.minimum(0), z.maximum(60_000))),
  })
  .check(
    z.refine((given) => count(given, BODIES) <= 1, `can have one of ${BODIES.join(', ')}`),
    z.refine((given) => count(given, ENDS) <= 1, `can have one of ${ENDS.join(', ')}`),
    z.refine(
      (given) => given.addresses !== undefined || count(given, ['gateway', 'mac', 'routes']) === 0,
      'has "gateway", "mac" or "routes", which only go with "addresses"',
    ),
  );

/** One answer for every call, or one for each; the last one holds for all that come after. */
const answers = z.optional(z.union([answer, z.array(answer).check(z.minLength(1))]));

const delegate = z.strictObject({
  ADD: answers,
  DEL: answers,
  CHECK: answers,
  GC: answers,
  STATUS: answers,
  VERSION: answers,
  /** Of the helper `braid-netns` alone, which has no verb. */
  RUN: answers,
});

/** In the place of answers: the plugin itself runs. */
export const REAL = 'real';

/** By the plugin's `type`, or `NETWORK/TYPE` where one plugin serves several networks. */
export const delegates = z.record(
  z.string(),
  z.union([z.literal(REAL), delegate], `must be answers by verb, or "${REAL}"`),
);

export type FixtureDelegates = z.infer<typeof delegates>;
export type DelegateAnswer = z.infer<typeof answer>;
export type DelegateVerb = keyof z.infer<typeof delegate>;

function count(given: Readonly<Record<string, unknown>>, keys: readonly string[]): number {
  return keys.filter((key) => given[key] !== undefined).length;
}
