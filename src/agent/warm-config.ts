/** The node's configuration as the agent can know it before the first call brings it along. Reads a file. */
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { readRegularFile } from '../read-regular-file.ts';
import { type NodeConfig, parseNodeConfig } from '../request/node-config.ts';
import { USUAL_FILE } from '../schema/installation.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { isOwnPlugin } from '../schema/own-type.ts';

/**
 * Reads Braid's own configuration from a network configuration (list); without a name, from the usual file if it is there.
 * Throws: code 7 when a file that was named cannot be used.
 */
export async function loadWarmConfig(file: string | undefined): Promise<NodeConfig | undefined> {
  try {
    return parseNodeConfig(ownPlugin(JSON.parse(await readRegularFile(file ?? USUAL_FILE)))).config;
  } catch (cause) {
    // What nobody named need not be there; the first call brings its own, and its errors.
    if (file === undefined) return undefined;
    throw new CniError(ErrorCode.invalidConfig, `--conf ${file}: ${errorText(cause)}`, '', { cause });
  }
}

/** Throws: Error when no plugin stands there. */
function ownPlugin(json: unknown): JsonObject {
  if (!isJsonObject(json)) throw new Error('it is no JSON object');
  const { plugins } = json;
  if (plugins === undefined) return json;
  const all = Array.isArray(plugins) ? plugins.filter(isJsonObject) : [];
  const own = all.find(isOwnPlugin) ?? all[0];
  if (!own) throw new Error('it has no plugins');
  return own;
}
