/** What @viz-js/viz was built of, from the provenance that is in the package: nothing of it is taken for known that is not named. */
import * as z from 'zod/mini';
import { PARTS_OF_VIZ, type Part } from './known-parts.ts';

const provenanceShape = z.object({
  predicate: z.object({
    buildDefinition: z.object({
      resolvedDependencies: z.array(z.object({ uri: z.string(), digest: z.object({ sha256: z.string() }) })),
    }),
  }),
});

/** Parts with version and source, and lines on what is not known. Throws: ZodError for another form of provenance. Pure. */
export function partsOfViz(provenance: unknown): {
  readonly parts: readonly Part[];
  readonly problems: readonly string[];
} {
  const { resolvedDependencies } = provenanceShape.parse(provenance).predicate.buildDefinition;
  const found = resolvedDependencies.map(({ uri, digest }) => partOf(uri, digest.sha256));
  return {
    parts: found.filter((part) => typeof part !== 'string'),
    problems: found.filter((part) => typeof part === 'string'),
  };
}

function partOf(uri: string, sha256: string): Part | string {
  const [, name = '', version = ''] = /\/([a-z]+)[-@](\d+\.\d+\.\d+)(?:\.tar\.\w+|\?.*)?$/.exec(uri) ?? [];
  const known = Object.hasOwn(PARTS_OF_VIZ, name) ? PARTS_OF_VIZ[name] : undefined;
  if (!known) return `@viz-js/viz: it was built of ${uri}, which scripts/third-party does not name`;
  const source = uri.startsWith('https:')
    ? `${uri} (SHA-256 ${sha256})`
    : `https://github.com/emscripten-core/emscripten/tree/${version}`;
  return { ...known, within: '@viz-js/viz', version, source };
}
