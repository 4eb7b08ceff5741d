/** A bundle, version 1: one request with everything that it was told and that came of it. Pure; documented in `docs/record.md`. */
import * as z from 'zod/mini';
import { recordShape } from './attachment-record.ts';

/** The version that stands in every bundle; another one is not ours to read. */
export const BUNDLE_VERSION = 1;

const jsonObject = z.record(z.string(), z.unknown());
const texts = z.record(z.string(), z.string());

const end = z.union([
  z.object({ kind: z.literal('exited'), status: z.int() }),
  z.object({ kind: z.literal('signaled'), signal: z.string() }),
  z.object({ kind: z.literal('not-started'), cause: z.string() }),
  z.object({ kind: z.literal('timed-out'), timeoutMs: z.number() }),
  z.object({ kind: z.literal('overflowed'), limitBytes: z.number() }),
  z.object({ kind: z.literal('aborted'), reason: z.string() }),
]);

/** One call of a plugin, or of the helper `braid-netns`, whose stdin is lines of commands. Times in ms. */
const delegateCall = z.object({
  path: z.string(),
  variables: texts,
  stdin: z.union([jsonObject, z.string()]),
  /** After the beginning of the request. */
  startMs: z.number(),
  durationMs: z.number(),
  end,
  /** JSON where it is an object, else the text. */
  stdout: z.union([jsonObject, z.string()]),
  stderr: z.string(),
});

/** What the API server answered, or who was asked in its place. */
const apiAnswer = z.union([
  z.object({ kind: z.literal('ok'), body: jsonObject }),
  z.object({ kind: z.literal('absent'), isResourceUnknown: z.optional(z.boolean()) }),
  z.object({ kind: z.literal('refused'), status: z.int(), message: z.string() }),
  z.object({ kind: z.literal('unreachable'), cause: z.string() }),
]);

const journalEntry = z.union([
  z.object({ kind: z.literal('found'), record: recordShape }),
  z.object({ kind: z.literal('damaged'), file: z.string(), cause: z.string() }),
  z.object({ kind: z.literal('foreign'), file: z.string(), cause: z.string() }),
]);

/** A whole bundle. Secrets are hidden in all of it. */
export const bundleShape = z.object({
  bundle: z.literal(BUNDLE_VERSION),
  /** The version of Braid that recorded it. */
  braid: z.string(),
  /** When the request came, as ISO 8601 has it. */
  recordedAt: z.string(),
  durationMs: z.number(),
  request: z.object({
    verb: z.enum(['ADD', 'DEL', 'CHECK', 'GC', 'STATUS']),
    /** The variables that the specification names. */
    variables: texts,
    /** Names of the others; their values are nobody's business. */
    otherVariables: z.array(z.string()),
    stdin: jsonObject,
  }),
  /** The pod as whoever knew it told, with the annotations that have to do with networks. */
  pod: z.optional(
    z.object({
      namespace: z.string(),
      name: z.string(),
      uid: z.optional(z.string()),
      annotations: texts,
      /** `runtimeConfig`, `the API server`, … */
      origin: z.string(),
    }),
  ),
  node: z.object({
    /** Configurations and profiles, by path. */
    files: texts,
    /** Where plugins were found, or why not. */
    plugins: z.record(z.string(), z.string()),
    /** `there`, `absent`, … of what was looked for. */
    presence: texts,
    namespaces: texts,
    modules: texts,
  }),
  /** What the API server was asked, by path, in this order. */
  cluster: z.array(z.object({ path: z.string(), answer: apiAnswer })),
  journal: z.object({ before: z.array(journalEntry), after: z.record(z.string(), z.array(z.string())) }),
  delegates: z.array(delegateCall),
  /** The annotations that were written to the pod, or why they were not. */
  status: z.optional(z.object({ annotations: texts, fault: z.optional(z.string()) })),
  /** Warnings and errors of the log. */
  log: z.array(z.string()),
  answer: z.object({ exitCode: z.int(), stdout: z.nullable(jsonObject) }),
});

export type Bundle = z.infer<typeof bundleShape>;
export type BundledCall = Bundle['delegates'][number];
export type BundledAnswer = Bundle['cluster'][number]['answer'];
