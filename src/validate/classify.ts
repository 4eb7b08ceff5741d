/** What a document is, told by its content; a file's name decides only where the content is no object at all. Pure. */
import { basename, extname } from 'node:path/posix';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { FOLDER_FIXTURE } from '../testing/read-fixture.ts';
import type { Path, SourceDocument } from './source-document.ts';

/** A document of a kind that Braid reads, or `other`. */
export type Subject =
  | { readonly kind: 'configuration'; readonly document: SourceDocument }
  | { readonly kind: 'profile'; readonly document: SourceDocument; readonly value: JsonObject }
  | { readonly kind: 'fixture'; readonly document: SourceDocument }
  | ManifestSubject
  | { readonly kind: 'other' };

/** An object of a cluster, as it stands at `path` in its document. */
export interface ManifestSubject {
  readonly kind: 'manifest';
  readonly document: SourceDocument;
  readonly path: Path;
  readonly value: JsonObject;
}

/** What the document holds; a list of Kubernetes holds several. */
export function classify(document: SourceDocument): Subject[] {
  const { value, file } = document;
  const isOfCni = ['.conf', '.conflist'].includes(extname(file));
  if (!isJsonObject(value)) return isOfCni ? [{ kind: 'configuration', document }] : [];
  if (typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string')
    return manifests(document, value, []);
  if (isOfCni || isConfiguration(value, file)) return [{ kind: 'configuration', document }];
  if (isProfile(value, file)) return [{ kind: 'profile', document, value }];
  return [isFixture(value, file) ? { kind: 'fixture', document } : { kind: 'other' }];
}

function manifests(document: SourceDocument, value: JsonObject, path: Path): Subject[] {
  const { items } = value;
  if (!Array.isArray(items) || !String(value['kind']).endsWith('List'))
    return [{ kind: 'manifest', document, path, value }];
  return items.flatMap((item, index) =>
    isJsonObject(item) ? manifests(document, item, [...path, 'items', index]) : [],
  );
}

/** Other programs' files have "plugins", too, and that of npm a "name" and a "type". */
function isConfiguration(value: JsonObject, file: string): boolean {
  const { plugins, type } = value;
  if (Array.isArray(plugins)) return 'cniVersion' in value || plugins.some(hasType);
  if (typeof type !== 'string' || basename(file) === 'package.json') return false;
  return ['cniVersion', 'name', 'ipam'].some((key) => key in value);
}

function hasType(plugin: unknown): boolean {
  return isJsonObject(plugin) && typeof plugin['type'] === 'string';
}

function isProfile(value: JsonObject, file: string): boolean {
  return 'name' in value && (basename(file) === 'profile.yaml' || ('binaries' in value && 'attachment' in value));
}

function isFixture(value: JsonObject, file: string): boolean {
  return basename(file) === FOLDER_FIXTURE || ('version' in value && Array.isArray(value['steps']));
}
