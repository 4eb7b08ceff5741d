/**
 * What is made of `delegates/`: the built-in catalogue and the documents.
 *
 *   node scripts/catalogue.ts            write src/catalogue/built-in.ts, src/validate/plugin-facts.ts, docs/delegates.md and docs/delegates/
 *   node scripts/catalogue.ts --check    exit status 1 when something there is not what would be written
 */
import { readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CORE_KEYS } from '../src/catalogue/catalogue.ts';
import type { DelegateProfile } from '../src/schema/delegate-profile.ts';
import { readProfiles } from './catalogue-files.ts';
import { delegatePage, delegateTable } from './delegate-pages.ts';
import { checkMade, isCheck, writeMade } from './made-files.ts';

const project = resolve(import.meta.dirname, '..');
const PAGES = 'docs/delegates';

try {
  const profiles = readProfiles();
  const wanted = new Map([
    ['src/catalogue/built-in.ts', builtIn(profiles)],
    ['src/validate/plugin-facts.ts', pluginFacts(profiles)],
    ['docs/delegates.md', delegateTable(profiles)],
    ...profiles.map((profile) => [`${PAGES}/${profile.name}.md`, delegatePage(profile)] as const),
  ]);
  const strays = strayPages(wanted);
  if (isCheck()) process.exitCode = checkMade(wanted, 'npm run catalogue', strays);
  else {
    for (const page of strays) rmSync(join(project, page));
    writeMade(wanted);
  }
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exitCode = 1;
}

/** A line for each, for diffs that can be read. A template that nobody may use as it is is for people. */
function builtIn(all: readonly DelegateProfile[]): string {
  const lines = all.map((profile) => {
    const core = CORE_KEYS.filter((key) => key !== 'template' || profile.template?.isUsableAsIs);
    const json = JSON.stringify(Object.fromEntries(core.map((key) => [key, profile[key]])));
    const { name, aliases, binaries } = profile;
    const found = Object.entries({ name, aliases, plugin: binaries.plugin }).map(
      ([key, value]) => `${key}: ${literal(value)}`,
    );
    return `  { ${found.join(', ')}, json: ${literal(json)} },`;
  });
  return [
    '/** Our profiles, as `npm run catalogue` packs them from `delegates/`. */',
    "import type { PackedProfile } from './catalogue.ts';",
    '',
    'export const BUILT_IN: readonly PackedProfile[] = [',
    ...lines,
    '];',
    '',
  ].join('\n');
}

/** What only the command line asks for, so that no call of the runtime reads it. */
function pluginFacts(all: readonly DelegateProfile[]): string {
  const lines = all.flatMap(({ binaries, cniVersions }) => {
    const versions = cniVersions.map((version) => `'${version}'`).join(', ');
    return binaries.plugin === undefined ? [] : [`  ['${binaries.plugin}', { cniVersions: [${versions}] }],`];
  });
  return [
    '/** What our profiles say of plugins beside what is built in, as `npm run catalogue` packs it from `delegates/`. */',
    "import type { CniVersion } from '../schema/cni-version.ts';",
    '',
    '/** Facts of one plugin. */',
    'export interface PluginFacts {',
    '  readonly cniVersions: readonly CniVersion[];',
    '}',
    '',
    '/** By the file of the plugin in CNI_PATH. */',
    'export const PLUGIN_FACTS: ReadonlyMap<string, PluginFacts> = new Map([',
    ...lines,
    ']);',
    '',
  ].join('\n');
}

function literal(value: unknown): string {
  return value === undefined ? 'undefined' : JSON.stringify(value);
}

function strayPages(wanted: ReadonlyMap<string, string>): string[] {
  const pages = readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.startsWith('delegates/'))
    .map((file) => `docs/${file}`);
  return pages.filter((file) => !wanted.has(file));
}
