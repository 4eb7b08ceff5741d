/** Profiles of plugins, and the catalogue that a node would have with them. Pure. */
import { basename, dirname } from 'node:path/posix';
import { type AddedProfile, type Catalogue, catalogueOf, type PackedProfile } from '../../catalogue/catalogue.ts';
import { errorText } from '../../errors.ts';
import { type DelegateProfile, parseDelegateProfile } from '../../schema/delegate-profile.ts';
import type { Report } from '../finding.ts';
import type { Given } from '../given.ts';
import { placeOfMessage } from '../place-of-message.ts';

/** What is known of plugins, by those that are built in and those that were given. */
export interface Knowledge {
  readonly catalogue: Catalogue;
  readonly added: readonly DelegateProfile[];
}

/** Reads the profiles that were given. */
export function checkProfiles({ profiles }: Given, builtIn: readonly PackedProfile[], report: Report): Knowledge {
  const added = profiles.flatMap(({ document, value }): (AddedProfile & { profile: DelegateProfile })[] => {
    try {
      const profile = parseDelegateProfile(value);
      const folder = basename(dirname(document.file));
      if (basename(document.file) === 'profile.yaml' && folder !== profile.name) {
        throw new Error(`"name" is "${profile.name}", but its folder is "${folder}"`);
      }
      return [{ file: document.file, profile }];
    } catch (cause) {
      const message = errorText(cause);
      report({
        rule: 'profile-schema',
        place: placeOfMessage(message, document),
        message,
        hint: 'docs/profiles.md tells what a profile holds',
      });
      return [];
    }
  });
  const catalogue = catalogueOf(builtIn, added);
  for (const fault of catalogue.faults) {
    const { document } = profiles.find((profile) => fault.startsWith(`${profile.document.file}: `)) ?? {};
    if (!document) continue;
    const message = fault.slice(document.file.length + 2);
    report({ rule: 'profile-clash', place: placeOfMessage(message, document), message, hint: '' });
  }
  return { catalogue, added: added.map(({ profile }) => profile) };
}
