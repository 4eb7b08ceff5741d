/** Tables where there is room for them, and where there is not. */
import { createColors } from 'picocolors';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { plainTable } from '../../src/commands/plain-table.ts';

const { bold, red } = createColors(false);
const HEAD = ['POD', 'NOTHING', 'ADDRESSES', 'WHY'];
const ROWS = [
  ['shop/web', '', '10.0.0.1/24\nfd00::1/64', 'its namespace /run/netns/web is gone'],
  ['', '', '10.0.1.1/24', 'as well'],
  ['shop/api', '', '10.0.0.2/24', red('kept')],
];
const table = (columns?: number, options = {}) => plainTable(HEAD, ROWS, { bold, columns }, options);
const WHOLE = `  POD       ADDRESSES    WHY
  shop/web  10.0.0.1/24  its namespace /run/netns/web is gone
            fd00::1/64
            10.0.1.1/24  as well
  shop/api  10.0.0.2/24  kept
`;

test('off a terminal, and where it fits, a row is a row, and an empty column is none', () => {
  expect(table()).toBe(WHOLE);
  expect(table(61)).toBe(WHOLE);
});

test('on a narrower terminal the widest column is broken between words', () => {
  expect(table(42)).toBe(`  POD       ADDRESSES    WHY
  shop/web  10.0.0.1/24  its namespace
            fd00::1/64   /run/netns/web is
                         gone
            10.0.1.1/24  as well
  shop/api  10.0.0.2/24  kept
`);
});

test('where words would have to be broken, each row is a card', () => {
  expect(table(38)).toBe(`  POD        shop/web
  ADDRESSES  10.0.0.1/24
             fd00::1/64
  WHY        its namespace
             /run/netns/web is gone
  ADDRESSES  10.0.1.1/24
  WHY        as well

  POD        shop/api
  ADDRESSES  10.0.0.2/24
  WHY        kept
`);
  // A word that is wider than the terminal is for the terminal to break.
  expect(table(12)).toContain('  WHY        its namespace\n             /run/netns/web\n             is gone\n');
  const untitled = plainTable(['', 'CONTAINER'], [['is kept', 'c'.repeat(30)]], { bold, columns: 40 });
  expect(untitled).toBe(`  is kept\n  CONTAINER  ${'c'.repeat(30)}\n`);
});

test('wide characters count for two, and nothing is cut off', () => {
  const path = '/run/netns/网络命名空间网络命名空间';
  for (const columns of [20, 40, 60, 80]) {
    const text = plainTable(['POD', 'WHY', 'NAMESPACE'], [['shop/web', `${'gone '.repeat(8)}away`, path]], {
      bold,
      columns,
    });
    expect(text).toContain(path);
    expect(text).not.toContain('…');
    const widest = Math.max(...text.split('\n').map((each) => stringWidth(each)));
    expect(widest).toBeLessThanOrEqual(Math.max(columns, 2 + 'NAMESPACE'.length + 2 + stringWidth(path)));
  }
});

test('a cell that would take seconds to break is left whole', () => {
  const long = 'word '.repeat(100_000);
  expect(plainTable(['WHY'], [[long]], { bold, columns: 80 })).toContain(long.trimEnd());
});

test('columns that say least are left out where rows cannot be read in pieces', () => {
  const least = ['WHY', 'POD'];
  expect(table(30, { least })).toBe(`  POD       ADDRESSES
  shop/web  10.0.0.1/24
            fd00::1/64
            10.0.1.1/24
  shop/api  10.0.0.2/24
`);
});
