/**
 * The profiles of an operator's folder: `<folder>/<name>/profile.yaml`, as in `delegates/`. Touches disk, an adapter.
 *
 * Bounded in number, size and time, for no pod shall wait for it: what is too much or too late is a fault, and what was read
 * last is used as long as the folder does not answer.
 */
import { constants, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { errorText } from '../errors.ts';
import { parseDelegateProfile } from '../schema/delegate-profile.ts';
import type { AddedProfile, KnownDelegate } from './catalogue.ts';

const MOST_PROFILES = 256;
/** The largest of ours has 12 kB. */
const MOST_BYTES = 64 * 1024;
const MOST_FAULTS = 10;
const PATIENCE_MS = 300;
const SETTLED_MS = 2000;

/** What a folder of profiles came to. `faults`: a sentence for each that cannot be used, with its file and key. */
export interface ProfileFolder {
  readonly added: readonly AddedProfile[];
  readonly faults: readonly string[];
}

/** Readings that are under way: a folder that hangs holds one thread, not one for each call. */
const underWay = new Map<string, Promise<ProfileFolder>>();
const lastRead = new Map<string, ProfileFolder>();

/** Reads all profiles of a folder, by name. Never throws, and answers soon. */
export async function readProfileDir(profileDir: string): Promise<ProfileFolder> {
  const reading = underWay.get(profileDir) ?? begin(profileDir);
  const patience = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
  const folder = await Promise.race([reading, late]);
  patience.abort();
  if (folder) return folder;
  const { added } = lastRead.get(profileDir) ?? { added: [] };
  return { added, faults: [`profileDir "${profileDir}" does not answer within ${PATIENCE_MS} ms`] };
}

function begin(profileDir: string): Promise<ProfileFolder> {
  const reading = readAll(profileDir).finally(() => underWay.delete(profileDir));
  underWay.set(profileDir, reading);
  return reading;
}

async function readAll(profileDir: string): Promise<ProfileFolder> {
  const names = await foldersIn(profileDir);
  if (typeof names === 'string') return { added: [], faults: [names] };
  const added: AddedProfile[] = [];
  const faults: string[] = [];
  // One after the other, for descriptors are shared with calls that have nothing to do with this.
  for (const name of names.slice(0, MOST_PROFILES)) {
    const file = join(profileDir, name, 'profile.yaml');
    const reading = await readProfile(file);
    const fault = 'fault' in reading ? reading.fault : nameFault(reading.profile, name);
    if (fault !== undefined) faults.push(`${file}: ${fault}; this profile is not used`);
    else if ('profile' in reading) added.push({ file, profile: reading.profile });
  }
  if (names.length > MOST_PROFILES) faults.push(`profileDir "${profileDir}" has more than ${MOST_PROFILES} folders`);
  const more = faults.length - MOST_FAULTS;
  const folder = { added, faults: more > 0 ? [...faults.slice(0, MOST_FAULTS), `and ${more} more`] : faults };
  lastRead.set(profileDir, folder);
  return folder;
}

async function foldersIn(profileDir: string): Promise<string[] | string> {
  try {
    const entries = await readdir(profileDir, { withFileTypes: true });
    // A mounted ConfigMap has links to folders, and hidden folders that they lead to.
    const folders = entries.filter((entry) => !entry.isFile() && !entry.name.startsWith('.'));
    return folders.map(({ name }) => name).toSorted();
  } catch (cause) {
    return `profileDir "${profileDir}" cannot be read: ${errorText(cause)}`;
  }
}

type Reading = { readonly profile: KnownDelegate } | { readonly fault: string };

async function readProfile(file: string): Promise<Reading> {
  try {
    return await readProfileFile(file);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    return { fault: isMissing ? 'there is no such file' : errorText(cause) };
  }
}

/** What files came to, broken ones too: an agent parses one once for as long as it stays what it is. */
const parsed = new Map<string, { readonly stamp: string; readonly reading: Reading }>();

/** Never blocks, unlike the files of a call: this one may lie anywhere. */
async function readProfileFile(file: string): Promise<Reading> {
  // Opening a pipe without O_NONBLOCK waits for a writer.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) return { fault: 'it is not a regular file' };
    if (found.size > MOST_BYTES) return { fault: `it has ${found.size} bytes, more than ${MOST_BYTES}` };
    const stamp = `${found.dev} ${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
    const known = parsed.get(file);
    if (known?.stamp === stamp) return known.reading;
    const reading = parsedProfile(await handle.readFile('utf8'));
    // Two changes within one tick of the clock look alike.
    if (found.ctimeMs + SETTLED_MS < Date.now()) parsed.set(file, { stamp, reading });
    return reading;
  } finally {
    await handle.close();
  }
}

function parsedProfile(text: string): Reading {
  try {
    return { profile: parseDelegateProfile(parse(text, { logLevel: 'error' })) };
  } catch (cause) {
    // The YAML reader shows the place below its message.
    const [line = ''] = errorText(cause).split(':\n');
    return { fault: line };
  }
}

function nameFault(profile: KnownDelegate, folder: string): string | undefined {
  return profile.name === folder ? undefined : `"name" is "${profile.name}", but its folder is "${folder}"`;
}
