/**
 * The node that pods are explained for: Braid's own configuration, the folder of networks, where the plugins are.
 *
 * In: options. Out: `NodeSetting`, whose configuration is a valid one. Reads files.
 */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { HostFacts } from '../../catalogue/host-needs.ts';
import { NODE_HOST } from '../../catalogue/node-host.ts';
import { WHOLE_HOST } from '../../catalogue/whole-host.ts';
import { CniError, ErrorCode } from '../../errors.ts';
import { fileFault } from '../../file-fault.ts';
import { findAnyPlugin } from '../../network/find-any-plugin.ts';
import { findPlugins } from '../../network/find-plugins.ts';
import type { FindPlugins } from '../../network/network-source.ts';
import { readOwnConfig } from '../../network/own-config.ts';
import { type NodeConfig, parseNodeConfig } from '../../request/node-config.ts';
import { USUAL_FILE, USUAL_KUBECONFIG, USUAL_PLUGIN_DIR } from '../../schema/installation.ts';
import type { JsonObject } from '../../schema/json.ts';
import { ANNOTATIONS_CAPABILITY } from '../../schema/node-config.ts';
import { isOwnPlugin, OWN_TYPE } from '../../schema/own-type.ts';
import { runtimesDirs } from '../plugin-dirs.ts';

/** What the command line says of the node. */
export interface NodeOptions {
  readonly conf: string | undefined;
  readonly confDir: string | undefined;
  /** None: where they usually are, if any are there. */
  readonly pluginDirs: readonly string[] | 'assumed';
  /** What a runtime would hand over, by capability. */
  readonly runtimeConfig: JsonObject;
}

/** What the node has beside its configuration. */
export interface MachineFacts {
  readonly findPlugins: FindPlugins;
  readonly isThere: (path: string) => boolean;
  readonly host: HostFacts;
}

/** The node as it is taken. */
export interface NodeSetting {
  /** Where its configuration stands; `undefined`: nowhere, and defaults hold. */
  readonly file: string | undefined;
  /** What a runtime writes to Braid's stdin, but for what it adds of the pod. */
  readonly raw: JsonObject;
  readonly config: NodeConfig;
  readonly capabilities: readonly string[];
  readonly runtimeConfig: JsonObject;
  readonly pluginDirs: readonly string[];
  /** True: no plugin was looked for, and the node is taken to have what plugins need. */
  readonly arePluginsAssumed: boolean;
  readonly machine: MachineFacts;
  readonly warnings: readonly string[];
}

/** Without a configuration: pods and definitions can be read, which is what somebody wants who explains them. */
const DEFAULTS = {
  cniVersion: '1.0.0',
  name: OWN_TYPE,
  type: OWN_TYPE,
  kubeconfig: USUAL_KUBECONFIG,
  capabilities: { [ANNOTATIONS_CAPABILITY]: true, portMappings: true, bandwidth: true, dns: true },
};

/** Reads the node's side. Throws: code 7 when the configuration cannot be used. */
export async function readNode(options: NodeOptions): Promise<NodeSetting> {
  const file = options.conf ?? (existsSync(USUAL_FILE) ? USUAL_FILE : undefined);
  const own = file === undefined ? withDefaults(options.runtimeConfig) : await readOwn(file);
  const raw = { ...own.raw, ...(options.confDir === undefined ? {} : { confDir: resolve(options.confDir) }) };
  const { config, warnings } = parseNodeConfig(raw);
  const plugins = findPluginDirs(options.pluginDirs);
  return {
    file,
    raw,
    config,
    capabilities: own.capabilities,
    runtimeConfig: options.runtimeConfig,
    ...plugins,
    machine: plugins.arePluginsAssumed ? ASSUMED : thisMachine(),
    warnings: [...warnings, ...undeclared(options.runtimeConfig, own.capabilities)],
  };
}

/** Whose configurations are Braid's but for the type. */
const PREDECESSORS = ['genie', 'multus', 'multus-shim'];

type OwnConfig = Pick<NodeSetting, 'raw' | 'capabilities'>;

function withDefaults(runtimeConfig: JsonObject): OwnConfig {
  const given = Object.fromEntries(Object.keys(runtimeConfig).map((name) => [name, true]));
  const capabilities = { ...DEFAULTS.capabilities, ...given };
  return { raw: { ...DEFAULTS, capabilities }, capabilities: Object.keys(capabilities) };
}

async function readOwn(file: string): Promise<OwnConfig> {
  try {
    const { raw, plugin } = await readOwnConfig(file, { orFirst: true });
    if (!isOwnPlugin(plugin) && !PREDECESSORS.includes(plugin.type)) {
      throw new Error(`it is no configuration of Braid, CNI-Genie or Multus: its plugin is "${plugin.type}"`);
    }
    return { raw, capabilities: plugin.capabilities };
  } catch (cause) {
    throw new CniError(ErrorCode.invalidConfig, `--conf ${file}: ${fileFault(cause)}`, '', { cause });
  }
}

/** A runtime hands over what is asked for, and nothing else. */
function undeclared(runtimeConfig: JsonObject, capabilities: readonly string[]): string[] {
  const names = Object.keys(runtimeConfig).filter((name) => !capabilities.includes(name));
  return names.map(
    (name) => `a runtime does not hand over "${name}": the configuration does not declare it in "capabilities"`,
  );
}

function findPluginDirs(given: NodeOptions['pluginDirs']): Pick<NodeSetting, 'pluginDirs' | 'arePluginsAssumed'> {
  if (given === 'assumed') return { pluginDirs: [USUAL_PLUGIN_DIR], arePluginsAssumed: true };
  if (given.length > 0) return { pluginDirs: given.map((folder) => resolve(folder)), arePluginsAssumed: false };
  const there = runtimesDirs().filter(hasFiles);
  if (there.length > 0) return { pluginDirs: there, arePluginsAssumed: false };
  return { pluginDirs: [USUAL_PLUGIN_DIR], arePluginsAssumed: true };
}

function hasFiles(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}

/** This machine, of which everything is asked once, however many pods need it. */
function thisMachine(): MachineFacts {
  const lookups = new Map<string, ReturnType<FindPlugins>>();
  return {
    findPlugins: (types, searchPath) =>
      kept(lookups, JSON.stringify([types, searchPath]), () => findPlugins(types, searchPath)),
    isThere: existsSync,
    host: { ...NODE_HOST, file: remembering(NODE_HOST.file), kernelModule: remembering(NODE_HOST.kernelModule) },
  };
}

function remembering<T>(ask: (name: string) => T): (name: string) => T {
  const answers = new Map<string, T>();
  return (name) => kept(answers, name, () => ask(name));
}

function kept<T>(answers: Map<string, T>, key: string, ask: () => T): T {
  const answer = answers.get(key) ?? ask();
  answers.set(key, answer);
  return answer;
}

const ASSUMED: MachineFacts = { findPlugins: findAnyPlugin, isThere: () => true, host: WHOLE_HOST };
