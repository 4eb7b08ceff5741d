/** The vectors of fixtures/frames/, which both sides of the socket must read alike. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';

const folder = resolve(import.meta.dirname, '../../fixtures/frames');

const common = {
  name: z.string(),
  from: z.enum(['agent', 'launcher']),
  bytes: z.hex().transform((hex) => Buffer.from(hex, 'hex')),
};
const wellFormed = z.strictObject({ ...common, frame: z.record(z.string(), z.unknown()) });
const malformed = z.strictObject({ ...common, fault: z.string() });

/** One frame, and what it means, as `shownFrame` shows it. */
export const WELL_FORMED = load('well-formed.json', wellFormed);

/** A connection from its beginning that must be refused, and why. */
export const MALFORMED = load('malformed.json', malformed);

/** A decoded frame with its contents as text or, where they are none, as `{ hex }`. */
export function shownFrame(frame: object): Record<string, unknown> {
  const shown = Object.entries(frame).map(([key, value]) => [
    key,
    Buffer.isBuffer(value) ? shownContent(value) : value,
  ]);
  return Object.fromEntries(shown);
}

function shownContent(content: Buffer): unknown {
  const text = content.toString('utf8');
  return Buffer.from(text).equals(content) ? text : { hex: content.toString('hex') };
}

function load<T extends z.ZodType>(file: string, schema: T): z.infer<T>[] {
  return z.array(schema).parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
}
