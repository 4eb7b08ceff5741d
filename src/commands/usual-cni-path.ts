/** Where plugins are when nobody says it: one rule for all commands that stand for the runtime. Looks which folders have Braid. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../environment/environment.ts';
import { USUAL_PLUGIN_DIRS } from '../schema/installation.ts';
import { OWN_TYPE } from '../schema/own-type.ts';

/** The folders, in words for the help. */
export const FOLDERS_IN_WORDS = `those of ${USUAL_PLUGIN_DIRS.join(' and ')} that have ${OWN_TYPE}, else both`;

/** The variable, or the usual folders. */
export function usualCniPath({ variables }: Pick<Environment, 'variables'>, dirs = USUAL_PLUGIN_DIRS): string {
  return variables['CNI_PATH'] || runtimesFolders(dirs).join(':');
}

/** A runtime searches the folder in which it finds us; whether others too is for its operator to say. */
export function runtimesFolders(dirs = USUAL_PLUGIN_DIRS): readonly string[] {
  const ours = dirs.filter((folder) => existsSync(join(folder, OWN_TYPE)));
  return ours.length > 0 ? ours : dirs;
}
