/** The conformance document: what is demanded, which tests show it, where Braid does otherwise. Pure. */
import { basename } from 'node:path';
import { coverageOf } from './coverage.ts';
import type { Part } from './requirements.ts';
import type { Row } from './suite-rows.ts';

const INTRO = `# Conformance

Every line below is something that the CNI specification 1.1.0, its reference implementation or the safety of a plugin
that runs plugins demands, with the tests that show it on what was built: standalone, compiled and on Node, and as launcher
and agent. This file is written by \`npm run conformance -- --document\`; \`npm run conformance\` runs the tests and prints
how each line stands.
`;

/** The document as Markdown: one table for each part. The same rows give the same text. */
export function documentOf(parts: readonly Part[], rows: readonly Row[]): string {
  return [INTRO, ...parts.map((part) => sectionOf(part, rows))].join('\n');
}

function sectionOf({ title, requirements }: Part, rows: readonly Row[]): string {
  const lines = coverageOf(requirements, rows).map(({ requirement: { id, line, deviation }, rows: own }) =>
    [id, escaped(line), coveredBy(own), escaped(deviation ?? '')].join(' | '),
  );
  return [
    `## ${title}\n`,
    '| id | what is demanded | covered by | deviation and reason |',
    '|---|---|---|---|',
    ...lines.map((line) => `| ${line} |`),
    '',
  ].join('\n');
}

/** The titles by file; the same test for another form of Braid has the same title. */
function coveredBy(rows: readonly Row[]): string {
  const titles = new Map<string, Set<string>>();
  for (const { file, title } of rows) titles.set(file, (titles.get(file) ?? new Set()).add(title));
  return [...titles]
    .map(([file, own]) => `[${basename(file)}](../${file}):<br>${[...own].map(escaped).join('<br>')}`)
    .join('<br>');
}

/** Text in a table's cell: on one line, none of it markup, characters that cannot be seen by their number. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\\`*_|[\]~#]/g, (mark) => `\\${mark}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\p{C}\p{Z}]/gu, (hidden) =>
      hidden === ' ' ? hidden : `U+${hidden.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`,
    );
}
