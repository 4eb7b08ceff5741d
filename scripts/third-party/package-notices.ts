/**
 * The notices of a package that is bundled, from its own files; and why it must not be bundled.
 *
 * A licence is looked for in the package's folder, and in each folder on the way to a bundled file: there stand those of others'
 * code that the package holds. Reads disk.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import * as z from 'zod/mini';
import { whyNotAllowed } from './allowed-licences.ts';
import { GIVEN_TEXTS, INNER_LICENCES } from './known-parts.ts';
import { licenceText, type Notice } from './notice.ts';

/** Notices, and problems as lines. */
export interface Notices {
  readonly notices: readonly Notice[];
  readonly problems: readonly string[];
}

const LICENCE_FILE = /^(?:un)?licen[cs]e\b|^copying\b|^notice\b/i;
const manifestShape = z.object({ name: z.string(), version: z.string(), license: z.optional(z.unknown()) });

/** The notices of the package in `folder`, of which these files (paths like the folder's) are bundled. Throws: Error for an unreadable one. */
export function packageNotices(folder: string, bundled: readonly string[]): Notices {
  const manifest = manifestShape.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  const { name, version, license } = manifest;
  const reason = whyNotAllowed(license);
  if (reason) return { notices: [], problems: [`${name} ${version}: ${reason}`] };
  const own = { name, version, licence: String(license) };
  const files = licenceFiles(folder, bundled);
  const found = files.map((file) => noticeOf(file, folder, own));
  const isLicensed = files.some(
    (file) => dirname(file) === folder && !basename(file).toLowerCase().startsWith('notice'),
  );
  if (isLicensed) return sorted(found);
  const given = GIVEN_TEXTS[name];
  return sorted([given ? { ...own, ...given } : `${name} ${version}: it has no file with its licence`, ...found]);
}

type Own = Pick<Notice, 'name' | 'version' | 'licence'>;

/** The notice, or what is wrong with it as a line. */
function noticeOf(file: string, folder: string, own: Own): Notice | string {
  const inside = relative(folder, file);
  const text = licenceText(readFileSync(file, 'utf8'));
  if (!inside.includes('/')) return { ...own, ...text };
  const inner = INNER_LICENCES[`${own.name}/${inside}`];
  if (!inner)
    return `${own.name} ${own.version}: it holds others' code under ${inside}, which scripts/third-party does not name`;
  return { ...inner, version: `in ${own.name} ${own.version}`, ...text };
}

function licenceFiles(folder: string, bundled: readonly string[]): string[] {
  return [...new Set(bundled.flatMap((file) => foldersTo(dirname(file), folder)))].toSorted().flatMap((each) =>
    readdirSync(each, { withFileTypes: true })
      .filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name))
      .map((entry) => join(each, entry.name))
      .toSorted(),
  );
}

function foldersTo(folder: string, top: string): string[] {
  return folder === top || folder === '.' ? [top] : [folder, ...foldersTo(dirname(folder), top)];
}

function sorted(found: readonly (Notice | string)[]): Notices {
  return {
    notices: found.filter((notice) => typeof notice !== 'string'),
    problems: found.filter((notice) => typeof notice === 'string'),
  };
}
