/** The part of a fixture that says what a step must come to. Pure. A key that is not there expects nothing; no `error`, success. */
import * as z from 'zod/mini';

const jsonObject = z.record(z.string(), z.unknown());
const pattern = z.string().check(z.refine(isPattern, 'is no regular expression'));
const CALL = /^(ADD|DEL|CHECK|GC|STATUS|VERSION) [^ ]+( [^ ]+)?$/;
const call = z.string().check(z.regex(CALL, 'must be VERB PLUGIN or VERB PLUGIN INTERFACE, such as "ADD bridge eth0"'));

/** A call of a plugin: as text, or with what it must have got. */
const expectedCall = z.union([
  call,
  z
    .strictObject({
      call,
      /** Variables; `stdin`: keys of the configuration. Both may have more, unless `exactly`. */
      env: z.optional(z.record(z.string(), z.string())),
      stdin: z.optional(jsonObject),
      exactly: z.optional(z.boolean()),
    })
    .check(
      z.refine(
        ({ env, stdin, exactly }) => !exactly || env !== undefined || stdin !== undefined,
        'has "exactly", which needs "env" or "stdin"',
      ),
    ),
]);

/** What a step must come to. */
export const expectation = z
  .strictObject({
    /** Braid's answer on stdout. It may have more keys, unless `exactly`; lists are as long as here. */
    result: z.optional(jsonObject),
    exactly: z.optional(z.boolean()),
    /** A pattern of the message, or the parts of the error. */
    error: z.optional(
      z.union([
        pattern,
        z.strictObject({ code: z.optional(z.int()), message: z.optional(pattern), details: z.optional(pattern) }),
      ]),
    ),
    /** All calls of the step, in order. */
    calls: z.optional(z.array(expectedCall)),
    /** All that the journal holds then: CONTAINER/INTERFACE to `NETWORK INTERFACE PHASE`, one for each attachment. */
    journal: z.optional(z.record(z.string(), z.array(z.string()))),
    /** What the step wrote to its pod, JSON as values; `null`: nothing. */
    annotations: z.optional(z.nullable(jsonObject)),
    /** What plugins made and nobody deleted: `CONTAINER/INTERFACE PLUGIN`. */
    left: z.optional(z.array(z.string())),
    /** All requests that the API server got, as `METHOD PATH`. */
    requests: z.optional(z.array(z.string())),
    /** Patterns, each of a line of the log, as `LEVEL MESSAGE`. */
    log: z.optional(z.array(pattern)),
  })
  .check(
    z.refine(({ result, error }) => result === undefined || error === undefined, 'can have one of result, error'),
    z.refine(({ result, exactly }) => !exactly || result !== undefined, 'has "exactly", which needs "result"'),
  );

export type Expectation = z.infer<typeof expectation>;
export type ExpectedCall = z.infer<typeof expectedCall>;

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
