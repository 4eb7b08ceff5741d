/**
 * What of a request may be written down: all that Braid reads, and nothing that is secret or of no concern to it. Pure.
 *
 * By schema where there is one: of a pod its names and the annotations that have to do with networks, never its containers; of
 * variables those that the specification names. Configurations of plugins have none, so their keys and texts are judged
 * (`schema/secrets.ts`).
 */
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { ANNOTATIONS_CAPABILITY } from '../schema/node-config.ts';
import { HIDDEN, isSecretKey } from '../schema/secret-texts.ts';
import { argsWithoutSecrets, hideInText, withoutSecrets } from '../schema/secrets.ts';

/** Annotations that some network plugin may read. */
const OF_NETWORKS = /cni|network|multus|genie|danm|bandwidth/i;

/** Where annotations may lie in which everything else of an object is repeated. */
const COPIES = /last-applied|last-configuration/i;

/** Annotations with the values of those that are no business of networks hidden. */
export function hideInAnnotations(annotations: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [key, isOfNetworks(key) ? hideInText(String(value)) : HIDDEN]),
  );
}

function isOfNetworks(key: string): boolean {
  return OF_NETWORKS.test(key) && !COPIES.test(key) && !isSecretKey(key);
}

/** A configuration as the runtime hands it over; in it the pod's annotations may be. */
export function hideInConfiguration(config: JsonObject): JsonObject {
  const { runtimeConfig, ...rest } = config;
  const hidden = withoutSecrets(rest) as JsonObject;
  if (!isJsonObject(runtimeConfig))
    return config['runtimeConfig'] === undefined ? hidden : { ...hidden, runtimeConfig };
  const { [ANNOTATIONS_CAPABILITY]: annotations, ...others } = runtimeConfig;
  return {
    ...hidden,
    runtimeConfig: {
      ...(withoutSecrets(others) as JsonObject),
      ...(isJsonObject(annotations) ? { [ANNOTATIONS_CAPABILITY]: hideInAnnotations(annotations) } : {}),
    },
  };
}

/** CNI_ARGS; `K8S_ANNOT` is the pod's annotations as JSON. */
export function hideInArgs(args: string): string {
  return argsWithoutSecrets(args, hideInAnnotationsText);
}

function hideInAnnotationsText(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? JSON.stringify(hideInAnnotations(value)) : HIDDEN;
  } catch {
    return HIDDEN;
  }
}

/** An object of the API server. */
export function hideInObject(object: JsonObject): JsonObject {
  const { apiVersion, kind, metadata, spec } = object;
  const { name, namespace, uid, annotations, labels } = isJsonObject(metadata) ? metadata : {};
  return withoutUndefined({
    apiVersion,
    kind,
    metadata: withoutUndefined({
      name,
      namespace,
      uid,
      labels: kind === 'Pod' ? labels : undefined,
      annotations: isJsonObject(annotations) ? hideInAnnotations(annotations) : undefined,
    }),
    spec: kind === 'Pod' || kind === 'Namespace' || spec === undefined ? undefined : hideInSpec(spec),
  });
}

/** A definition has its configuration as a text. */
function hideInSpec(spec: unknown): unknown {
  if (!isJsonObject(spec)) return withoutSecrets(spec);
  const { config, ...rest } = spec;
  const hidden = withoutSecrets(rest) as JsonObject;
  return typeof config === 'string'
    ? { ...hidden, config: hideInText(config) }
    : { ...hidden, ...withoutUndefined({ config }) };
}

function withoutUndefined(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
