/**
 * The configuration that one plugin gets on stdin, without `prevResult`. Pure. Spec §3 "Deriving execution configuration".
 *
 * From disk: every key but those that the specification reserves for the runtime. Added: the list's name and version,
 * and `runtimeConfig` with what the runtime gave and the pod asked for the capabilities that this plugin declares.
 */
import { type JsonObject, withoutKeys } from '../schema/json.ts';
import type { PluginConfig } from '../schema/network-config.ts';

/** Capabilities that say something of the pod as a whole; all others belong to the primary attachment alone. */
const SHARED_CAPABILITIES: ReadonlySet<string> = new Set(['dns', 'cgroupPath', 'io.kubernetes.cri.pod-annotations']);

/** What surrounds one plugin in its list. */
export interface ListContext {
  readonly name: string;
  readonly cniVersion: string;
  readonly isPrimary: boolean;
  /** What the runtime gave us for our own capabilities. */
  readonly runtimeConfig: JsonObject;
  /** What the selection asks of this attachment, by capability; it wins over what the runtime gave. */
  readonly asked: JsonObject;
}

/** The plugin's configuration. */
export function delegateConfig(plugin: PluginConfig, context: ListContext): JsonObject {
  const runtimeConfig = offeredCapabilities(plugin, context);
  return {
    ...withoutKeys(plugin.raw, isReserved),
    name: context.name,
    cniVersion: context.cniVersion,
    ...(Object.keys(runtimeConfig).length > 0 ? { runtimeConfig } : {}),
  };
}

function isReserved(key: string): boolean {
  return ['capabilities', 'prevResult', 'runtimeConfig'].includes(key) || key.startsWith('cni.dev/');
}

function offeredCapabilities(plugin: PluginConfig, context: ListContext): JsonObject {
  const given = Object.entries(context.runtimeConfig).filter(
    ([capability]) => context.isPrimary || SHARED_CAPABILITIES.has(capability),
  );
  return Object.fromEntries(
    [...given, ...Object.entries(context.asked)].filter(([capability]) => plugin.capabilities.includes(capability)),
  );
}
