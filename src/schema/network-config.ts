/**
 * Network configuration lists as they stand in files (spec §1): a typed view beside the original JSON.
 *
 * Pure. The original is kept whole, so that keys which only the plugin understands survive. Rules and their names in
 * errors are those of the reference library, except that a name is validated before anybody uses it as a path.
 */
import * as z from 'zod/mini';
import { firstIssue } from './issue-text.ts';
import { isJsonObject, isNestedDeeperThan, type JsonObject } from './json.ts';
import { isIdentifier } from './names.ts';

/** Deeper ones could neither be recorded nor be handed on. */
const MAX_LEVELS = 100;

/** A plugin is a file, and plugins name folders by the network; no file system takes longer names. */
const MAX_FILE_NAME = 255;

/** `true`/`false`, or those words in any case as the reference library takes them. */
const flag = z.optional(
  z.pipe(
    z.union(
      [z.boolean(), z.string().check(z.refine((text) => /^(true|false)$/i.test(text), 'must be true or false'))],
      'must be true or false',
    ),
    z.transform((value) => value === true || String(value).toLowerCase() === 'true'),
  ),
);

const strings = z.optional(z.nullable(z.array(z.string())));

/** What every plugin object has, whatever else stands in it. */
export const pluginShape = z.object({
  type: z.string().check(
    z.minLength(1),
    z.refine((type) => type.length <= MAX_FILE_NAME, 'is longer than any file name'),
  ),
  capabilities: z.optional(z.record(z.string(), z.boolean())),
  ipam: z.optional(z.record(z.string(), z.unknown())),
  dns: z.optional(
    z.object({ nameservers: strings, domain: z.optional(z.string()), search: strings, options: strings }),
  ),
});

/** A list without its plugins, each of which is read by itself. */
export const listShape = z.object({
  name: z.string(),
  cniVersion: z.optional(z.string()),
  cniVersions: z.optional(z.array(z.string())),
  disableCheck: flag,
  disableGC: flag,
  loadOnlyInlinedPlugins: flag,
  plugins: z.optional(z.array(z.unknown())),
});

/** What a plugin object has besides that is a file of its own. */
export const singleShape = z.object({ name: z.string(), cniVersion: z.optional(z.string()) });

/** One plugin of a list: its `type`, the capabilities that it declares `true`, and its object as written. */
export interface PluginConfig {
  readonly type: string;
  readonly capabilities: readonly string[];
  readonly raw: JsonObject;
}

/** A network configuration list. Versions are as written; `plugins` may be empty until a folder's are appended. */
export interface NetworkConfigFile {
  readonly name: string;
  readonly cniVersion: string;
  readonly cniVersions: readonly string[];
  readonly isCheckDisabled: boolean;
  readonly isGcDisabled: boolean;
  readonly isInlineOnly: boolean;
  readonly plugins: readonly PluginConfig[];
}

/** The IPAM plugin that a plugin delegates to (spec §4), by its object. */
export function ipamType({ ipam }: JsonObject): string | undefined {
  const type = isJsonObject(ipam) ? ipam['type'] : undefined;
  return typeof type === 'string' && type !== '' ? type : undefined;
}

/** Reads one plugin object. Throws: Error saying which key is wrong. */
export function parsePluginConfig(json: unknown): PluginConfig {
  if (!isJsonObject(json)) throw new Error('a plugin must be a JSON object');
  if (isNestedDeeperThan(MAX_LEVELS, json)) throw new Error(`it is nested deeper than ${MAX_LEVELS} levels`);
  if (json['type'] === undefined) throw new Error(`missing 'type'`);
  const parsed = pluginShape.safeParse(json);
  if (!parsed.success) throw new Error(firstIssue(parsed.error));
  const declared = Object.entries(parsed.data.capabilities ?? {});
  return {
    type: parsed.data.type,
    capabilities: declared.filter(([, isOn]) => isOn).map(([name]) => name),
    raw: json,
  };
}

/** Reads a list (`.conflist`). Throws: Error saying which key is wrong. */
export function parseConfigList(json: unknown): NetworkConfigFile {
  if (!isJsonObject(json)) throw new Error('not a JSON object');
  const parsed = listShape.safeParse(json);
  if (!parsed.success) throw new Error(firstIssue(parsed.error));
  const { plugins, ...list } = parsed.data;
  if (plugins?.length === 0) throw new Error('no plugins in list');
  if (plugins === undefined && list.loadOnlyInlinedPlugins) {
    throw new Error('"loadOnlyInlinedPlugins" is true, but there are no "plugins"');
  }
  return {
    name: checkedName(list.name),
    cniVersion: list.cniVersion ?? '',
    cniVersions: list.cniVersions ?? [],
    isCheckDisabled: list.disableCheck ?? false,
    isGcDisabled: list.disableGC ?? false,
    isInlineOnly: list.loadOnlyInlinedPlugins ?? false,
    plugins: (plugins ?? []).map(namedPlugin),
  };
}

/** Reads a single plugin's file (`.conf`, `.json`) as a list of one. Throws: Error saying which key is wrong. */
export function parseSingleConfig(json: unknown): NetworkConfigFile {
  const plugin = parsePluginConfig(json);
  const parsed = singleShape.safeParse(json);
  if (!parsed.success) throw new Error(firstIssue(parsed.error));
  return {
    name: checkedName(parsed.data.name),
    cniVersion: parsed.data.cniVersion ?? '',
    cniVersions: [],
    isCheckDisabled: false,
    isGcDisabled: false,
    isInlineOnly: true,
    plugins: [plugin],
  };
}

function namedPlugin(json: unknown, index: number): PluginConfig {
  try {
    return parsePluginConfig(json);
  } catch (cause) {
    throw new Error(`plugins[${index}]: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function checkedName(name: string): string {
  if (name.length > MAX_FILE_NAME) throw new Error(`"name" has ${name.length} characters, more than ${MAX_FILE_NAME}`);
  if (isIdentifier(name)) return name;
  throw new Error(
    `"name" is ${JSON.stringify(name)}; it must begin with a letter or digit and hold only letters, digits, ".", "_", "-"`,
  );
}
