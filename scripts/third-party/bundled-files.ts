/**
 * Which files of npm packages are in what is delivered, told by the metafiles that the builds write.
 *
 * In: the metafile of esbuild or of Bun, which have the same shape. Out: files that gave at least one byte. Pure.
 */
import * as z from 'zod/mini';

const metafileShape = z.object({
  outputs: z.record(z.string(), z.object({ inputs: z.record(z.string(), z.object({ bytesInOutput: z.number() })) })),
});

/** Files of packages, by the folder of their package, both as paths from the project; sorted. Throws: ZodError. */
export function bundledFiles(metafiles: readonly unknown[]): ReadonlyMap<string, readonly string[]> {
  const files = metafiles
    .flatMap((metafile) => Object.values(metafileShape.parse(metafile).outputs))
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([file, { bytesInOutput }]) => bytesInOutput > 0 && packageFolder(file) !== undefined)
    .map(([file]) => file);
  return Map.groupBy([...new Set(files)].toSorted(), (file) => packageFolder(file) ?? '');
}

/** The folder of the package that a file belongs to; of a package within a package it is the inner one. */
function packageFolder(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}
