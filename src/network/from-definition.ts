/**
 * Networks from NetworkAttachmentDefinitions. Spec: NPWG v1.3 §3.4.1.
 *
 * A definition holds a configuration, or stands for the file of the node whose JSON `name` is its own. The name inside its
 * configuration may differ, and is then the network's; a missing one is the definition's.
 */
import * as z from 'zod/mini';
import { firstIssue } from '../schema/issue-text.ts';
import { parseJsonText } from '../schema/json-fault.ts';
import { type ApiObjects, type ApiResource, type ObjectKey, objectTitle } from './api-objects.ts';
import type { ConfFolder } from './conf-folder.ts';
import { lookUpJsonName } from './from-conf-dir.ts';
import { type InlineOrigin, listFromJson, shortCause } from './list-from-json.ts';
import type { AbsentNetwork, NetworkLookup } from './network-source.ts';

const DEFINITIONS: ApiResource = {
  group: 'k8s.cni.cncf.io',
  version: 'v1',
  plural: 'network-attachment-definitions',
  noun: 'definition',
  rbacFile: 'config/rbac/definitions.yaml',
  installHint: 'install that of the Kubernetes Network Plumbing Working Group',
};

/** Anybody who may write a definition writes into the journal of every node; in characters. */
const MAX_CONFIG_CHARACTERS = 128 * 1024;

const RESOURCE_ANNOTATION = 'k8s.v1.cni.cncf.io/resourceName';

const definitionShape = z.object({
  metadata: z.object({ annotations: z.optional(z.record(z.string(), z.string())) }),
  spec: z.optional(z.nullable(z.object({ config: z.optional(z.nullable(z.string())) }))),
});

/** The network of a definition. Throws: code 7 of the sources. */
export async function lookUpDefinition(
  key: ObjectKey,
  objects: ApiObjects,
  folder: ConfFolder,
): Promise<NetworkLookup> {
  const answer = await objects.get(DEFINITIONS, key);
  switch (answer.kind) {
    case 'ok':
      return readDefinition(answer.body, key, folder);
    case 'absent':
      return withNamespaces({ kind: 'absent', known: [], searched: 'the API server' }, key.name, objects);
    case 'no-such-resource':
    case 'failed':
      return answer.failure;
  }
}

/**
 * The network of a definition, or where there is none that of the file with this JSON `name`. Multus takes the file after any
 * failure; here a server that does not answer, or refuses, must not decide which network a pod gets. Throws: code 7.
 */
export async function lookUpDefinitionOrFile(
  key: ObjectKey,
  objects: ApiObjects,
  folder: ConfFolder,
): Promise<NetworkLookup> {
  const answer = await objects.get(DEFINITIONS, key);
  if (answer.kind === 'ok') return readDefinition(answer.body, key, folder);
  if (answer.kind === 'failed') return answer.failure;
  const file = await lookUpJsonName(key.name, folder);
  if (file.kind !== 'absent') return file;
  const doubt = answer.kind === 'absent' ? 'there is none' : answer.failure.cause;
  const searched = `${folder.confDir}, nor as ${objectTitle(DEFINITIONS, key)} (${doubt})`;
  const absent = { ...file, searched };
  return answer.kind === 'absent' ? withNamespaces(absent, key.name, objects) : absent;
}

async function withNamespaces(absent: AbsentNetwork, name: string, objects: ApiObjects): Promise<AbsentNetwork> {
  const namespaces = await objects.namespacesWith(DEFINITIONS, name);
  return namespaces.length === 0 ? absent : { ...absent, namespaces };
}

async function readDefinition(body: unknown, key: ObjectKey, folder: ConfFolder): Promise<NetworkLookup> {
  const origin = objectTitle(DEFINITIONS, key);
  const parsed = definitionShape.safeParse(body);
  if (!parsed.success) {
    const cause = `it is no NetworkAttachmentDefinition: ${firstIssue(parsed.error)}`;
    return { kind: 'broken', origin, cause };
  }
  const { metadata, spec } = parsed.data;
  const resourceName = new Map(Object.entries(metadata.annotations ?? {})).get(RESOURCE_ANNOTATION)?.trim();
  const marks = { reference: `${key.namespace}/${key.name}`, ...(resourceName ? { resourceName } : {}) };
  const config = spec?.config?.trim();
  if (config) return readConfig(config, { ...marks, origin, isNodeFile: false, fallbackName: key.name });
  const file = await lookUpJsonName(key.name, folder);
  if (file.kind === 'found') return { ...file, list: { ...file.list, ...marks } };
  if (file.kind !== 'absent') return file;
  const cause = `it has no "spec.config", and no configuration in ${folder.confDir} has the "name" "${key.name}"`;
  return { kind: 'broken', origin, cause, absentFile: key.name };
}

function readConfig(config: string, source: InlineOrigin): NetworkLookup {
  try {
    if (config.length > MAX_CONFIG_CHARACTERS)
      throw new Error(`it has ${config.length} characters, more than ${MAX_CONFIG_CHARACTERS}`);
    return { kind: 'found', list: listFromJson(parseJsonText(config), source), warnings: [] };
  } catch (cause) {
    return { kind: 'broken', origin: source.origin, cause: `spec.config: ${shortCause(cause)}` };
  }
}
