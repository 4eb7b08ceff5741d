/**
 * A cluster out of files: manifests as one writes them for `kubectl apply`, YAML or JSON, several documents, lists, folders.
 *
 * In: paths, `-` for standard input. Out: objects, each with the file and line where it stands, and a client that answers
 * for them as the API server would. So what runs on them is the code that runs in a cluster. Touches disk.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { CniError, ErrorCode } from '../errors.ts';
import { fileFault } from '../file-fault.ts';
import type { KubeClient, KubeResponse } from '../kube/kube-client.ts';
import { readRegularFile } from '../read-regular-file.ts';
import { isJsonObject, type JsonObject, withoutKeys } from '../schema/json.ts';
import { jsonFault, jsonFaultText } from '../schema/json-fault.ts';
import { readManifestYaml, TOO_DEEP } from './manifest-yaml.ts';
import { utf8Fault } from './utf8-fault.ts';

/** Where something stands; lines count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** One object of the cluster. */
export interface ClusterObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly body: JsonObject;
  readonly place: Place;
}

/** How standard input is asked for. */
export const STDIN = '-';

/** All objects of a cluster of some size in one file; what is larger is something else. */
const MAX_BYTES = 64 * 1024 * 1024;

const EXTENSIONS = /\.(ya?ml|json)$/;

const objectShape = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({
    name: z.nullish(z.string()),
    generateName: z.nullish(z.string()),
    namespace: z.nullish(z.string()),
  }),
});

/** Where objects of these kinds are asked for; nobody asks for others. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  Pod: '/api/v1/*/pods',
  Namespace: '/api/v1/namespaces',
  NetworkAttachmentDefinition: '/apis/k8s.cni.cncf.io/v1/*/network-attachment-definitions',
  LogicalNetwork: '/apis/alpha.network.k8s.io/v1/*/logicalnetworks',
  PhysicalNetwork: '/apis/alpha.network.k8s.io/v1/*/physicalnetworks',
};

/**
 * Reads manifests; a folder stands for its files with the extensions of YAML and JSON, by name.
 * Throws: code 5 when one cannot be read, code 6 with file and line when it is none.
 */
export async function readManifests(paths: readonly string[], readStdin: () => string): Promise<ClusterObject[]> {
  const objects: ClusterObject[] = [];
  for (const path of paths) {
    for (const file of filesAt(path)) objects.push(...objectsIn(file, await textOf(file, readStdin)));
  }
  return objects;
}

/** A client that answers for these objects as the API server would; nobody can change them. */
export function manifestClient(objects: readonly ClusterObject[]): KubeClient {
  const byPath = new Map(objects.flatMap((object) => pathOf(object) ?? []).map(([path, object]) => [path, object]));
  const refused = { kind: 'refused', status: 405, message: 'manifests are not written to' } as const;
  return {
    get: async (path) => {
      const found = byPath.get(path);
      if (found) return { kind: 'ok', body: asStored(found) };
      return listed(path, objects) ?? { kind: 'absent' };
    },
    mergePatch: async () => refused,
    close: () => undefined,
  };
}

function filesAt(path: string): string[] {
  if (path === STDIN) return [STDIN];
  try {
    if (!statSync(path).isDirectory()) return [path];
    const entries = readdirSync(path, { withFileTypes: true }).filter((entry) => !entry.isDirectory());
    const names = entries.map(({ name }) => name).filter((name) => EXTENSIONS.test(name));
    return names.toSorted().map((name) => join(path, name));
  } catch (cause) {
    throw new CniError(ErrorCode.io, `cannot read ${path}: ${fileFault(cause)}`, '', { cause });
  }
}

async function textOf(file: string, readStdin: () => string): Promise<string> {
  try {
    const text = file === STDIN ? readStdin() : await readRegularFile(file, MAX_BYTES);
    const fault = await utf8Fault(text, file === STDIN ? undefined : file);
    if (fault) throw unreadable({ file, line: fault.line }, 'it is not UTF-8');
    return text;
  } catch (cause) {
    if (cause instanceof CniError) throw cause;
    throw new CniError(ErrorCode.io, `cannot read ${file}: ${fileFault(cause)}`, '', { cause });
  }
}

