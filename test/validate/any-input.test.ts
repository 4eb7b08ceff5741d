/** Whatever is done to files: findings with places, reports that are ones, never an exception. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffOf, mend } from '../../src/validate/apply-fixes.ts';
import { sarifReport } from '../../src/validate/reports/sarif.ts';
import { braid, definition, network, pod, validated } from './given-files.ts';

const project = resolve(import.meta.dirname, '../..');
const FILES: Readonly<Record<string, string>> = {
  'n/0.conflist': JSON.stringify(braid({ namespaceIsolation: true, defaultPlugn: 'front' }), undefined, 1),
  'n/a.conflist': JSON.stringify(network('front', { ipam: { ranges: [[{ subnet: '10.0.0.0/8' }]] } }), undefined, 1),
  'm/a.yaml': pod({ cni: 'front, lan@net9' }) + definition('lan', network('lan')),
  'dummy/profile.yaml': readFileSync(resolve(project, 'delegates/dummy/profile.yaml'), 'utf8'),
};
const WORDS = [
  'null',
  '{}',
  '[]',
  '"',
  ',',
  ':',
  '}',
  ']',
  '\n',
  '&a ',
  '*a',
  '- ',
  '---\n',
  '7',
  '\u0000',
  '\ufeff',
  '__proto__',
  '@',
  '/',
];

const edit = fc.record({
  file: fc.constantFrom(...Object.keys(FILES)),
  at: fc.nat(2000),
  length: fc.nat(20),
  word: fc.constantFrom('', ...WORDS),
});

test('no change of a file makes more of it than findings', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 6 }), async (edits) => {
      const files = { ...FILES };
      for (const { file, at, length, word } of edits) {
        const text = files[file] ?? '';
        const from = at % (text.length + 1);
        files[file] = text.slice(0, from) + word + text.slice(from + length);
      }
      const validation = await validated(files);
      for (const { place, message } of validation.findings) {
        expect(Math.min(place.line, place.column)).toBeGreaterThan(0);
        expect(message).not.toContain('internal error');
      }
      mend(validation.findings).map(diffOf);
      JSON.parse(sarifReport(validation));
    }),
    { numRuns: 40 },
  );
});
