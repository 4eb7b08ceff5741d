/** Network configurations wherever they stand (files of a node, definitions, inside of Braid's own) as one kind of subject. Pure. */
import type { ConfigFile } from '../network/match-network.ts';
import type { NetworkConfigList } from '../network/network-source.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { isOwnPlugin } from '../schema/own-type.ts';
import type { Path, SourceDocument } from './source-document.ts';

/** A configuration that the core has read, beside where it stands. */
export interface Configuration {
  /** How messages call it: `network "front"`. */
  readonly title: string;
  readonly document: SourceDocument;
  readonly list: NetworkConfigList;
  /** Where on a node it lies; `undefined`: in the cluster, for all nodes. */
  readonly folder: string | undefined;
}

/** A file of a node's configuration folder as the core reads it, with its places. */
export interface ConfigurationFile {
  readonly file: ConfigFile;
  readonly document: SourceDocument;
}

/** The path of the object of one plugin in its document. */
export function pluginPath(document: SourceDocument, index: number): Path {
  const { value } = document;
  return isJsonObject(value) && Array.isArray(value['plugins']) ? ['plugins', index] : [];
}

/** Our own plugin in a list. */
export function ownPlugin(
  list: NetworkConfigList,
): { readonly index: number; readonly type: string; readonly raw: JsonObject } | undefined {
  const index = list.plugins.findIndex(isOwnPlugin);
  const plugin = list.plugins[index];
  return plugin && { index, type: plugin.type, raw: plugin.raw };
}
