/** Recorded exchanges with a plugin: `delegates/<name>/exchanges.yaml`, their shape and how they are read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { DELEGATES } from '../../scripts/catalogue-files.ts';
import { firstIssue } from '../../src/schema/issue-text.ts';

const object = z.record(z.string(), z.unknown());
const text = z.string().check(z.minLength(1));

const shape = z
  .array(
    z.strictObject({
      title: text,
      /** What really ran is told from what was written after a document. */
      origin: z.strictObject({ kind: z.enum(['real-run', 'documentation']), by: text, reference: text }),
      network: z.looseObject({ name: text, cniVersion: text, plugins: z.array(z.looseObject({ type: text })) }),
      runtimeConfig: z.optional(object),
      calls: z
        .array(
          z.strictObject({
            verb: z.enum(['ADD', 'CHECK', 'DEL', 'STATUS', 'GC']),
            plugin: text,
            /** Another plugin that runs this one; Braid does not. */
            calledBy: z.optional(text),
            env: z.record(z.string(), z.string()),
            stdin: object,
            exit: z.int(),
            stdout: z.union([z.string(), object]),
            stderr: z.optional(z.string()),
          }),
        )
        .check(z.minLength(1)),
      merged: z.optional(object),
      fails: z.optional(z.strictObject({ code: z.int(), message: text, hint: z.optional(text) })),
    }),
  )
  .check(z.minLength(1));

/** One recorded exchange. */
export type Exchange = z.infer<typeof shape>[number];

/** One call of it. */
export type RecordedCall = Exchange['calls'][number];

/** The exchanges of a profile. Throws: Error that names file and key. */
export function readExchanges(name: string): Exchange[] {
  const file = join(DELEGATES, name, 'exchanges.yaml');
  const parsed = shape.safeParse(parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Error(`delegates/${name}/exchanges.yaml: ${firstIssue(parsed.error)}`);
}

/** The surroundings in which exchanges are recorded; a test has its own. */
export const RECORDED = { CNI_CONTAINERID: 'c1', CNI_NETNS: '/var/run/netns/pod', CNI_IFNAME: 'eth0' };

/** A value with the surroundings of the recording replaced by others. */
export function transposed<T>(value: T, surroundings: Readonly<typeof RECORDED>): T {
  if (typeof value === 'string') {
    const key = Object.entries(RECORDED).find(([, recorded]) => recorded === value)?.[0];
    return (key === undefined ? value : surroundings[key as keyof typeof RECORDED]) as T;
  }
  if (Array.isArray(value)) return value.map((item) => transposed(item, surroundings)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, transposed(each, surroundings)])) as T;
}
