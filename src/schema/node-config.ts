/**
 * The node's configuration: what stands in `00-braid.conflist` and reaches us on stdin. Pure.
 *
 * A wrong value is an error that names its key; an unknown key is a warning, since failing would take a node's network
 * down. CNI-Genie's spellings are taken (`default_plugin`, `log_level`, `kubernetes.*`, `policy.*`) or named as ignored.
 */
import { closest, distance } from 'fastest-levenshtein';
import * as z from 'zod/mini';
import { firstIssue, keyPath } from './issue-text.ts';
import type { JsonObject } from './json.ts';

const SHOWN_CHARACTERS = 200;
const LOG_LEVEL_SPELLINGS = ['debug', 'info', 'warn', 'warning', 'error', 'off', 'none'] as const;

const text = z.string().check(z.minLength(1));
const absolutePath = z.string().check(z.refine((path) => path.startsWith('/'), 'must be an absolute path'));
/** stdout belongs to the answer alone. */
const logPath = absolutePath.check(
  z.refine(
    (path) => !/^\/(dev\/stdout|dev\/fd\/1|proc\/self\/fd\/1)$/.test(path),
    'must be a file, stdout is for the answer',
  ),
);
const milliseconds = z.int().check(z.minimum(1), z.maximum(600_000));
/** A list of strings, or one comma-separated string as CNI-Genie has it; items are checked where they are selected. */
const networkNames = z.union(
  [z.array(z.string()), z.string()],
  'must be a list of strings or a comma-separated string',
);
const folders = z.union([absolutePath, z.array(absolutePath)], 'must be an absolute path or a list of them');
const flag = z.union([z.boolean(), z.string()], 'must be true or false');
const optionalText = z.optional(z.string());

const shape = z.object({
  confDir: z._default(absolutePath, '/etc/cni/net.d'),
  binDir: z._default(folders, []),
  stateDir: z._default(absolutePath, '/var/lib/cni/braid'),
  kubeconfig: z.optional(text),
  defaultPlugin: z.optional(networkNames),
  resultMode: z.optional(z.enum(['merged', 'primary'])),
  statusWriteBack: z._default(z.enum(['best-effort', 'required', 'off']), 'best-effort'),
  apiTimeoutMs: z._default(milliseconds, 10_000),
  delegateTimeoutMs: z._default(milliseconds, 60_000),
  logLevel: z.optional(z.enum(LOG_LEVEL_SPELLINGS)),
  logFile: z.optional(logPath),
  capabilities: z._default(z.record(z.string(), z.boolean()), {}),
  runtimeConfig: z._default(z.record(z.string(), z.unknown()), {}),
  // CNI-Genie
  default_plugin: z.optional(networkNames),
  log_level: z.optional(z.enum(LOG_LEVEL_SPELLINGS)),
  kubernetes: z.optional(z.object({ kubeconfig: optionalText, k8s_api_root: optionalText })),
  policy: z.optional(
    z.object({
      k8s_api_root: optionalText,
      k8s_auth_token: optionalText,
      k8s_client_certificate: optionalText,
      k8s_client_key: optionalText,
      k8s_certificate_authority: optionalText,
    }),
  ),
  // The specification's own keys, allowed and of no meaning to us beyond their type.
  type: z.optional(z.string()),
  name: z.optional(z.string()),
  cniVersion: z.nullish(z.string()),
  cniVersions: z.optional(z.array(z.string())),
  disableCheck: z.optional(flag),
  disableGC: z.optional(flag),
  prevResult: z.optional(z.unknown()),
  args: z.optional(z.unknown()),
  dns: z.optional(z.unknown()),
  ipam: z.optional(z.unknown()),
});

/** The capability that a runtime fills with the pod's annotations. */
export const ANNOTATIONS_CAPABILITY = 'io.kubernetes.cri.pod-annotations';

/** The validated keys as they stand in the file; `request/node-config.ts` gives them one meaning. */
export type NodeConfigKeys = z.infer<typeof shape>;

/** CNI-Genie's keys that have no meaning in Braid, and why. */
const GENIE_IGNORED: Readonly<Record<string, string>> = {
  etcd_endpoints: 'Braid keeps its state in stateDir',
  datastore_type: 'Braid keeps its state in stateDir',
  hostname: 'Braid needs no node name',
  romana_root: 'put it into the configuration of romana itself',
  segment_label_name: 'put it into the configuration of romana itself',
  cAdvisor_address: 'Braid does not choose networks by cAdvisor load',
};

const KNOWN_KEYS = Object.keys(shape.shape).filter((key) => !['default_plugin', 'log_level'].includes(key));

/** Reads the keys; on failure the message names the key: `"apiTimeoutMs" must be a whole number`. */
export function parseNodeConfigKeys(
  raw: JsonObject,
): { kind: 'read'; keys: NodeConfigKeys } | { kind: 'wrong'; key: string; message: string } {
  const parsed = shape.safeParse(raw);
  if (parsed.success) return { kind: 'read', keys: parsed.data };
  const [top = ''] = parsed.error.issues[0]?.path ?? [];
  return { kind: 'wrong', key: String(top), message: `${keyText(parsed.error, raw)}` };
}

function keyText(error: z.core.$ZodError, raw: JsonObject): string {
  const path = error.issues[0]?.path ?? [];
  const value = path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part], raw);
  const shown = isSecret(keyPath(path)) ? '' : `, not ${shownValue(value)}`;
  return `${firstIssue(error)}${shown}`;
}

/** An operator's message, not a copy of the file; what is nested too deep to be printed is not shown at all. */
function shownValue(value: unknown): string {
  try {
    // An object in a wrong place may be one that holds a secret.
    if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
    const text = JSON.stringify(value) ?? 'nothing';
    return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  } catch {
    return 'such a value';
  }
}

function isSecret(path: string): boolean {
  return path === 'policy' || path.startsWith('policy.');
}

/** One sentence for each key that Braid ignores or does not know, naming the nearest one that it does. */
export function unusedKeyWarnings(raw: JsonObject): string[] {
  return Object.keys(raw).flatMap((key) => {
    const reason = Object.hasOwn(GENIE_IGNORED, key) ? GENIE_IGNORED[key] : undefined;
    if (reason !== undefined) return [`the CNI-Genie key "${key}" is ignored: ${reason}`];
    if (Object.hasOwn(shape.shape, key) || key.startsWith('cni.dev/')) return [];
    const nearest = closest(key, KNOWN_KEYS);
    const isNear = distance(key.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, key.length / 3);
    return [`unknown key "${key}" is ignored${isNear ? `; did you mean "${nearest}"?` : ''}`];
  });
}
