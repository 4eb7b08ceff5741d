/** Which licences a package may have that is bundled: those that ask for nothing but a notice. Pure. */
import satisfies from 'spdx-satisfies';

const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
];

/** Why a package with this licence, as its package.json has it, must not be bundled; `undefined` where it may. */
export function whyNotAllowed(licence: unknown): string | undefined {
  if (typeof licence !== 'string' || licence === '') return 'its package.json names no licence';
  try {
    return satisfies(licence, ALLOWED) ? undefined : `its licence ${licence} is none of ${ALLOWED.join(', ')}`;
  } catch {
    return `its licence "${licence}" is no SPDX expression`;
  }
}
