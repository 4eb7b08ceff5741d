/** THIRD-PARTY.md: tables of what is delivered of others', and the texts of their licences, each once. Pure; the order is that of names. */
import type { Part } from './known-parts.ts';
import { type Notice, wordsOf } from './notice.ts';

/** What the document tells of. */
export interface ThirdParty {
  readonly packages: readonly Notice[];
  readonly parts: readonly Part[];
  /** The address of Bun's own list. */
  readonly bunList: string;
}

/** A licence's text under the name that the tables have for it. */
interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** The whole text of the file. */
export function thirdPartyDocument({ packages, parts, bunList }: ThirdParty): string {
  const sorted = packages.toSorted((left, right) =>
    inOrder(`${left.name} ${left.version}`, `${right.name} ${right.version}`),
  );
  const texts = namedTexts([...sorted, ...parts]);
  return [
    INTRODUCTION,
    '## Packages of npm\n\nIn `braid-standalone`, in `braid.mjs` and its `chunks/`, or in both: bundled, and not changed otherwise.',
    table(
      ['package', 'version', 'licence', 'owners, as its licence has them'],
      sorted.map((notice) => [notice.name, notice.version, licenceCell(notice, texts), notice.copyrights.join('<br>')]),
    ),
    `## What is in others\n\n${ON_PARTS}\n\nBun's list in full is ${bunList}; what its builds take from where is told by \`scripts/build/deps\` beside it.`,
    table(
      ['part', 'within', 'version', 'licence', 'owners', 'source'],
      parts.map((part) => [
        part.name,
        part.within,
        part.version,
        licenceCell(part, texts),
        part.copyrights.join('<br>'),
        part.source,
      ]),
    ),
    '## Texts',
    ...[...texts.values()].map(({ name, text }) => `### ${name}\n\n\`\`\`\`text\n${text}\n\`\`\`\``),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

const INTRODUCTION = `# What Braid has of others, and their licences

Braid itself is under the Apache License 2.0, see LICENSE. What is delivered with it is under the licences below. This file is made by
\`npm run third-party\` from what the builds have bundled.`;

const ON_PARTS = `Parts that packages, Bun, and the linker of the C programs bring. All of them are used as they are; their sources are at the addresses.
Graphviz is under the Eclipse Public License 2.0. JavaScriptCore, WebKit and TinyCC are under the GNU Lesser General Public License:
whoever wants another version of them in \`braid-standalone\` builds Bun with it, as Bun's list describes, and with that Bun Braid, whose
source and build (\`npm run build:compiled\`) are complete. Licences of Bun's parts that are not among the texts below are at their sources.`;

/** By the words of a text: which name it has. That of most has its licence's name, others of that licence have a number as well. */
function namedTexts(notices: readonly (Notice | Part)[]): ReadonlyMap<string, NamedText> {
  const given = notices.flatMap(({ licence, text }) => (text === undefined ? [] : { licence, text }));
  const byWords = [...Map.groupBy(given, ({ text }) => wordsOf(text))];
  const counts = new Map<string, number>();
  const named = byWords
    .toSorted(([, left], [, right]) => right.length - left.length)
    .flatMap(([words, [first]]) => {
      if (!first) return [];
      const { licence, text } = first;
      const count = (counts.get(licence) ?? 0) + 1;
      counts.set(licence, count);
      return [[words, { name: count === 1 ? licence : `${licence} (${count})`, text }] as const];
    });
  return new Map(named.toSorted(([, left], [, right]) => inOrder(left.name, right.name)));
}

function licenceCell({ licence, text }: Pick<Part, 'licence' | 'text'>, texts: ReadonlyMap<string, NamedText>): string {
  const name = text === undefined ? undefined : texts.get(wordsOf(text))?.name;
  return name ? `[${name}](#${anchorOf(name)})` : licence;
}

/** As code hosts make it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** By code units, which are the same in every locale. */
function inOrder(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
