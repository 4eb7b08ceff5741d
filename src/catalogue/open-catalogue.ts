/**
 * The catalogue of a node: what is built in, and the folder that its configuration names. Touches disk, an adapter.
 *
 * What is built in is loaded by the first who asks; the schema and YAML are loaded only where an operator has profiles of
 * their own.
 */
import { type Catalogue, catalogueOf, type OpenCatalogue } from './catalogue.ts';

/** The catalogue with the profiles of `profileDir`, if there is such a folder. Nothing is read before it is asked for. */
export function openCatalogue(profileDir: string | undefined): OpenCatalogue {
  let opening: Promise<Catalogue> | undefined;
  return () => (opening ??= profileDir === undefined ? builtInCatalogue() : extendedCatalogue(profileDir));
}

let builtIn: Promise<Catalogue> | undefined;

function builtInCatalogue(): Promise<Catalogue> {
  builtIn ??= import('./built-in.ts').then(
    ({ BUILT_IN }) => catalogueOf(BUILT_IN),
    (cause: unknown) => {
      // A process that had no file descriptor left for it may have one the next time.
      builtIn = undefined;
      throw cause;
    },
  );
  return builtIn;
}

async function extendedCatalogue(profileDir: string): Promise<Catalogue> {
  const { readProfileDir } = await import('./from-profile-dir.ts');
  const { added, faults } = await readProfileDir(profileDir);
  const { BUILT_IN } = await import('./built-in.ts');
  return catalogueOf(BUILT_IN, added, faults);
}
