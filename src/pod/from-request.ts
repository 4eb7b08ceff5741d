/**
 * Annotations that came with the request itself, so that no API call is needed.
 *
 * containerd (since 1.5) and CRI-O hand over the pod's annotations as a capability; CNI-Genie's runtimes put them as
 * JSON into CNI_ARGS.
 */
import * as z from 'zod/mini';
import { CniError, ErrorCode } from '../errors.ts';
import type { PodIdentity } from '../request/cni-args.ts';
import type { JsonObject } from '../schema/json.ts';
import { jsonFaultText } from '../schema/json-fault.ts';
import { ANNOTATIONS_CAPABILITY } from '../schema/node-config.ts';
import type { PodSource } from './pod-source.ts';

const STATIC_POD_HASH = 'kubernetes.io/config.hash';

const annotationMap = z.record(z.string(), z.string());

/** The pod's annotations from `runtimeConfig`. Its `find` throws code 7 when they are not a map of strings. */
export function podFromRuntimeConfig(runtimeConfig: JsonObject): PodSource {
  return {
    async find(identity) {
      const value = runtimeConfig[ANNOTATIONS_CAPABILITY];
      if (value === undefined || value === null) return { kind: 'silent' };
      const annotations = readMap(value, `runtimeConfig "${ANNOTATIONS_CAPABILITY}"`);
      return {
        kind: 'found',
        pod: { identity: apiIdentity(identity, annotations), annotations, origin: 'the runtime (pod-annotations)' },
      };
    },
  };
}

/** The runtime names a static pod by the hash of its manifest; on the API server its mirror has a uid of its own. */
function apiIdentity(identity: PodIdentity | undefined, annotations: Record<string, string>): PodIdentity | undefined {
  const isStatic = identity?.uid !== undefined && annotations[STATIC_POD_HASH] === identity.uid;
  return isStatic ? { ...identity, uid: undefined } : identity;
}

/** The pod's annotations from `K8S_ANNOT` in CNI_ARGS. Its `find` throws code 4 when that is not JSON. */
export function podFromCniArgs(args: ReadonlyMap<string, string>): PodSource {
  return {
    async find(identity) {
      const value = args.get('K8S_ANNOT');
      if (!value) return { kind: 'silent' };
      const annotations = readMap(parseJson(value), 'K8S_ANNOT in CNI_ARGS');
      return { kind: 'found', pod: { identity, annotations, origin: 'K8S_ANNOT in CNI_ARGS' } };
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CniError(ErrorCode.invalidEnvironment, `K8S_ANNOT in CNI_ARGS ${jsonFaultText(text)}`);
  }
}

function readMap(value: unknown, where: string): Record<string, string> {
  const parsed = annotationMap.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CniError(ErrorCode.invalidConfig, `${where} must be a map of strings`);
}
