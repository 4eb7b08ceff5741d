/**
 * The node configuration as decisions: one value for each setting, whichever predecessor's spelling gave it. Pure.
 *
 * ADD refuses a wrong value; DEL goes on with the default of every key but those that place the records, since an
 * operator's typo must not leave a dead pod's addresses behind.
 */
import { resolve } from 'node:path/posix';
import { CniError, ErrorCode } from '../errors.ts';
import type { LogLevel } from '../log/log.ts';
import { type JsonObject, withoutKeys } from '../schema/json.ts';
import { isForMultus, type KeyConflict, keyConflict, overruledKeyWarnings } from '../schema/key-agreement.ts';
import { commaItems } from '../schema/key-values.ts';
import {
  ANNOTATIONS_CAPABILITY,
  type NodeConfigKeys,
  parseNodeConfigKeys,
  unusedKeyWarnings,
} from '../schema/node-config.ts';
import { configuredNetworks } from './configured-networks.ts';

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

/** A network that the node's configuration names: `text` as it stands there, or a whole configuration. */
export type ConfiguredNetwork =
  /** CNI-Genie's grammar, `name@interface`; `place` is for people: `configuration key "defaultPlugin", item 2`. */
  | { readonly kind: 'item'; readonly text: string; readonly place: string }
  /** Multus' grammar: a name, or a path when it holds a "/". */
  | { readonly kind: 'name-or-path'; readonly text: string; readonly place: string }
  | { readonly kind: 'inline'; readonly config: JsonObject; readonly place: string }
  | { readonly kind: 'chain-folder'; readonly name: string; readonly besidePath: string; readonly place: string };

/** Who may refer to which network. */
export interface IsolationSettings {
  /** True: a pod refers to definitions of its own namespace and of `globalNamespaces` only. */
  readonly isIsolated: boolean;
  readonly globalNamespaces: readonly string[];
  /** By the name of a network from the node's files: the namespaces whose pods may have it; no entry, all may. */
  readonly allowedNamespaces: Readonly<Record<string, readonly string[]>>;
}

/** Which requests are recorded. */
export interface RecordSettings {
  /** How many, at most. */
  readonly requests: number;
  readonly verbs: readonly string[];
  /** The labels that a pod must have; `undefined`: any pod, or none. */
  readonly podLabels: Readonly<Record<string, string>> | undefined;
  readonly folder: string;
}

