import { type Catalogue, catalogueOf, type KnownDelegate, type PackedProfile } from '../../src/catalogue/catalogue.ts';
import type { HostFacts } from '../../src/catalogue/host-needs.ts';
import { WHOLE_HOST } from '../../src/catalogue/whole-host.ts';
import { parseDelegateProfile } from '../../src/schema/delegate-profile.ts';

/** Of plugins nothing is known. */
export const EMPTY_CATALOGUE: Catalogue = catalogueOf([]);

/** A profile as it is built in. */
export function packed(profile: KnownDelegate): PackedProfile {
  const { name, aliases, binaries } = profile;
  return { name, aliases, plugin: binaries.plugin, json: JSON.stringify(profile) };
}

/** A catalogue of these. */
export function catalogueWith(...profiles: readonly KnownDelegate[]): Catalogue {
  return catalogueOf(profiles.map(packed));
}

/** A node that has these files and no others. */
export function hostWith(...files: readonly string[]): HostFacts {
  return { ...WHOLE_HOST, file: async (path) => (files.includes(path) ? 'there' : 'absent') };
}

/** A profile of a plugin of its own name, with what a test is about. */
export function profileOf(name: string, rest: Readonly<Record<string, unknown>> = {}): KnownDelegate {
  return parseDelegateProfile({
    name,
    title: name,
    kind: 'main',
    summary: 'It is for a test.',
    platforms: ['linux'],
    status: { state: 'maintained' },
    references: [{ url: 'https://example.org', about: 'nothing' }],
    binaries: { plugin: name },
    cniVersions: ['1.0.0'],
    verbs: ['ADD', 'DEL'],
    keys: [],
    attachment: { interfaceName: 'honoured', secondary: { is: 'possible' }, twice: { is: 'possible' } },
    ...rest,
  });
}
