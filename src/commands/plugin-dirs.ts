/**
 * Where plugins are: the option by which a person says it to any command, and one rule for all that stand for the runtime when
 * nobody does. Looks which folders are there, and which have Braid.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Environment } from '../environment/environment.ts';
import { USUAL_PLUGIN_DIRS } from '../schema/installation.ts';
import { OWN_TYPE } from '../schema/own-type.ts';
import { existingFolder } from './command.ts';

/** What counts for a runtime, in words for the help. */
export const USUALLY = `$CNI_PATH, else those of ${USUAL_PLUGIN_DIRS.join(' and ')} that have ${OWN_TYPE}, else both`;

/** `--plugin-dir <dir>`, which gives absolute paths; `what` it says and the default are words for the help. */
export function pluginDirOption(what: string, byDefault: string): Option {
  return new Option('--plugin-dir <dir>', `${what} (repeatable; default: ${byDefault})`).argParser(pluginDirs);
}

/** A mistyped folder would look like one without plugins. */
function pluginDirs(folder: string, before: readonly string[] = []): string[] {
  if (folder.includes(':')) throw new InvalidArgumentError('Give the option once for each folder.');
  return [...before, resolve(existingFolder(folder))];
}

/** The folders of the variable, or the usual ones. */
export function usualPluginDirs(
  { variables }: Pick<Environment, 'variables'>,
  dirs = USUAL_PLUGIN_DIRS,
): readonly string[] {
  const given = variablesDirs({ variables });
  return given.length > 0 ? given : runtimesDirs(dirs);
}

/** The folders of the variable CNI_PATH, as a runtime has them in it; none where it is not set. */
export function variablesDirs({ variables }: Pick<Environment, 'variables'>): readonly string[] {
  return (variables['CNI_PATH'] ?? '').split(':').filter((folder) => folder !== '');
}

/** A runtime searches the folder in which it finds us; whether others too is for its operator to say. */
export function runtimesDirs(dirs = USUAL_PLUGIN_DIRS): readonly string[] {
  const ours = dirs.filter((folder) => existsSync(join(folder, OWN_TYPE)));
  return ours.length > 0 ? ours : dirs;
}
