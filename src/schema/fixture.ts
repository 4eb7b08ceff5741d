/**
 * The fixture format, version 1: one test of a node's networks as a file. Pure; documented in `docs/fixtures.md`.
 *
 * Strict: an unknown key is an error, for a misspelt expectation would expect nothing.
 */
import * as z from 'zod/mini';
import { delegates } from './fixture-delegates.ts';
import { expectation } from './fixture-expectation.ts';

const text = z.string().check(z.minLength(1));
const jsonObject = z.record(z.string(), z.unknown());
const PATH = 'must be an absolute path without ".."';
const isPath = (path: string) => path.startsWith('/') && !path.split('/').includes('..');
const path = z.string().check(z.refine(isPath, PATH));
const texts = z.array(text);
const linkName = z.string().check(z.regex(/^[^/\s:-][^/\s:]{0,14}$/, 'must be a name that a link can have'));
const cidr = z.string().check(z.regex(/^[0-9a-fA-F.:]+\/\d+$/, 'must be an address with its prefix length'));

/** What is there on the node. In a step: what changes from then on. */
const node = z.strictObject({
  /** Text, or an object that becomes JSON; `null` in a step takes the file away. */
  files: z.optional(z.record(path, z.union([z.string(), jsonObject, z.null()]))),
  /** Paths that exist, without content: sockets, files that plugins need. In a step the whole list anew. */
  exist: z.optional(z.array(path)),
  /** Plugins that are not in CNI_PATH; all others are. `braid-netns` is one that can be missing, too. */
  missingPlugins: z.optional(texts),
  /** Kernel modules that cannot be loaded; all others can. */
  missingModules: z.optional(texts),
  /** Paths at which no network namespace is any more; at all others one is. */
  missingNamespaces: z.optional(texts),
  /** Links beside its loopback, with their addresses; the first has the default route. In a step the whole list anew. */
  links: z.optional(z.record(linkName, z.array(cidr))),
});

/** A request of the API server that goes wrong. */
const fault = z
  .strictObject({
    /** The path of the request, or its beginning when it ends in `*`. */
    path: z.string().check(z.refine((value) => /^[/*]/.test(value), 'must begin with "/" or be "*"')),
    method: z.optional(z.enum(['GET', 'PATCH'])),
    status: z.optional(z.int().check(z.minimum(200), z.maximum(599))),
    message: z.optional(z.string()),
    latencyMs: z.optional(z.int().check(z.minimum(0), z.maximum(60_000))),
    reset: z.optional(z.literal(true)),
    /** How many requests it hits; without it, all. */
    times: z.optional(z.int().check(z.minimum(1))),
  })
  .check(
    z.refine(
      ({ status, latencyMs, reset }) => [status, latencyMs, reset].some(isGiven),
      'has no fault: "status", "latencyMs" or "reset"',
    ),
    z.refine(({ status, reset }) => !(isGiven(status) && isGiven(reset)), 'can have one of status, reset'),
    z.refine(
      ({ status, message }) => isGiven(status) || !isGiven(message),
      'has "message", which only goes with "status"',
    ),
  );

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.optional(z.string()) }),
});

const surroundings = {
  container: z.optional(text),
  ifName: z.optional(z.string()),
  netns: z.optional(z.string()),
  pod: z.optional(z.string().check(z.regex(/^[^/]+\/[^/]+$/, 'must be NAMESPACE/NAME'))),
  args: z.optional(z.record(z.string(), z.string())),
  annotations: z.optional(z.record(z.string(), z.string())),
  configuration: z.optional(jsonObject),
  variables: z.optional(z.record(z.string(), z.string())),
};

const kill = z.strictObject({
  plugin: text,
  verb: z.optional(z.enum(['ADD', 'DEL', 'CHECK', 'GC', 'STATUS'])),
  call: z.optional(z.int().check(z.minimum(1))),
  when: z.enum(['before', 'after']),
});

const cluster = z.array(manifest);
const faults = z.array(fault);

const step = z
  .strictObject({
    verb: z.enum(['ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION']),
    title: z.optional(z.string()),
    ...surroundings,
    /** The text on stdin, in the place of a configuration. */
    stdin: z.optional(z.string()),
    /** GC: what the runtime still has, as CONTAINER/INTERFACE. */
    valid: z.optional(z.array(z.string().check(z.regex(/^[^/]+\/[^/]+$/, 'must be CONTAINER/INTERFACE')))),
    /** True: there is no namespace at the path of `netns` any more. */
    netnsGone: z.optional(z.boolean()),
    node: z.optional(node),
    cluster: z.optional(cluster),
    api: z.optional(faults),
    kill: z.optional(kill),
    expect: z.optional(expectation),
  })
  .check(
    z.refine(({ verb, valid }) => verb === 'GC' || !isGiven(valid), 'has "valid", which only goes with GC'),
    z.refine(
      ({ stdin, configuration, annotations, valid }) =>
        !isGiven(stdin) || ![configuration, annotations, valid].some(isGiven),
      'has "stdin", beside which "configuration", "annotations" and "valid" would say nothing',
    ),
  );

/** A whole fixture. */
export const fixtureShape = z.strictObject({
  version: z.literal(1),
  title: text,
  /** Why it means nothing with real plugins: then `--real` leaves it out. */
  scriptedOnly: z.optional(text),
  node: z.optional(node),
  cluster: z.optional(cluster),
  api: z.optional(faults),
  delegates: z.optional(delegates),
  request: z.optional(z.strictObject(surroundings)),
  steps: z.array(step).check(z.minLength(1)),
});

export type Fixture = z.infer<typeof fixtureShape>;
export type FixtureStep = z.infer<typeof step>;
export type FixtureNode = z.infer<typeof node>;
export type ApiFault = z.infer<typeof fault>;
export type KillPoint = z.infer<typeof kill>;

function isGiven(value: unknown): boolean {
  return value !== undefined;
}
