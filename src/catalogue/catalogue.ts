/**
 * What Braid knows about plugins: the profiles of `delegates/`, and those of the folder that an operator adds. Pure.
 *
 * In: profiles. Out: look-ups by the plugin's file name and by the names that people use. A profile that an operator adds
 * takes the place of ours with the same name; one whose names belong to another is left out and named in `faults`.
 */
import type { DelegateProfile } from '../schema/delegate-profile.ts';

/** What of a profile the core uses; the rest is for people. `built-in.ts` holds exactly this of each of ours. */
export const CORE_KEYS = [
  'name',
  'aliases',
  'kind',
  'platforms',
  'binaries',
  'hostInterfaceKey',
  'deviceIdKey',
  'template',
  'needs',
  'attachment',
  'result',
  'stderrNoise',
  'errors',
] as const satisfies readonly (keyof DelegateProfile)[];

/** A profile as the core sees it. */
export type KnownDelegate = Pick<DelegateProfile, (typeof CORE_KEYS)[number]>;

/** A profile from an operator's folder. */
export interface AddedProfile {
  readonly file: string;
  readonly profile: KnownDelegate;
}

/** All profiles of this call. */
export interface Catalogue {
  /** What is known of the plugin in this file of CNI_PATH, that is, of this `type`. */
  ofPlugin(type: string): KnownDelegate | undefined;
  /** What somebody means who writes this instead of a network's name. */
  named(word: string): KnownDelegate | undefined;
  /** Profiles that could not be used: a sentence each, with file and key. */
  readonly faults: readonly string[];
}

/** Opens the catalogue; all callers of one request share it. Never fails: what is broken is a fault in it. */
export type OpenCatalogue = () => Promise<Catalogue>;

/** One of our profiles as `built-in.ts` has it: what it is found by, and the rest as JSON, which is read when it is asked for. */
export interface PackedProfile {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly plugin: string | undefined;
  readonly json: string;
}

/** Our profiles with an operator's. `faults`: what was wrong with those that could not be read. */
export function catalogueOf(
  builtIn: readonly PackedProfile[],
  added: readonly AddedProfile[] = [],
  faults: readonly string[] = [],
): Catalogue {
  const entries = new Entries();
  for (const packed of builtIn) entries.add(unpackable(packed));
  const clashes: string[] = [];
  for (const { file, profile } of added) {
    const entry: Entry = { ...profile, plugin: profile.binaries.plugin, profile: () => profile };
    const clash = entries.clashOf(entry);
    if (clash === undefined) entries.replace(entry);
    else clashes.push(`${file}: ${clash}; this profile is not used`);
  }
  return {
    ofPlugin: (type) => entries.plugins.get(type)?.profile(),
    named: (word) => (entries.names.get(word) ?? entries.plugins.get(word))?.profile(),
    faults: [...faults, ...clashes],
  };
}

type Entry = Omit<PackedProfile, 'json'> & { readonly profile: () => KnownDelegate };

function unpackable({ json, ...entry }: PackedProfile): Entry {
  let profile: KnownDelegate | undefined;
  // What was packed is what the shape gives: a test proves it, so that no call has to.
  return { ...entry, profile: () => (profile ??= JSON.parse(json) as KnownDelegate) };
}

class Entries {
  readonly names = new Map<string, Entry>();
  readonly plugins = new Map<string, Entry>();

  add(entry: Entry): void {
    for (const word of [entry.name, ...entry.aliases]) this.names.set(word, entry);
    if (entry.plugin !== undefined) this.plugins.set(entry.plugin, entry);
  }

  /** Adds it in the place of the one with its name, if there is one. */
  replace(entry: Entry): void {
    for (const entries of [this.names, this.plugins]) {
      for (const [word, { name }] of entries) if (name === entry.name) entries.delete(word);
    }
    this.add(entry);
  }

  /** Why it cannot be added: the key, and whose name stands there. */
  clashOf({ name, aliases, plugin }: Entry): string | undefined {
    const own = this.names.get(name);
    const isOthers = (entry: Entry | undefined) => entry !== undefined && entry.name !== name;
    if (own && isOthers(own)) return `"name": "${name}" is the name or an alias of profile "${own.name}"`;
    const index = aliases.findIndex((alias) => isOthers(this.names.get(alias)));
    const alias = aliases[index];
    if (alias !== undefined)
      return `"aliases[${index}]": "${alias}" belongs to profile "${this.names.get(alias)?.name}"`;
    const owner = plugin === undefined ? undefined : this.plugins.get(plugin);
    return owner && isOthers(owner)
      ? `"binaries.plugin": "${plugin}" is the plugin of profile "${owner.name}"`
      : undefined;
  }
}
