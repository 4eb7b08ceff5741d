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
    return parseDelegateProfile(parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Error(`${relative(project, file)}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
