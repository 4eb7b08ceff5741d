/**
 * The folder that bundles go to: `0001-ADD-4f2a9c….json` and on, to a limit. Touches disk.
 *
 * Several processes write at once. A number is claimed by a file that only one can make, so that the limit holds and no bundle
 * is written over; the claim goes when its bundle is there, and one that was left behind costs its number only.
 */
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from '../schema/bundle.ts';

/** `0012-DEL-4f2a9c….json`, `.claim-0013`. */
const BUNDLE_NAME = /^(\d{4,})-[A-Z]+-.*\.json$/;
const CLAIM_NAME = /^\.claim-(\d{4,})$/;

/** As much as tells containers apart for a person. */
const ID_CHARACTERS = 32;

/** More than this is read by nobody, in characters. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

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
  return bundleNames(folder).some((name) => name.includes(`-ADD-${idPart(containerId)}`));
}

/** Writes a bundle; its path, or `undefined` where the limit is reached. Throws: what the file system throws, Error if too long. */
export function writeBundle(bundle: Bundle, { folder, limit }: { folder: string; limit: number }): string | undefined {
  const text = `${JSON.stringify(bundle, undefined, 2)}\n`;
  if (text.length > MAX_CHARACTERS) throw new Error(`it has ${text.length} characters, more than ${MAX_CHARACTERS}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (let number = highest(folder) + 1; number <= limit; number += 1) {
    const claim = join(folder, `.claim-${padded(number)}`);
    if (!isClaimed(claim)) continue;
    // Another process may have written this number since the folder was read.
    if (bundleNames(folder).some((name) => numberOf(name) === number)) {
      rmSync(claim);
      continue;
    }
    const file = join(folder, bundleName(number, bundle));
    writeFileSync(claim, text);
    renameSync(claim, file);
    return file;
  }
  return undefined;
}

/** True: it is ours now. */
function isClaimed(claim: string): boolean {
  try {
    closeSync(openSync(claim, 'wx', 0o600));
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
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
