/** Tables for people: columns and no lines, so that they can be read, copied and cut. Colour only on a terminal. */
import Table from 'cli-table3';
import colors from 'picocolors';
import type { Environment } from '../environment/environment.ts';
import { isColoured } from './colour.ts';
import { fittedWidths, GAP, isBreakable, longestWord, naturalWidths, tableWidth } from './fitted-widths.ts';

/** Those of a terminal, or none. */
export type Colours = ReturnType<typeof colors.createColors> & {
  /** How wide the terminal is; `undefined` where stdout is none, and nothing is to be wrapped for whoever reads it. */
  readonly columns?: number | undefined;
};

/** The colours for stdout: none where it is no terminal, or where NO_COLOR is set. Reads what stdout is. */
export function coloursFor(environment: Pick<Environment, 'variables'>): Colours {
  const columns = process.stdout.isTTY ? process.stdout.columns || undefined : undefined;
  return { ...colors.createColors(isColoured(process.stdout, environment)), columns };
}

/** Lines that separate nothing. */
const NO_LINES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((place) => [place, '']),
);

/** Before each line. */
const INDENT = '  ';

/** How a table is made narrower than it is. */
export interface Narrowing {
  /** Columns that are left out, one after the other, until it fits: for rows that cannot be read in pieces. */
  readonly least?: readonly string[];
}

/**
 * A table with a head; a cell may have several lines. Columns that are empty in every row are left out. On a terminal that
 * is too narrow, texts are broken between words; where that is not enough, each row becomes a card.
 */
export function plainTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  colours: Pick<Colours, 'bold' | 'columns'>,
  { least }: Narrowing = {},
): string {
  const isUsed = (_cell: string, column: number) => rows.some((row) => (row[column] ?? '') !== '');
  const used = [head, ...rows].map((row) => row.filter(isUsed));
  const room = (colours.columns ?? Number.POSITIVE_INFINITY) - INDENT.length;
  if (!isBreakable(used)) return tableText(used, colours);
  if (tableWidth(naturalWidths(used)) <= room) return tableText(used, colours);
  if (least) return tableText(withoutLeast(used, least, room), colours);
  const widths = fittedWidths(used, room);
  return widths ? tableText(used, colours, widths) : cardsText(used, colours, room);
}

function withoutLeast(used: readonly (readonly string[])[], least: readonly string[], room: number): string[][] {
  let kept = used.map((row) => [...row]);
  for (const title of least) {
    if (tableWidth(naturalWidths(kept)) <= room) break;
    const without = kept[0]?.indexOf(title);
    kept = kept.map((row) => row.filter((_cell, column) => column !== without));
  }
  return kept;
}

function tableText(
  [head = [], ...rows]: readonly (readonly string[])[],
  { bold }: Pick<Colours, 'bold'>,
  widths: readonly number[] = [],
): string {
  return linesOf([head.map((title) => bold(title)), ...rows], widths);
}

/** A line for each cell that is not empty. Rows that begin with an empty cell belong to the one before. */
function cardsText(
  [head = [], ...rows]: readonly (readonly string[])[],
  { bold }: Pick<Colours, 'bold'>,
  room: number,
): string {
  const labelWidth = Math.max(...head.map((title) => title.length));
  const cards = rows.map((row, index) => {
    const [first = ''] = row;
    const gap = index > 0 && first !== '' ? '\n' : '';
    const title = head[0] === '' && first !== '' ? `${INDENT}${first}\n` : '';
    const facts = row.flatMap((cell, column) => {
      const label = head[column] ?? '';
      return cell === '' || label === '' ? [] : [[bold(label.padEnd(labelWidth)), cell.trimStart()]];
    });
    const widths = fittedWidths(facts, room) ?? [labelWidth, longestWord(facts.map(([, value = '']) => value))];
    return `${gap}${title}${linesOf(facts, widths)}`;
  });
  return cards.join('');
}

/** Every line of it, by the library; `widths` are those of the columns where they are not the natural ones. */
function linesOf(rows: readonly (readonly string[])[], widths: readonly number[]): string {
  const table = new Table({
    chars: NO_LINES,
    colWidths: widths.map((width) => width + GAP),
    wordWrap: true,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table.toString().split('\n');
  return `${lines.map((line) => `${INDENT}${line.trimEnd()}`.trimEnd()).join('\n')}\n`;
}
