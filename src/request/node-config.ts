/**
 * The node configuration as decisions: one value for each setting, whichever predecessor's spelling gave it. Pure.
 *
 * ADD refuses a wrong value; DEL goes on with the default of every key but `stateDir`, since an operator's typo must not
 * leave a dead pod's addresses behind.
 */
import { resolve } from 'node:path/posix';
import { CniError, ErrorCode } from '../errors.ts';
import type { LogLevel } from '../log/log.ts';
import { type JsonObject, withoutKeys } from '../schema/json.ts';
import {
  ANNOTATIONS_CAPABILITY,
  type NodeConfigKeys,
  parseNodeConfigKeys,
  unusedKeyWarnings,
} from '../schema/node-config.ts';

/** How to reach the API server; `undefined` members are not configured. */
export interface KubeSettings {
  readonly kubeconfig: string | undefined;
  /** CNI-Genie's inline settings; each wins over the kubeconfig's. */
  readonly apiRoot: string | undefined;
  readonly token: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  readonly certificateAuthority: string | undefined;
}

/** The node's settings. Paths are absolute, times in ms. */
export interface NodeConfig {
  readonly confDir: string;
  readonly binDirs: readonly string[];
  readonly stateDir: string;
  readonly kube: KubeSettings | undefined;
  /** The items of `defaultPlugin`, unparsed; `undefined` when not configured. */
  readonly defaultNetworks: readonly string[] | undefined;
  /** `undefined`: merged, unless the version can carry one network only. */
  readonly resultMode: 'merged' | 'primary' | undefined;
  readonly statusWriteBack: 'best-effort' | 'required' | 'off';
  readonly apiTimeoutMs: number;
  readonly delegateTimeoutMs: number;
  /** Whether the runtime is asked to hand over the pods' annotations. */
  readonly hasPodAnnotations: boolean;
  readonly logLevel: LogLevel;
  readonly logFile: string | undefined;
  /** What the runtime gave for the capabilities that our configuration declares. */
  readonly runtimeConfig: JsonObject;
}

/** A node configuration and what is to be said about it. */
export interface ReadNodeConfig {
  readonly config: NodeConfig;
  readonly warnings: readonly string[];
}

/** Reads the configuration. Throws: code 7 naming the first key with a wrong value. */
export function parseNodeConfig(raw: JsonObject): ReadNodeConfig {
  const parsed = parseNodeConfigKeys(raw);
  if (parsed.kind === 'wrong') {
    throw new CniError(
      ErrorCode.invalidConfig,
      `invalid configuration: ${parsed.message}`,
      'correct this key in the CNI configuration file of Braid',
    );
  }
  return { config: decide(parsed.keys), warnings: unusedKeyWarnings(raw) };
}

/**
 * Reads the configuration for a clean-up: a wrong value is a warning and its key's default holds.
 * Throws: code 7 when `stateDir` is wrong, for then nothing can be found.
 */
export function parseNodeConfigLeniently(raw: JsonObject): ReadNodeConfig {
  const parsed = parseNodeConfigKeys(raw);
  if (parsed.kind === 'read' || parsed.key === 'stateDir' || parsed.key === '') return parseNodeConfig(raw);
  const rest = parseNodeConfigLeniently(withoutKeys(raw, (key) => key === parsed.key));
  return {
    config: rest.config,
    warnings: [`invalid configuration: ${parsed.message}; its default is used`, ...rest.warnings],
  };
}

function decide(keys: NodeConfigKeys): NodeConfig {
  return {
    confDir: keys.confDir,
    binDirs: [keys.binDir].flat(),
    // Locks and records go by this name, so one folder must have one.
    stateDir: resolve(keys.stateDir),
    kube: kubeSettings(keys),
    defaultNetworks: networkItems(keys.defaultPlugin ?? keys.default_plugin),
    resultMode: keys.resultMode,
    statusWriteBack: keys.statusWriteBack,
    apiTimeoutMs: keys.apiTimeoutMs,
    delegateTimeoutMs: keys.delegateTimeoutMs,
    hasPodAnnotations: keys.capabilities[ANNOTATIONS_CAPABILITY] === true,
    logLevel: logLevel(keys.logLevel ?? keys.log_level ?? 'warn'),
    logFile: keys.logFile,
    runtimeConfig: keys.runtimeConfig,
  };
}

/** An empty text or list configures nothing, rather than pods without a network. */
function networkItems(value: NodeConfigKeys['defaultPlugin']): readonly string[] | undefined {
  if (value === undefined || value.length === 0) return undefined;
  return typeof value === 'string' ? value.split(',') : value;
}

function logLevel(spelling: NonNullable<NodeConfigKeys['logLevel']>): LogLevel {
  if (spelling === 'warning') return 'warn';
  return spelling === 'none' ? 'off' : spelling;
}

function kubeSettings(keys: NodeConfigKeys): KubeSettings | undefined {
  const kubeconfig = keys.kubeconfig ?? given(keys.kubernetes?.kubeconfig);
  const apiRoot = given(keys.kubernetes?.k8s_api_root) ?? given(keys.policy?.k8s_api_root);
  if (kubeconfig === undefined && apiRoot === undefined) return undefined;
  return {
    kubeconfig,
    apiRoot,
    token: given(keys.policy?.k8s_auth_token),
    clientCertificate: given(keys.policy?.k8s_client_certificate),
    clientKey: given(keys.policy?.k8s_client_key),
    certificateAuthority: given(keys.policy?.k8s_certificate_authority),
  };
}

/** CNI-Genie's files hold empty strings for what was not filled in. */
function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
