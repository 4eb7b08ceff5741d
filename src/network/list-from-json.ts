/**
 * A network configuration list from JSON, wherever that stood. Pure.
 *
 * In: a text or a value that nobody has looked at. Out: a list, or an Error that says which key is wrong. Texts from the
 * API server are anybody's, so what a message quotes of them is cut short.
 */
import { errorText } from '../errors.ts';
import { clipped } from '../schema/clipped-text.ts';
import { isJsonObject } from '../schema/json.ts';
import {
  type NetworkConfigFile,
  type PluginConfig,
  parseConfigList,
  parseSingleConfig,
} from '../schema/network-config.ts';
import { selectVersion } from './config-version.ts';
import type { NetworkConfigList } from './network-source.ts';

/** What the reader of a list knows of it beside its JSON; `reference` is the list's own name unless given. */
export interface ListOrigin {
  readonly origin: string;
  readonly isNodeFile: boolean;
  readonly reference?: string;
  readonly resourceName?: string;
}

/** The same of a list that is no file of its own, where `fallbackName` is the name of one that has none. */
export interface InlineOrigin extends ListOrigin {
  readonly fallbackName?: string;
}

/** What was thrown, as one short line. */
export function shortCause(cause: unknown): string {
  return clipped(errorText(cause));
}

/**
 * Reads a list or a single plugin that is no file of its own: `plugins` makes it a list, and no folder adds to it.
 * Throws: Error saying which key is wrong.
 */
export function listFromJson(json: unknown, source: InlineOrigin): NetworkConfigList {
  if (!isJsonObject(json)) throw new Error('not a JSON object');
  const { fallbackName, ...origin } = source;
  const isNameless = json['name'] === undefined || json['name'] === '';
  if (isNameless && fallbackName === undefined) throw new Error('it has no "name"');
  const named = isNameless ? { ...json, name: fallbackName } : json;
  if (json['plugins'] === undefined && json['type'] === undefined) {
    throw new Error('it has neither "plugins" nor "type"');
  }
  const parsed = json['plugins'] === undefined ? parseSingleConfig(named) : parseConfigList(named);
  return networkList(parsed, parsed.plugins, origin);
}

/** A parsed configuration with all its plugins. Throws: Error when there are none, or it has no usable version. */
export function networkList(
  parsed: NetworkConfigFile,
  plugins: readonly PluginConfig[],
  origin: ListOrigin,
): NetworkConfigList {
  if (plugins.length === 0) throw new Error('no plugin configs found');
  return {
    name: parsed.name,
    reference: parsed.name,
    cniVersion: selectVersion(parsed.cniVersion, parsed.cniVersions),
    isCheckDisabled: parsed.isCheckDisabled,
    isGcDisabled: parsed.isGcDisabled,
    plugins,
    ...origin,
  };
}
