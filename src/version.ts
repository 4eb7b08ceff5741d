/** Braid's own version, from package.json. */
import packageJson from '../package.json' with { type: 'json' };

/** SemVer of this build. */
export const BRAID_VERSION: string = packageJson.version;
