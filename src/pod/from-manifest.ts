/** A pod from a manifest file, for the command line: no cluster needed. YAML or JSON, the first Pod of the file. */
import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod/mini';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { firstIssue } from '../schema/issue-text.ts';
import type { PodSource, PodView } from './pod-source.ts';

const podShape = z.object({
  kind: z.literal('Pod'),
  metadata: z.object({
    name: z.string(),
    namespace: z._default(z.string(), 'default'),
    uid: z.optional(z.string()),
    annotations: z._default(z.record(z.string(), z.string()), {}),
  }),
});

/** Reads the pod of a manifest. Throws: code 5 when it cannot be read, code 6 when no Pod stands in it. */
export async function readPodManifest(file: string): Promise<PodView> {
  const documents = parseDocuments(file, await readText(file));
  const candidate = documents.find((document) => podShape.safeParse(document).success) ?? documents[0];
  const parsed = podShape.safeParse(candidate);
  if (!parsed.success) {
    throw new CniError(ErrorCode.decoding, `manifest "${file}" holds no usable Pod: ${firstIssue(parsed.error)}`);
  }
  const { name, namespace, uid, annotations } = parsed.data.metadata;
  return { identity: { name, namespace, uid }, annotations, origin: `manifest ${file}` };
}

/** A source that knows exactly the pod of `file`. */
export function podFromManifest(file: string): PodSource {
  return { find: async () => ({ kind: 'found', pod: await readPodManifest(file) }) };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CniError(ErrorCode.io, `cannot read the manifest: ${errorText(cause)}`, '', { cause });
  }
}

function parseDocuments(file: string, text: string): unknown[] {
  const documents = parseAllDocuments(text);
  if ('empty' in documents) return [];
  return documents.map((document) => {
    const [fault] = document.errors;
    if (fault) throw new CniError(ErrorCode.decoding, `manifest "${file}": ${fault.message}`);
    return document.toJS();
  });
}
