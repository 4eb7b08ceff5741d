/** What keys mean, from where it is written down for people. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const project = resolve(import.meta.dirname, '..');

/**
 * By the path of a key in a profile, list positions left out: the docstrings of its shape. Keys stand deeper by their indentation, for the formatter sees to that; their
 * docstrings stand before them.
 */
export function profileTexts(): ReadonlyMap<string, string> {
  const source = read('src/schema/delegate-profile.ts');
  const shape = source.slice(source.indexOf('delegateProfileShape = '), source.indexOf('\n});'));
  const open: { indent: number; key: string }[] = [];
  const found: [string, string][] = [];
  let comment = '';
  for (const line of shape.split('\n').slice(1)) {
    const [, blanks = '', key] = /^( *)(\w+):/.exec(line) ?? [];
    const words = /^ *(?:\/\*\*|\*) ?(.*?)(?: ?\*\/)?$/.exec(line)?.[1];
    if (words !== undefined) comment = `${comment} ${words}`.trim();
    if (key === undefined) continue;
    while ((open.at(-1)?.indent ?? -1) >= blanks.length) open.pop();
    open.push({ indent: blanks.length, key });
    if (comment !== '') found.push([open.map((each) => each.key).join('.'), plain(comment)]);
    comment = '';
  }
  return new Map(found);
}

/** By the key of Braid's own configuration: the table of the README. */
export function nodeTexts(): ReadonlyMap<string, string> {
  const readme = read('README.md');
  const rows = readme.slice(readme.indexOf('### Configuration keys')).split('\n\n')[1] ?? '';
  const found = rows.split('\n').flatMap((row): [string, string][] => {
    const [, key, , meaning] = /^\| `(\w+)` \| (.*?) \| (.*) \|$/.exec(row) ?? [];
    return key === undefined || meaning === undefined ? [] : [[key, plain(meaning)]];
  });
  return new Map(found);
}

function plain(markdown: string): string {
  return markdown
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replaceAll('`', '')
    .trim();
}

function read(file: string): string {
  return readFileSync(resolve(project, file), 'utf8');
}
