/**
 * The node's configuration: what stands in `00-braid.conflist` and reaches us on stdin. Pure.
 *
 * A wrong value is an error that names its key; an unknown key is a warning, since failing would take a node's network
 * down. The keys of CNI-Genie and of Multus are taken, or named as ignored.
 */
import * as z from 'zod/mini';
import { GENIE_KEYS, IGNORED_GENIE_KEYS } from './genie-keys.ts';
import { firstIssue, keyPath } from './issue-text.ts';
import type { JsonObject } from './json.ts';
import {
  absolutePath,
  flag,
  folders,
  logLevel,
  logPath,
  milliseconds,
  namespace,
  namespacesByNetwork,
  networkItems,
  pathOrEmpty,
  text,
} from './key-values.ts';
import { IGNORED_MULTUS_KEYS, MULTUS_KEYS } from './multus-keys.ts';
import { nearestName } from './nearest-name.ts';
import { recordKeys } from './record-keys.ts';
import { traceKeys } from './trace-keys.ts';

const SHOWN_CHARACTERS = 200;

/** The keys of the plugin object whose `type` is ours. */
export const nodeConfigShape = z.object({
  confDir: z.optional(absolutePath),
  binDir: z.optional(folders),
  profileDir: z.optional(absolutePath),
  deviceInfoDir: z._default(absolutePath, '/var/run/k8s.cni.cncf.io/devinfo'),
  stateDir: z.optional(absolutePath),
  kubeconfig: z.optional(text),
  defaultPlugin: z.optional(networkItems),
  networkNamespace: z.optional(namespace),
  namespaceDefaults: z._default(z.boolean(), false),
  allowedNamespaces: z._default(namespacesByNetwork, {}),
  readinessFile: z.optional(pathOrEmpty),
  resultMode: z.optional(z.enum(['merged', 'primary'])),
  statusWriteBack: z._default(z.enum(['best-effort', 'required', 'off']), 'best-effort'),
  apiTimeoutMs: z._default(milliseconds, 10_000),
  delegateTimeoutMs: z._default(milliseconds, 60_000),
  logLevel: z.optional(logLevel),
  logFile: z.optional(logPath),
  trace: z.optional(traceKeys),
  capabilities: z._default(z.record(z.string(), z.boolean()), {}),
  runtimeConfig: z._default(z.record(z.string(), z.unknown()), {}),
  record: z.optional(recordKeys),
  ...MULTUS_KEYS,
  ...GENIE_KEYS,
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
export type NodeConfigKeys = z.infer<typeof nodeConfigShape>;

/** The keys that have a meaning, in the spelling that Braid's documents use. */
export const KNOWN_KEYS = Object.keys(nodeConfigShape.shape).filter(
  (key) => !['default_plugin', 'log_level'].includes(key),
);

/** Reads the keys; on failure the message names the key: `"apiTimeoutMs" must be a whole number`. */
export function parseNodeConfigKeys(
  raw: JsonObject,
): { kind: 'read'; keys: NodeConfigKeys } | { kind: 'wrong'; key: string; message: string } {
  const misspelt = misspeltRule(raw);
  if (misspelt) return { kind: 'wrong', ...misspelt };
  const parsed = nodeConfigShape.safeParse(raw);
  if (parsed.success) return { kind: 'read', keys: parsed.data };
  const [top = ''] = parsed.error.issues[0]?.path ?? [];
  return { kind: 'wrong', key: String(top), message: keyText(parsed.error, raw) };
}

/** Rules that, misspelt and ignored, would leave open what somebody wanted closed. */
const RULES = ['namespaceIsolation', 'globalNamespaces', 'allowedNamespaces'];

/** Go programs, Multus among them, take keys in any case. */
function misspeltRule(raw: JsonObject): { key: string; message: string } | undefined {
  for (const key of Object.keys(raw)) {
    const rule = RULES.find((name) => name !== key && name.toLowerCase() === key.toLowerCase());
    if (rule !== undefined) return { key, message: `"${key}" must be spelt "${rule}"` };
  }
  return undefined;
}

function keyText(error: z.core.$ZodError, raw: JsonObject): string {
  const issue = error.issues[0];
  const path = issue?.path ?? [];
  const value = path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part], raw);
  const isAboutKey = issue?.code === 'unrecognized_keys' || /^(is not|needs) /.test(issue?.message ?? '');
  const shown = isSecret(keyPath(path)) || isAboutKey ? '' : `, not ${shownValue(value)}`;
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
  return /^(policy|trace\.(headers|endpoint))(\.|$)/.test(path);
}

/** One sentence for each key that Braid ignores or does not know, naming the nearest one that it does. */
export function unusedKeyWarnings(raw: JsonObject): string[] {
  return Object.keys(raw).flatMap((key) => {
    const ignored = ignoredKeyWarning(key, 'CNI-Genie', IGNORED_GENIE_KEYS);
    if (ignored) return [ignored];
    const other = ignoredKeyWarning(key, 'Multus', IGNORED_MULTUS_KEYS);
    if (other) return [other];
    if (Object.hasOwn(nodeConfigShape.shape, key) || key.startsWith('cni.dev/')) return [];
    const nearest = nearestName(key, KNOWN_KEYS);
    return [`unknown key "${key}" is ignored${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`];
  });
}

function ignoredKeyWarning(key: string, whose: string, reasons: Readonly<Record<string, string>>): string | undefined {
  return Object.hasOwn(reasons, key) ? `the ${whose} key "${key}" is ignored: ${reasons[key]}` : undefined;
}
