/**
 * The folder that bundles go to: `0001-ADD-4f2a9c….json` and on, to a limit. Touches disk.
 *
 * Several processes write at once. A number is claimed by a file that only one can make, so that the limit holds and no bundle
 * is written over; the claim goes when its bundle is there, and one that was left behind costs its number only.
 */
import { type FileHandle, mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle } from '../schema/bundle.ts';

/** `0012-DEL-4f2a9c….json`, `.claim-0013`. */
const BUNDLE_NAME = /^(\d{4,})-[A-Z]+-.*\.json$/;
const CLAIM_NAME = /^\.claim-(\d{4,})$/;

/** As much as tells containers apart for a person. */
const ID_CHARACTERS = 32;

/** More than this is read by nobody, in characters. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

/** What is left to others, first of all to the journal, without which no pod comes up. */
const LEAST_FREE_BYTES = 256 * 1024 * 1024;

/** Names of the bundles in `folder`, in their order; none where there is no folder. Throws what the file system throws. */
export async function bundleNames(folder: string): Promise<string[]> {
  return (await namesIn(folder))
    .filter((name) => BUNDLE_NAME.test(name))
    .toSorted((left, right) => numberOf(left) - numberOf(right));
}

/** Whether there is a number left. Throws what the file system throws. */
export async function hasRoom(folder: string, limit: number): Promise<boolean> {
  return (await highest(folder)) < limit;
}

/** Whether a bundle of this container's ADD is there. Throws what the file system throws. */
export async function knowsContainer(folder: string, containerId: string): Promise<boolean> {
  const start = `-ADD-${idPart(containerId)}-`;
  return (await bundleNames(folder)).some((name) => /^\d+(-ADD-.*)$/.exec(name)?.[1]?.startsWith(start));
}

/** Writes a bundle; its path, or `undefined` where the limit is reached. Throws: what the file system throws, Error if too long. */
export async function writeBundle(
  bundle: Bundle,
  { folder, limit }: { folder: string; limit: number },
): Promise<string | undefined> {
  const text = `${JSON.stringify(bundle, undefined, 2)}\n`;
  if (text.length > MAX_CHARACTERS) throw new Error(`it has ${text.length} characters, more than ${MAX_CHARACTERS}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < LEAST_FREE_BYTES) throw new Error(`the disk of ${folder} is nearly full`);
  for (let number = (await highest(folder)) + 1; number <= limit; number += 1) {
    const claim = join(folder, `.claim-${padded(number)}`);
    const file = join(folder, bundleName(number, bundle));
    if (await isWritten(claim, async () => ((await isTaken(folder, number)) ? undefined : { text, file }))) return file;
  }
  return undefined;
}

/** Another process may have written this number since the folder was read. */
async function isTaken(folder: string, number: number): Promise<boolean> {
  return (await bundleNames(folder)).some((name) => numberOf(name) === number);
}

/** Makes the claim, fills it and has it become the bundle; without a text, or when that fails, it is taken back. */
async function isWritten(
  claim: string,
  choose: () => Promise<{ text: string; file: string } | undefined>,
): Promise<boolean> {
  const handle = await openedClaim(claim);
  if (handle === undefined) return false;
  try {
    const chosen = await choose();
    // By its descriptor: in a folder that others may write to, the name could be somebody else's by now.
    if (chosen) await handle.writeFile(chosen.text);
    if (chosen) await rename(claim, chosen.file);
    else await rm(claim);
    return chosen !== undefined;
  } catch (cause) {
    await rm(claim, { force: true });
    throw cause;
  } finally {
    await handle.close();
  }
}

/** `undefined`: it is somebody else's. */
async function openedClaim(claim: string): Promise<FileHandle | undefined> {
  try {
    return await open(claim, 'wx', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw cause;
  }
}

function bundleName(number: number, { request }: Bundle): string {
  const { CNI_CONTAINERID: id = '', CNI_IFNAME: ifName = '' } = request.variables;
  const parts = [padded(number), request.verb, idPart(id), ifName].filter((part) => part !== '');
  return `${parts.join('-')}.json`;
}

/** Ids and interface names are checked when they come, and hold nothing that a path could not. */
function idPart(containerId: string): string {
  return containerId.slice(0, ID_CHARACTERS);
}

function padded(number: number): string {
  return String(number).padStart(4, '0');
}

async function highest(folder: string): Promise<number> {
  return (await namesIn(folder)).reduce((most, name) => Math.max(most, numberOf(name)), 0);
}

/** 0 for what is none of ours. */
function numberOf(name: string): number {
  return Number((BUNDLE_NAME.exec(name) ?? CLAIM_NAME.exec(name))?.[1] ?? 0);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}
