/**
 * THIRD-PARTY.md, made from what the builds have bundled: packages with their licences, and what is in them and in Bun.
 *
 *   node scripts/third-party.ts            write THIRD-PARTY.md
 *   node scripts/third-party.ts --check    exit status 1 when it is not what would be written
 *
 * Needs the build (`npm run build`), which tells in `dist/meta` what it has bundled. A licence that is missing, or that asks for more
 * than a notice, is an error both ways, and nothing is written.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkMade, isCheck, writeMade } from './made-files.ts';
import { bundledFiles } from './third-party/bundled-files.ts';
import { thirdPartyDocument } from './third-party/document.ts';
import { COPIED_IN, LLHTTP, PARTS_OF_C_PROGRAMS, type Part } from './third-party/known-parts.ts';
import { packageNotices } from './third-party/package-notices.ts';
import { type BunVersions, bunVersions, partsOfBun } from './third-party/parts-of-bun.ts';
import { partsOfViz } from './third-party/parts-of-viz.ts';

const METAFILES = ['dist/meta/node.json', 'dist/meta/compiled.json'];
const VIZ = 'node_modules/@viz-js/viz';
const UNDICI = 'node_modules/undici';

const IN_C_PROGRAMS: readonly Part[] = PARTS_OF_C_PROGRAMS.map((part) => ({
  ...part,
  within: '`braid`, `braid-netns`',
  version: '',
}));

process.chdir(resolve(import.meta.dirname, '..'));
process.exitCode = main();

function main(): number {
  const missing = METAFILES.filter((file) => !existsSync(file));
  if (missing.length > 0) return fail(missing.map((file) => `${file} is missing: npm run build`));
  const bundled = withCopied(bundledFiles(METAFILES.map(parsed)));
  const found = [...bundled].map(([folder, files]) => packageNotices(folder, files));
  const viz = bundled.has(VIZ) ? partsOfViz(parsed(join(VIZ, 'lib/provenance.json'))) : { parts: [], problems: [] };
  const inUndici = bundled.has(UNDICI) ? [{ ...LLHTTP, within: 'undici', version: '' }] : [];
  const problems = [...found.flatMap((one) => one.problems), ...viz.problems];
  if (problems.length > 0) return fail(problems);
  const bun = installedBun();
  const text = thirdPartyDocument({
    packages: found.flatMap((one) => one.notices),
    parts: [...viz.parts, ...inUndici, ...IN_C_PROGRAMS, ...partsOfBun(bun)],
    bunList: `https://github.com/oven-sh/bun/blob/bun-v${bun.bun}/LICENSE.md`,
  });
  const files = new Map([['THIRD-PARTY.md', text]]);
  if (isCheck()) return checkMade(files, 'npm run third-party');
  writeMade(files);
  return 0;
}

/** With the packages that others have copied into their own files. */
function withCopied(bundled: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const copied = Object.entries(COPIED_IN)
    .filter(([name]) => bundled.has(join('node_modules', name)))
    .flatMap(([, names]) => names.map((name) => join('node_modules', name)));
  return new Map([...copied.map((folder) => [folder, [join(folder, 'package.json')]] as const), ...bundled]);
}

function installedBun(): BunVersions {
  const printed = execFileSync('node_modules/.bin/bun', ['-p', 'JSON.stringify(process.versions)'], {
    encoding: 'utf8',
  });
  return bunVersions(JSON.parse(printed));
}

function parsed(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function fail(lines: readonly string[]): number {
  for (const line of lines) process.stderr.write(`third-party: ${line}\n`);
  return 1;
}
