/**
 * A fixture out of its file: parsed, checked, every step with its place. Touches disk.
 *
 * In: a YAML file, or the `fixture.yaml` of a folder, beside which `node/` has files of the node at their paths, and
 * `cluster/` manifests. Out: the fixture, or everything that is wrong with it, with line and column.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { errorText } from '../errors.ts';
import { readRegularFile } from '../read-regular-file.ts';
import { type Fixture, fixtureShape } from '../schema/fixture.ts';
import { NAMESPACE_HELPER } from '../schema/namespace-facts.ts';
import { shapeFaults } from './fixture-faults.ts';
import { type FixtureFault, type FixtureSource, openSource } from './fixture-source.ts';
import { type ClusterObject, clusterObject, readManifests } from './manifests.ts';

/** A fixture that can be run. */
export interface ReadFixture {
  readonly kind: 'read';
  readonly file: string;
  readonly fixture: Fixture;
  /** The line of each step. */
  readonly stepLines: readonly number[];
  /** Of the whole fixture; a step's own replace them. */
  readonly objects: readonly ClusterObject[];
  /** Files of the folder `node/`, by their path on the node. */
  readonly nodeFiles: ReadonlyMap<string, string>;
}

/** What a file came to. */
export type FixtureReading =
  | ReadFixture
  | { readonly kind: 'broken'; readonly file: string; readonly faults: readonly FixtureFault[] };

/** The name of the file that makes a folder a fixture. */
export const FOLDER_FIXTURE = 'fixture.yaml';

/** Reads a fixture. Never throws. */
export async function readFixture(file: string): Promise<FixtureReading> {
  const broken = (faults: readonly FixtureFault[]): FixtureReading => ({ kind: 'broken', file, faults });
  let text: string;
  try {
    text = await readRegularFile(file);
  } catch (cause) {
    return broken([{ file, message: errorText(cause) }]);
  }
  if (text.includes('\uFFFD')) return broken([{ file, message: 'it is not UTF-8 text' }]);
  const opened = openSource(file, text);
  if (opened.kind === 'broken') return broken([opened.fault]);
  const { source, value } = opened;
  const parsed = fixtureShape.safeParse(value);
  if (!parsed.success) {
    const found = shapeFaults(parsed.error, fixtureShape, value);
    const faults = found.map(({ path, key, message }) => source.fault(message, path, key));
    return broken(faults.toSorted(byPlace));
  }
  try {
    const fixture = await completed(parsed.data, source);
    const strangers = strangerFaults(fixture, source);
    return strangers.length > 0 ? broken(strangers) : fixture;
  } catch (cause) {
    return broken([{ file, message: errorText(cause) }]);
  }
}

function byPlace(left: FixtureFault, right: FixtureFault): number {
  return (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0);
}

async function completed(fixture: Fixture, source: FixtureSource): Promise<ReadFixture> {
  const { file } = source;
  const own = (fixture.cluster ?? []).map((body, index) =>
    clusterObject(body, { file, line: source.lineAt(['cluster', index]) }),
  );
  const folder = basename(file) === FOLDER_FIXTURE ? dirname(file) : undefined;
  const beside = folder === undefined ? [] : await manifestsIn(join(folder, 'cluster'));
  return {
    kind: 'read',
    file,
    fixture,
    stepLines: fixture.steps.map((_step, index) => source.lineAt(['steps', index])),
    objects: [...own, ...beside],
    nodeFiles: folder === undefined ? new Map() : filesBelow(join(folder, 'node')),
  };
}

/** Answers of a plugin, or for a network, that nothing else in the fixture names would never be asked for: it is misspelt. */
function strangerFaults({ fixture, nodeFiles, objects }: ReadFixture, source: FixtureSource): FixtureFault[] {
  const { delegates = {}, title: _, ...rest } = fixture;
  const text = JSON.stringify([rest, [...nodeFiles], objects.map(({ body }) => body)]).replaceAll(/\\[nrt]/g, ' ');
  // A part of another name is not that name.
  const words = new Set(text.split(/[^\p{L}\p{N}._-]+/u).flatMap((word) => [word, word.replace(/\.$/, '')]));
  return Object.keys(delegates).flatMap((key) => {
    const [plugin = '', network] = key.split('/').toReversed();
    const fault = (message: string) => [source.fault(`"delegates": ${message}`, ['delegates'], key)];
    const verbs = Object.keys(delegates[key] ?? {});
    if (plugin === NAMESPACE_HELPER) {
      const isRun = key === plugin && verbs.every((verb) => verb === 'RUN');
      return isRun ? [] : fault(`${plugin} has no verbs and no network: its answers stand under the key "RUN"`);
    }
    if (verbs.includes('RUN')) return fault(`"RUN" is for ${NAMESPACE_HELPER} alone`);
    if (!words.has(plugin)) return fault(`nothing else in this fixture names the plugin "${plugin}"`);
    if (network === undefined || words.has(network)) return [];
    return fault(`nothing else in this fixture names the network "${network}"`);
  });
}

async function manifestsIn(folder: string): Promise<ClusterObject[]> {
  return existsSync(folder) ? readManifests([folder], () => '') : [];
}

/** By their paths on the node; links to files are followed, others are refused rather than passed over. */
function filesBelow(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const files = entries.map((entry) => join(entry.parentPath, entry.name));
  for (const file of files) if (!statSync(file).isFile()) throw new Error(`${file} is no file`);
  return new Map(files.map((file) => [`/${relative(folder, file)}`, readFileSync(file, 'utf8')]));
}
