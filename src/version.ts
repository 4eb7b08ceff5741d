/** Braid's own version, from package.json. */
import packageJson from '../package.json' with { type: 'json' };

/** SemVer of this build. */
export const BRAID_VERSION: string = packageJson.version;

/** What is wrong with a version of Node, `20.19.1`, for the command line; `undefined`: nothing. Plugins' calls do not ask. */
export function nodeFault(version: string): string | undefined {
  const needed = packageJson.engines.node.replace('>=', '');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = needed.split('.').map(Number);
  const isNewEnough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  return isNewEnough ? undefined : `this is Node ${version}; it takes Node ${needed} or later`;
}
