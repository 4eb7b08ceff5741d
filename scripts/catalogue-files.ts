/** The catalogue as it lies in `delegates/`, for the tests and tools that go through all of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { type DelegateProfile, parseDelegateProfile } from '../src/schema/delegate-profile.ts';

const project = resolve(import.meta.dirname, '..');

/** The folder of the catalogue. */
export const DELEGATES = join(project, 'delegates');

/** The names of its folders, sorted. */
export function folderNames(): string[] {
  const entries = readdirSync(DELEGATES, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/** One profile. Throws: Error that names the file and the key. */
export function readProfile(name: string): DelegateProfile {
  const file = join(DELEGATES, name, 'profile.yaml');
  try {
    const profile = parseDelegateProfile(parse(readFileSync(file, 'utf8')));
    if (profile.name !== name) throw new Error(`"name" is "${profile.name}", but its folder is "${name}"`);
    return profile;
  } catch (cause) {
    throw new Error(`${relative(project, file)}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** All profiles. Throws: Error that names file and key, also of a name, alias or plugin that two of them have. */
export function readProfiles(): DelegateProfile[] {
  const profiles = folderNames().map(readProfile);
  const owners = new Map<string, string>();
  for (const { name, aliases, binaries } of profiles) {
    const claims = [
      ['name', name],
      ...aliases.map((alias) => ['aliases', alias]),
      ['binaries.plugin', binaries.plugin],
    ];
    for (const [key, word] of claims) {
      if (word === undefined) continue;
      const kind = key === 'binaries.plugin' ? 'plugin' : 'name';
      const other = owners.get(`${kind} ${word}`);
      if (other !== undefined) {
        throw new Error(
          `delegates/${name}/profile.yaml: "${key}": "${word}" is taken by delegates/${other}/profile.yaml`,
        );
      }
      owners.set(`${kind} ${word}`, name);
    }
  }
  return profiles;
}
