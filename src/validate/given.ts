/** Everything that was given, read: nodes with their configuration folders, objects of the cluster, profiles. Touches disk. */
import { basename, dirname, join } from 'node:path';
import { errorText } from '../errors.ts';
import { listFromJson } from '../network/list-from-json.ts';
import { readConfigFile } from '../network/read-conf-dir.ts';
import { isJsonObject } from '../schema/json.ts';
import { FOLDER_FIXTURE } from '../testing/read-fixture.ts';
import { checkFixture } from './checks/fixtures.ts';
import { classify, type ManifestSubject, type Subject } from './classify.ts';
import type { ConfigurationFile } from './configuration.ts';
import type { FoundFile } from './find-files.ts';
import type { Report } from './finding.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { readSource, STDIN } from './read-source.ts';
import type { SourceDocument } from './source-document.ts';

/** A folder of network configurations, as one node has it. */
export interface NodeFolder {
  readonly folder: string;
  /** Lists by name, then single ones by name, as the core reads a folder. */
  readonly files: readonly ConfigurationFile[];
}

/** What was given. `passedOver`: files that hold nothing that Braid reads. */
export interface Given {
  readonly nodes: readonly NodeFolder[];
  readonly manifests: readonly Manifest[];
  readonly profiles: readonly Extract<Subject, { kind: 'profile' }>[];
  readonly passedOver: number;
}

/** Reads all files; what is wrong with one is reported, and the others are read. */
export async function readGiven(files: readonly FoundFile[], readStdin: () => string, report: Report): Promise<Given> {
  const subjects: Subject[] = [];
  let passedOver = 0;
  for (const { file, isNamed } of files) {
    const { documents, findings } = await readSource(file, readStdin);
    for (const finding of findings) report(finding);
    const found = documents.flatMap(classify);
    const isOurs = found.some(({ kind }) => kind !== 'other');
    if (!isOurs && findings.length === 0) passedOver += 1;
    if (!isOurs && findings.length === 0 && isNamed) report(unrecognised(file));
    subjects.push(...found);
  }
  for (const subject of subjects) if (subject.kind === 'fixture') await checkFixture(subject.document, report);
  const isOfFixture = fixtureFolders(subjects);
  const documents = subjects.flatMap((subject) => (subject.kind === 'configuration' ? [subject.document] : []));
  return {
    nodes: await nodesOf(withoutChained(documents)),
    manifests: subjects
      .filter((subject): subject is ManifestSubject => subject.kind === 'manifest' && !isOfFixture(subject.document))
      .flatMap((subject) => readManifest(subject, report)),
    profiles: subjects.filter((subject) => subject.kind === 'profile'),
    passedOver,
  };
}

/** Manifests in the folder of a fixture are its own cluster, and are read with it. */
function fixtureFolders(subjects: readonly Subject[]): (document: SourceDocument) => boolean {
  const folders = subjects.flatMap((subject) => {
    const isFolder = subject.kind === 'fixture' && basename(subject.document.file) === FOLDER_FIXTURE;
    return isFolder ? [join(dirname(subject.document.file), 'cluster', '/')] : [];
  });
  return ({ file }) => folders.some((folder) => file.startsWith(folder));
}

function unrecognised(file: string) {
  return {
    rule: 'unrecognised',
    place: { file, line: 1, column: 1 },
    message: 'it holds nothing that Braid reads',
    hint: 'Braid reads network configurations, Kubernetes manifests, profiles of plugins and fixtures',
  } as const;
}

/** The folder `front` beside a list named `front` has further plugins of that list, read with it. */
function withoutChained(documents: readonly SourceDocument[]): SourceDocument[] {
  const chains = new Set(
    documents.flatMap(({ file, value }) => chainNames(value).map((name) => join(dirname(file), name))),
  );
  return documents.filter(({ file }) => !chains.has(dirname(file)));
}

function chainNames(value: unknown): string[] {
  if (!isJsonObject(value)) return [];
  const plugins: unknown[] = Array.isArray(value['plugins']) ? value['plugins'] : [value];
  const chains = plugins.map((plugin) => (isJsonObject(plugin) ? plugin['auxiliaryCNIChainName'] : undefined));
  return [value['name'], ...chains].filter((name): name is string => typeof name === 'string' && name !== '');
}

async function nodesOf(documents: readonly SourceDocument[]): Promise<NodeFolder[]> {
  const read = await Promise.all(documents.map(readConfiguration));
  const folders = Map.groupBy(read, ({ document }) => dirname(document.file));
  return [...folders].map(([folder, files]) => ({ folder, files: files.toSorted(inOrderOfReading) }));
}

function inOrderOfReading(left: ConfigurationFile, right: ConfigurationFile): number {
  const rank = ({ document }: ConfigurationFile) => (document.file.endsWith('.conflist') ? 0 : 1);
  return (
    rank(left) - rank(right) ||
    Buffer.compare(Buffer.from(basename(left.document.file)), Buffer.from(basename(right.document.file)))
  );
}

async function readConfiguration(document: SourceDocument): Promise<ConfigurationFile> {
  const { file, value } = document;
  if (file !== STDIN) return { file: await readConfigFile(file), document };
  try {
    return { file: { kind: 'read', file, list: listFromJson(value, { origin: file, isNodeFile: true }) }, document };
  } catch (cause) {
    return { file: { kind: 'broken', file, name: undefined, cause: errorText(cause) }, document };
  }
}