function objectsIn(file: string, text: string): ClusterObject[] {
  const json = text.trimStart().startsWith('{') ? jsonValue(text) : undefined;
  const fault = json === undefined && file.endsWith('.json') ? jsonFault(text) : undefined;
  // What is nearly JSON is often YAML, too, with another meaning.
  if (fault) throw unreadable({ file, line: fault.line }, `it ${jsonFaultText(text)}`);
  try {
    return json === undefined ? objectsInYaml(file, text) : objectsOf(json, { file, line: 1 });
  } catch (cause) {
    throw cause instanceof RangeError ? unreadable({ file, line: 1 }, TOO_DEEP) : cause;
  }
}

/** JSON is YAML as well, but as such takes many times as long to read; `undefined`: it is no JSON by itself. */
function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

function objectsInYaml(file: string, text: string): ClusterObject[] {
  const { lines, documents } = readManifestYaml(text);
  return documents.flatMap((document) => {
    const place = { file, line: Math.max(lines.linePos(document.offset).line, 1) };
    if (document.kind === 'broken') throw unreadable(place, document.cause);
    return objectsOf(document.value, place);
  });
}

function objectsOf(value: unknown, place: Place): ClusterObject[] {
  if (value === null || value === undefined) return [];
  if (isJsonObject(value) && Array.isArray(value['items']) && String(value['kind']).endsWith('List')) {
    return value['items'].flatMap((item) => objectsOf(item, place));
  }
  return [clusterObject(value, place)];
}

/** A manifest as an object of the cluster. Throws: code 6 with file and line when it is none. */
export function clusterObject(value: unknown, place: Place): ClusterObject {
  const parsed = objectShape.safeParse(value);
  const { name, generateName, namespace } = parsed.data?.metadata ?? {};
  if (!parsed.success || !isJsonObject(value) || !(name || generateName)) {
    throw unreadable(place, 'it is no Kubernetes object: it needs "apiVersion", "kind" and "metadata.name"');
  }
  const { kind } = parsed.data;
  // Nobody knows yet what is put behind.
  return { kind, namespace: namespace || 'default', name: name || `${generateName}*`, body: value, place };
}

function unreadable({ file, line }: Place, cause: string): CniError {
  return new CniError(ErrorCode.decoding, `${file}:${line}: ${cause}`);
}

function pathOf(object: ClusterObject): [string, ClusterObject][] | undefined {
  const collection = COLLECTIONS[object.kind];
  const folder = collection?.replace('*', `namespaces/${object.namespace}`);
  return folder === undefined ? undefined : [[`${folder}/${object.name}`, object]];
}

/** The answer for a whole collection, of all namespaces, with or without a selector of the name. */
function listed(path: string, objects: readonly ClusterObject[]): KubeResponse | undefined {
  const { pathname, searchParams } = new URL(path, 'http://manifests');
  const kind = Object.keys(COLLECTIONS).find((key) => COLLECTIONS[key]?.replace('/*', '') === pathname);
  if (kind === undefined) return undefined;
  const name = searchParams.get('fieldSelector')?.replace(/^metadata\.name=/, '');
  const items = objects.filter((object) => object.kind === kind && (name === undefined || object.name === name));
  return { kind: 'ok', body: { items: items.map(asStored) } };
}

/** A manifest may leave its namespace to whoever applies it, and keys without a value are none to the API server. */
export function asStored({ body, namespace, name }: Pick<ClusterObject, 'body' | 'namespace' | 'name'>): JsonObject {
  const { metadata } = body;
  const own = isJsonObject(metadata) ? withoutKeys(metadata, (key) => metadata[key] === null) : {};
  return { ...body, metadata: { ...own, namespace, name } };
}