/** Where the spans of each request go: to one of the two at least. */
export interface TraceSettings {
  readonly file: string | undefined;
  /** The file is set aside beyond this, in MB of a million bytes. */
  readonly maxFileMb: number;
  /** URL of a collector. */
  readonly endpoint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** The node's settings. Paths are absolute, times in ms. */
export interface NodeConfig {
  readonly confDir: string;
  readonly binDirs: readonly string[];
  /** True: `binDirs` are searched before CNI_PATH, as Multus does it. */
  readonly isBinDirFirst: boolean;
  readonly stateDir: string;
  /** A folder of profiles of plugins, beside those that Braid brings. */
  readonly profileDir: string | undefined;
  /** Where plugins say what device an attachment has: `cni/` by us and them, `dp/` by device plugins. */
  readonly deviceInfoDir: string;
  readonly kube: KubeSettings | undefined;
  /** The networks of a pod that says nothing, the cluster's default network first; `undefined` when not configured. */
  readonly defaultNetworks: readonly ConfiguredNetwork[] | undefined;
  /** What every pod outside `systemNamespaces` gets beside its default network, except with a complete list (`cni`). */
  readonly extraNetworks: readonly ConfiguredNetwork[];
  readonly systemNamespaces: readonly string[];
  /** Where definitions are looked up that the node's configuration or a default-network annotation names bare. */
  readonly networkNamespace: string;
  readonly isolation: IsolationSettings;
  /** False: the configuration was written for Multus, so that CNI-Genie's annotations of pods mean nothing. */
  readonly hasGenieAnnotations: boolean;
  /** True: the pod's Namespace object may name its default network. */
  readonly hasNamespaceDefaults: boolean;
  /** A file without which no pod can be served: another network's agent writes it when it is ready. */
  readonly readinessFile: string | undefined;
  /** `undefined`: merged, unless the version can carry one network only. */
  readonly resultMode: 'merged' | 'primary' | undefined;
  readonly statusWriteBack: 'best-effort' | 'required' | 'off';
  readonly apiTimeoutMs: number;
  readonly delegateTimeoutMs: number;
  /** Whether the runtime is asked to hand over the pods' annotations. */
  readonly hasPodAnnotations: boolean;
  readonly logLevel: LogLevel;
  readonly logFile: string | undefined;
  /** Whether log lines go to stderr, be there a file or not. */
  readonly hasStderrLog: boolean;
  /** `undefined`: nothing is recorded. */
  readonly record: RecordSettings | undefined;
  /** `undefined`: nothing is traced. */
  readonly trace: TraceSettings | undefined;
  /** What the runtime gave for the capabilities that our configuration declares. */
  readonly runtimeConfig: JsonObject;
}

/** A node configuration and what is to be said about it. */
export interface ReadNodeConfig {
  readonly config: NodeConfig;
  readonly warnings: readonly string[];
}

/** Reads the configuration. Throws: code 7 naming the first key with a wrong value, or two that contradict each other. */
export function parseNodeConfig(raw: JsonObject): ReadNodeConfig {
  const parsed = agreeingKeys(raw);
  if (parsed.kind === 'read') {
    return { config: decide(parsed.keys), warnings: [...unusedKeyWarnings(raw), ...overruledKeyWarnings(parsed.keys)] };
  }
  throw new CniError(
    ErrorCode.invalidConfig,
    `invalid configuration: ${parsed.message}`,
    'correct this key in the CNI configuration file of Braid',
  );
}

/**
 * Reads the configuration for a clean-up: a wrong value is a warning and its key's default holds.
 * Throws: code 7 when the key that says where the records lie is wrong, for then nothing can be found.
 */
export function parseNodeConfigLeniently(raw: JsonObject): ReadNodeConfig {
  const parsed = agreeingKeys(raw);
  if (parsed.kind === 'read' || parsed.key === '' || placesRecords(parsed.key, raw)) return parseNodeConfig(raw);
  const rest = parseNodeConfigLeniently(withoutKeys(raw, (key) => key === parsed.key));
  const instead = parsed.kind === 'wrong' ? 'its default is used' : `"${parsed.key}" is left out`;
  return { config: rest.config, warnings: [`invalid configuration: ${parsed.message}; ${instead}`, ...rest.warnings] };
}

function placesRecords(key: string, raw: JsonObject): boolean {
  return key === 'stateDir' || (key === 'cniDir' && raw['stateDir'] === undefined);
}

type AgreeingKeys = ReturnType<typeof parseNodeConfigKeys> | ({ readonly kind: 'conflict' } & KeyConflict);

function agreeingKeys(raw: JsonObject): AgreeingKeys {
  const parsed = parseNodeConfigKeys(raw);
  const conflict = parsed.kind === 'read' ? keyConflict(parsed.keys) : undefined;
  return conflict ? { kind: 'conflict', ...conflict } : parsed;
}

function decide(keys: NodeConfigKeys): NodeConfig {
  return {
    ...places(keys),
    kube: kubeSettings(keys),
    ...configuredNetworks(keys),
    systemNamespaces: keys.systemNamespaces ?? ['kube-system'],
    networkNamespace: keys.networkNamespace ?? keys.multusNamespace ?? 'kube-system',
    isolation: isolation(keys),
    hasGenieAnnotations: !isForMultus(keys),
    hasNamespaceDefaults: keys.namespaceDefaults,
    readinessFile: given(keys.readinessFile) ?? given(keys.readinessindicatorfile),
    profileDir: keys.profileDir,
    deviceInfoDir: resolve(keys.deviceInfoDir),
    resultMode: keys.resultMode,
    statusWriteBack: keys.statusWriteBack,
    apiTimeoutMs: keys.apiTimeoutMs,
    delegateTimeoutMs: keys.delegateTimeoutMs,
    hasPodAnnotations: keys.capabilities[ANNOTATIONS_CAPABILITY] === true,
    ...logging(keys),
    record: recording(keys),
    trace: keys.trace && { ...keys.trace, file: keys.trace.file, endpoint: keys.trace.endpoint },
    runtimeConfig: keys.runtimeConfig,
  };
}

/** A configuration that was written for Multus has Multus' default folders, but never Multus' folder for state. */
function places(keys: NodeConfigKeys): Pick<NodeConfig, 'confDir' | 'binDirs' | 'isBinDirFirst' | 'stateDir'> {
  const isMultus = isForMultus(keys);
  const stateDir = keys.stateDir ?? (keys.cniDir === undefined ? '/var/lib/cni/braid' : `${keys.cniDir}/braid`);
  return {
    confDir: keys.confDir ?? (isMultus ? '/etc/cni/multus/net.d' : '/etc/cni/net.d'),
    binDirs: [keys.binDir ?? (isMultus ? '/opt/cni/bin' : [])].flat(),
    isBinDirFirst: isMultus && keys.binDir !== undefined,
    // Locks and records go by this name, so one folder must have one.
    stateDir: resolve(stateDir),
  };
}

function recording(keys: NodeConfigKeys): RecordSettings | undefined {
  const { record } = keys;
  if (!record) return undefined;
  const { requests, verbs, podLabels, folder = `${places(keys).stateDir}/recordings` } = record;
  return { requests, verbs, podLabels, folder: resolve(folder) };
}

function isolation(keys: NodeConfigKeys): IsolationSettings {
  const { globalNamespaces: shared = '' } = keys;
  const listed = shared === '' ? ['default'] : shared;
  return {
    isIsolated: keys.namespaceIsolation === true,
    globalNamespaces: typeof listed === 'string' ? commaItems(listed) : listed,
    // Without inherited members, for it is looked into by names that pods choose.
    allowedNamespaces: Object.assign(Object.create(null), keys.allowedNamespaces),
  };
}

/** Who wants no log on stderr and names no file wants none. */
function logging(keys: NodeConfigKeys): Pick<NodeConfig, 'logLevel' | 'logFile' | 'hasStderrLog'> {
  const logFile = given(keys.logFile);
  const hasStderrLog = keys.logToStderr ?? logFile === undefined;
  const isSilent = !hasStderrLog && logFile === undefined;
  return {
    logLevel: isSilent ? 'off' : logLevel(keys.logLevel ?? keys.log_level ?? 'warn'),
    logFile,
    hasStderrLog,
  };
}

function logLevel(spelling: NonNullable<NodeConfigKeys['logLevel']>): LogLevel {
  switch (spelling) {
    case 'warning':
      return 'warn';
    case 'none':
      return 'off';
    case 'verbose':
      return 'info';
    case 'panic':
      return 'error';
    default:
      return spelling;
  }
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

/** An empty text stands in files of CNI-Genie and Multus for what was not filled in. */
function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
