/** Tables for people: columns and no lines, so that they can be read, copied and cut. Colour only on a terminal. */
import Table from 'cli-table3';
import colors from 'picocolors';
import type { Environment } from '../environment/environment.ts';
import { isColoured } from './colour.ts';

/** Of a terminal, or none. */
export type Colours = ReturnType<typeof colors.createColors>;

/** The colours for stdout: none where it is no terminal, or where NO_COLOR is set. Reads what stdout is. */
export function coloursFor(environment: Pick<Environment, 'variables'>): Colours {
  return colors.createColors(isColoured(process.stdout, environment));
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

/** A table with a head; a cell may have several lines. Columns that are empty in every row are left out. */
export function plainTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { bold }: Pick<Colours, 'bold'>,
): string {
  const isUsed = (_cell: string, column: number) => rows.some((row) => (row[column] ?? '') !== '');
  const table = new Table({
    head: head.filter(isUsed).map((title) => bold(title)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
  });
  table.push(...rows.map((row) => row.filter(isUsed)));
  const lines = table.toString().split('\n');
  return `${lines.map((line) => `  ${line.trimEnd()}`.trimEnd()).join('\n')}\n`;
}
