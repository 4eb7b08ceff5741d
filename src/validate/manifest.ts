/** Kubernetes objects of the kinds that Braid reads, and the pods that workloads will make. Pure. */
import * as z from 'zod/mini';
import { templateAt, templatePath } from '../pod/pod-template.ts';
import { firstIssue } from '../schema/issue-text.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { asStored } from '../testing/manifests.ts';
import type { ManifestSubject } from './classify.ts';
import type { Report } from './finding.ts';
import { placeOfMessage } from './place-of-message.ts';
import { partOf, type SourceDocument } from './source-document.ts';

/** One object; its document begins with it. */
export interface Manifest {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly body: JsonObject;
  readonly document: SourceDocument;
}

const annotationsShape = z.optional(z.nullable(z.record(z.string(), z.string())));

const objectShape = z.object({
  metadata: z.object({
    name: z.optional(z.string()),
    generateName: z.optional(z.string()),
    namespace: z.nullish(z.string()),
    annotations: annotationsShape,
  }),
});

const templateShape = z.object({ metadata: z.nullish(z.object({ annotations: annotationsShape })) });

const READ_KINDS = ['Pod', 'Namespace', 'NetworkAttachmentDefinition', 'LogicalNetwork', 'PhysicalNetwork'];

/** The object, if it is of a kind that is read and whole enough to be. */
export function readManifest({ document, path, value }: ManifestSubject, report: Report): Manifest[] {
  const kind = String(value['kind']);
  const template = templatePath(kind);
  if (!READ_KINDS.includes(kind) && !template) return [];
  const own = partOf(document, path, value);
  const parsed = objectShape.safeParse(value);
  const { name: givenName, generateName, namespace: given } = parsed.data?.metadata ?? {};
  if (!parsed.success || (givenName ?? generateName) === undefined) {
    const message = parsed.success ? 'it has no "metadata.name"' : firstIssue(parsed.error);
    report({ rule: 'object-schema', place: placeOfMessage(message, own), message: `${kind}: ${message}`, hint: '' });
    return [];
  }
  const namespace = given || 'default';
  const name = givenName ?? `${generateName}*`;
  const body = asStored({ body: value, namespace, name });
  const manifest = { kind, namespace, name, body, document: own };
  return [manifest, ...(template ? podOf(manifest, template, report) : [])];
}

/** The pod that a workload makes, under the workload's name. */
function podOf(
  { kind, namespace, name, body, document }: Manifest,
  path: readonly string[],
  report: Report,
): Manifest[] {
  const template = templateAt(path, body);
  if (!template) return [];
  const own = partOf(document, path, template);
  const parsed = templateShape.safeParse(template);
  if (!parsed.success) {
    const message = firstIssue(parsed.error);
    report({
      rule: 'object-schema',
      place: placeOfMessage(message, own),
      message: `${kind} ${name}: ${message}`,
      hint: '',
    });
    return [];
  }
  return [{ kind: 'Pod', namespace, name, body: asStored({ body: template, namespace, name }), document: own }];
}

/** Says of each object that stands twice; templates of workloads are none. */
export function checkTwice(manifests: readonly Manifest[], report: Report): void {
  const known = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const { kind, namespace, name, document } = manifest;
    if (name.endsWith('*') || !isJsonObject(document.value) || document.value['kind'] !== kind) continue;
    const title = kind === 'Namespace' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
    const other = known.get(title);
    known.set(title, other ?? manifest);
    if (!other) continue;
    const { file, line } = other.document.placeOf(['metadata', 'name']);
    report({
      rule: 'object-twice',
      place: document.placeOf(['metadata', 'name']),
      message: `${title} stands in ${file}:${line} as well`,
      hint: 'the one that is applied last wins: keep one of the two',
    });
  }
}
