/** The node's configuration as the agent can know it before the first call brings it along. Reads a file. */
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { readOwnConfig } from '../network/own-config.ts';
import { type NodeConfig, parseNodeConfig } from '../request/node-config.ts';
import { USUAL_FILE } from '../schema/installation.ts';

/**
 * Reads Braid's own configuration from a network configuration (list); without a name, from the usual file if it is there.
 * Throws: code 7 when a file that was named cannot be used.
 */
export async function loadWarmConfig(file: string | undefined): Promise<NodeConfig | undefined> {
  try {
    const own = await readOwnConfig(file ?? USUAL_FILE, { orFirst: true });
    return parseNodeConfig(own.raw).config;
  } catch (cause) {
    // What nobody named need not be there; the first call brings its own, and its errors.
    if (file === undefined) return undefined;
    throw new CniError(ErrorCode.invalidConfig, `--conf ${file}: ${errorText(cause)}`, '', { cause });
  }
}
