/** Everything that CNI demands of Braid, in the order of the identifiers: plugin side, runtime side, meta-plugin. */
import type { Requirement } from './requirement.ts';
import { META_PLUGIN } from './requirements/meta-plugin.ts';
import { PLUGIN_SIDE } from './requirements/plugin-side.ts';
import { RUNTIME_SIDE } from './requirements/runtime-side.ts';

/** A part of the requirements, whose identifiers begin with one letter. */
export interface Part {
  readonly title: string;
  readonly requirements: readonly Requirement[];
}

/** The three parts. */
export const PARTS: readonly Part[] = [
  { title: 'Plugin side: what the runtime may expect of Braid', requirements: PLUGIN_SIDE },
  { title: 'Runtime side: what the plugins may expect of Braid', requirements: RUNTIME_SIDE },
  { title: 'Meta-plugin: what only a plugin that runs plugins meets', requirements: META_PLUGIN },
];

/** All of them. */
export const REQUIREMENTS: readonly Requirement[] = PARTS.flatMap((part) => part.requirements);
