/** What running fixtures with real plugins takes of this machine, looked at once. Touches disk by looking; starts a process. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Environment } from '../environment/environment.ts';
import { CniError, ErrorCode } from '../errors.ts';
import { USUAL_PLUGIN_DIRS } from '../schema/installation.ts';
import { NAMESPACE_HELPER } from '../schema/namespace-facts.ts';

/** A machine that has it. */
export interface RealMachine {
  /** Where plugins are looked for. */
  readonly pluginDirs: readonly string[];
  /** Where the helper `braid-netns` is. */
  readonly helperDir: string;
  /** The path of that program. */
  readonly nsenter: string;
  /** What plugins inherit. */
  readonly variables: Readonly<Record<string, string>>;
}

const TOOLS = ['sh', 'unshare', 'mount', 'umount', 'ip', 'nsenter'];

/** Looks at it. `pluginDirs`: those that were named, if any. Throws: code 5 with what is missing. */
export function examineMachine(
  { program, variables }: Pick<Environment, 'program' | 'variables'>,
  pluginDirs: readonly string[] = [],
): RealMachine {
  const refuse = (what: string, hint: string) => new CniError(ErrorCode.io, `--real: ${what}`, hint);
  if (process.getuid?.() !== 0) throw refuse('it takes root', '`unshare --user --map-root-user` may do');
  const tools = new Map(TOOLS.map((tool) => [tool, toolPath(tool, variables['PATH'] ?? '')]));
  const missing = TOOLS.filter((tool) => tools.get(tool) === undefined);
  if (missing.length > 0) {
    throw refuse(`not in PATH: ${missing.join(', ')}`, 'Debian has them in the packages util-linux and iproute2');
  }
  const fault = namespaceFault();
  if (fault !== undefined) throw refuse(`this machine lets us make no namespaces: ${fault}`, NEEDED);
  const there = pluginDirs.length > 0 ? pluginDirs : USUAL_PLUGIN_DIRS.filter((folder) => existsSync(folder));
  if (there.length === 0) throw refuse(`there is no folder ${USUAL_PLUGIN_DIRS.join(' or ')}`, 'see --plugin-dir');
  const beside = dirname(program.at(-1) ?? '');
  const helperDir = [...there, beside, join(beside, 'cni')].find((folder) =>
    existsSync(join(folder, NAMESPACE_HELPER)),
  );
  if (helperDir === undefined)
    throw refuse(`${NAMESPACE_HELPER} is not there`, 'install it beside Braid or the plugins');
  return { pluginDirs: there, helperDir, nsenter: tools.get('nsenter') ?? '', variables };
}

const NEEDED = 'it takes the right to make namespaces and mounts, which containers lack';

function namespaceFault(): string | undefined {
  const args = '--net --mount --pid --fork --propagation private mount -t sysfs sysfs /sys';
  const { status, stderr, error } = spawnSync('unshare', args.split(' '), { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim().split('\n').at(-1));
}

function toolPath(tool: string, path: string): string | undefined {
  const isProgram = (file: string) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return path
    .split(':')
    .map((folder) => join(folder, tool))
    .find(isProgram);
}
