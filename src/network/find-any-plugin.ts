/** Plugins of a node that nobody can look at. Pure. */
import { USUAL_PLUGIN_DIR } from '../schema/installation.ts';
import type { FindPlugins } from './network-source.ts';

/** Every plugin is there, in the first folder. */
export const findAnyPlugin: FindPlugins = async (types, [folder = USUAL_PLUGIN_DIR]) =>
  new Map(types.map((type) => [type, { kind: 'found', path: `${folder}/${type}` }]));
