/** What a plugin or a device plugin says of an attachment's device: Device Information Specification v1.1.0. Pure. */
import * as z from 'zod/mini';
import type { JsonObject } from './json.ts';

const KINDS = ['pci', 'vhost-user', 'memif', 'vdpa'] as const;

const deviceShape = z.looseObject({ type: z.enum(KINDS), version: z.string() });

/** Reads such a file's text. Throws: Error saying what it is not. */
export function parseDeviceInfo(text: string): JsonObject {
  const parsed = deviceShape.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`it has no "version", or its "type" is none of ${KINDS.join(', ')}`);
  return parsed.data;
}
