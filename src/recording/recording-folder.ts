/**
 * The folder that bundles go to: `0001-ADD-4f2a9c….json` and on, to a limit. Touches disk.
 *
 * Several processes write at once. A number is claimed by a file that only one can make, so that the limit holds and no bundle
 * is written over; the claim goes when its bundle is there, and one that was left behind costs its number only.
 */
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
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
export function bundleNames(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => BUNDLE_NAME.test(name))
    .toSorted((left, right) => numberOf(left) - numberOf(right));
}

/** Whether there is a number left. Throws what the file system throws. */
export function hasRoom(folder: string, limit: number): boolean {
  return highest(folder) < limit;
}

/** Whether a bundle of this container's ADD is there. Throws what the file system throws. */
export function knowsContainer(folder: string, containerId: string): boolean {
  return bundleNames(folder).some((name) =>
    /^\d+(-ADD-.*)$/.exec(name)?.[1]?.startsWith(`-ADD-${idPart(containerId)}-`),
  );
}

/** Writes a bundle; its path, or `undefined` where the limit is reached. Throws: what the file system throws, Error if too long. */
export function writeBundle(bundle: Bundle, { folder, limit }: { folder: string; limit: number }): string | undefined {
  const text = `${JSON.stringify(bundle, undefined, 2)}\n`;
  if (text.length > MAX_CHARACTERS) throw new Error(`it has ${text.length} characters, more than ${MAX_CHARACTERS}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < LEAST_FREE_BYTES) throw new Error(`the disk of ${folder} is nearly full`);
  for (let number = highest(folder) + 1; number <= limit; number += 1) {
    const claim = join(folder, `.claim-${padded(number)}`);
    const file = join(folder, bundleName(number, bundle));
    if (isWritten(claim, () => (isTaken(folder, number) ? undefined : { text, file }))) return file;
  }
  return undefined;
}

/** Another process may have written this number since the folder was read. */
function isTaken(folder: string, number: number): boolean {
  return bundleNames(folder).some((name) => numberOf(name) === number);
}

/** Makes the claim, fills it and has it become the bundle; without a text, or when that fails, it is taken back. */
function isWritten(claim: string, choose: () => { text: string; file: string } | undefined): boolean {
  const descriptor = openedClaim(claim);
  if (descriptor === undefined) return false;
  try {
    const chosen = choose();
    // By its descriptor: in a folder that others may write to, the name could be somebody else's by now.
    if (chosen) writeFileSync(descriptor, chosen.text);
    if (chosen) renameSync(claim, chosen.file);
    else rmSync(claim);
    return chosen !== undefined;
  } catch (cause) {
    rmSync(claim, { force: true });
    throw cause;
  } finally {
    closeSync(descriptor);
  }
}

/** `undefined`: it is somebody else's. */
function openedClaim(claim: string): number | undefined {
  try {
    return openSync(claim, 'wx', 0o600);
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

function highest(folder: string): number {
  return namesIn(folder).reduce((most, name) => Math.max(most, numberOf(name)), 0);
}

/** 0 for what is none of ours. */
function numberOf(name: string): number {
  return Number((BUNDLE_NAME.exec(name) ?? CLAIM_NAME.exec(name))?.[1] ?? 0);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}
