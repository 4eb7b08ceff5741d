/**
 * What a call loads, since every pod waits for it: modules of Braid, packages, Node's own modules, bytes of code.
 *
 * Seen on Node, whose bundle has the same modules behind the same dynamic imports as the compiled file. A module that a call needs
 * is added to its list; one that it does not need goes behind a dynamic import.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidForm, BraidNode, requireBuild } from '../harness/braid-call.ts';

beforeAll(requireBuild);

const project = resolve(import.meta.dirname, '../..');
const tracer = join(project, 'test/doubles/loaded-modules.mjs');
const onNode = BRAID_FORMS.find(({ name }) => name === 'on Node')?.command ?? [];
const TRACED: BraidForm = { name: 'traced', command: onNode.toSpliced(1, 0, '--import', tracer) };
const PREVIOUS = { cniVersion: '1.0.0', interfaces: [{ name: 'eth0' }] };

/** All that VERSION takes. */
const VERSION_MODULES = [
  'src/environment/environment.ts',
  'src/environment/standard-streams.ts',
  'src/errors.ts',
  'src/files.ts',
  'src/main.ts',
  'src/result/answer.ts',
  'src/schema/cni-version.ts',
];
/** What a call that asks no API server may take beside Braid's own modules. */
const PACKAGES = ['fastest-levenshtein', 'ipaddr.js', 'zod'];
const BUILT_IN = [
  'node:child_process',
  'node:crypto',
  'node:fs',
  'node:fs/promises',
  'node:net',
  'node:path',
  'node:path/posix',
  'node:timers/promises',
];
/** Adapters, and what they bring, that such a call has no use for. */
const NOT_NEEDED = [
  /^src\/agent\//,
  /^src\/catalogue\/from-profile-dir\.ts$/,
  /^src\/schema\/delegate-profile\.ts$/,
  /^src\/commands\//,
  /^src\/cli\.ts$/,
  /^src\/doctor\//,
  /^src\/kube\/(?!kube-client|probe-api-server|judge-attempt)/,
  /^src\/log\/pino-logger\.ts$/,
  /^src\/recording\//,
  /^src\/testing\//,
  /^src\/tracing\//,
];
/** The catalogue is text, of which a call reads what it needs. */
const CATALOGUE = 'src/catalogue/built-in.ts';
const MOST_KB = { VERSION: 15, local: 366, catalogue: 100 };
const MOST_COMPILED_MB = 130;

let node: BraidNode;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'braid-start-'));
  node = new BraidNode();
  node.network('front', ['bridge']);
});
afterEach(() => {
  node.dispose();
  rmSync(folder, { recursive: true, force: true });
});

interface Loaded {
  readonly modules: string[];
  readonly packages: string[];
  readonly builtIn: string[];
  /** Of code. */
  readonly kb: number;
  readonly catalogueKb: number;
}

async function loadedBy(verb: string, config: object = {}): Promise<Loaded> {
  const trace = join(folder, verb);
  const annotations = { cni: 'front' };
  // A namespace that is there, if not of networks: where it is gone, DEL asks what is known of its plugins.
  const call = { verb, annotations, netns: '/proc/self/ns/uts', config: { ...config }, env: { TEST_LOADED: trace } };
  expect(await node.call(TRACED, call)).toMatchObject({ code: 0 });
  const urls = readFileSync(trace, 'utf8').trim().split('\n');
  const files = urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
  // The bundler says in a comment where each part of a file comes from.
  const origins = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^\s*\/\/ (\S+\.\w+)$/gm)]);
  const sources = origins.map(([, source]) => source ?? '');
  const packages = sources.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []);
  return {
    modules: sources.filter((source) => source.startsWith('src/')).toSorted(),
    packages: [...new Set(packages)].toSorted(),
    builtIn: urls.filter((url) => url.startsWith('node:')),
    kb: sizeOf(files.filter((file) => !isCatalogue(file))),
    catalogueKb: sizeOf(files.filter(isCatalogue)),
  };
}

function sizeOf(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + statSync(file).size, 0) / 1000;
}

function isCatalogue(file: string): boolean {
  return readFileSync(file, 'utf8').includes(`// ${CATALOGUE}\n`);
}

describe('start-up', () => {
  test('VERSION loads what it prints and nothing else', async () => {
    const { modules, packages, builtIn, kb } = await loadedBy('VERSION');
    expect({ modules, packages, builtIn: builtIn.filter((name) => name !== 'node:fs') }).toEqual({
      modules: VERSION_MODULES,
      packages: [],
      builtIn: [],
    });
    expect(kb).toBeLessThan(MOST_KB.VERSION);
  });

  test.each(['ADD', 'CHECK', 'DEL'])(
    '%s of a pod whose annotations are at hand loads no adapter that it does not use',
    async (verb) => {
      if (verb !== 'ADD') expect(await loadedBy('ADD')).toBeDefined();
      const { modules, packages, builtIn, kb, catalogueKb } = await loadedBy(
        verb,
        verb === 'ADD' ? {} : { prevResult: PREVIOUS },
      );
      expect(modules).toContain('src/pipeline.ts');
      // What is known of plugins decides what is run, not how it is undone.
      expect(modules.includes(CATALOGUE)).toBe(verb === 'ADD');
      expect(modules.filter((module) => NOT_NEEDED.some((pattern) => pattern.test(module)))).toEqual([]);
      expect(packages.filter((name) => !PACKAGES.includes(name))).toEqual([]);
      expect(builtIn.filter((name) => !BUILT_IN.includes(name))).toEqual([]);
      expect(kb).toBeLessThan(MOST_KB.local);
      expect(catalogueKb).toBeLessThan(MOST_KB.catalogue);
    },
  );

  test('the compiled file is hardly larger than the runtime in it', () => {
    const [file = ''] = BRAID_FORMS.find(({ name }) => name === 'compiled')?.command ?? [];
    expect(statSync(file).size / 1e6).toBeLessThan(MOST_COMPILED_MB);
  });
});
