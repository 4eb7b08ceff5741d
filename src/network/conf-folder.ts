/** The node's configuration folder as one look-up of all networks sees it: read once, and only when somebody asks. */
import type { OpenCatalogue } from '../catalogue/catalogue.ts';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import type { ConfigFile } from './match-network.ts';
import { readConfDir } from './read-conf-dir.ts';

/** Whether the binaries of all these plugins are there. */
export type IsPluginThere = (types: readonly string[]) => Promise<boolean>;

/** Where configuration files are, and what a network without one needs to know. */
export interface ConfSettings {
  readonly confDir: string;
  /** The type that marks our own configuration. */
  readonly ownType: string;
  readonly isPluginThere: IsPluginThere;
  readonly openCatalogue: OpenCatalogue;
  /** Files that stand for those of the folder; without, the folder is read. */
  readonly files?: readonly ConfigFile[];
}

/** The folder for one `find`. */
export interface ConfFolder extends Omit<ConfSettings, 'files'> {
  /** Its files; all callers share one reading. Throws: code 7 when the folder cannot be read. */
  files(): Promise<readonly ConfigFile[]>;
  /** Its files when somebody has asked for them, else none. */
  filesRead(): Promise<readonly ConfigFile[]>;
}

/** Opens the folder; nothing is read yet. */
export function openConfFolder(settings: ConfSettings): ConfFolder {
  let reading: Promise<readonly ConfigFile[]> | undefined;
  return {
    ...settings,
    files: () => (reading ??= settings.files ? Promise.resolve(settings.files) : read(settings.confDir)),
    filesRead: async () => (await reading) ?? [],
  };
}

async function read(confDir: string): Promise<readonly ConfigFile[]> {
  try {
    return await readConfDir(confDir);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CniError(
      ErrorCode.invalidConfig,
      `confDir "${confDir}" ${isMissing ? 'does not exist' : `cannot be read: ${errorText(cause)}`}`,
      'set the key "confDir" to the folder that holds the network configuration files',
      { cause },
    );
  }
}
