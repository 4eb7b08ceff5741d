/** How wide the columns of a table may be on a terminal that has not room for all of them. Pure. */
import stringWidth from 'string-width';

/** What a column narrower than this would gain is not worth reading it in pieces. */
const LEAST = 12;

/** A tenth of a second. */
const MOST_CHARACTERS = 10_000;

/** Between two columns. */
export const GAP = 2;

/** How wide each column of `rows` is by itself. A cell may have several lines, and colours. */
export function naturalWidths(rows: readonly (readonly string[])[]): number[] {
  return widthsBy(rows, '\n');
}

/** How wide they are in a row, with the gaps. */
export function tableWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
}

/**
 * The widths by which `rows` fit into `room` with their widest columns broken between words; `undefined` where that would
 * break words, which nobody could copy then.
 */
export function fittedWidths(rows: readonly (readonly string[])[], room: number): number[] | undefined {
  const natural = naturalWidths(rows);
  const least = widthsBy(rows, /\s+/).map((word, column) => Math.min(natural[column] ?? 0, Math.max(word, LEAST)));
  if (tableWidth(least) > room) return undefined;
  let widths = natural;
  for (let most = Math.max(...natural); tableWidth(widths) > room; most -= 1) {
    widths = natural.map((width, column) => Math.max(least[column] ?? 0, Math.min(width, most)));
  }
  return widths;
}

/** How wide the longest word is. */
export function longestWord(cells: readonly string[]): number {
  return (
    widthsBy(
      cells.map((cell) => [cell]),
      /\s+/,
    )[0] ?? 0
  );
}

/** True where the library could break it in time: it takes the square of the length of a cell. */
export function isBreakable(rows: readonly (readonly string[])[]): boolean {
  return rows.every((row) => row.every((cell) => cell.length <= MOST_CHARACTERS));
}

/** In columns of a terminal. Not as arguments of one call: there may be more than the stack has room for. */
function widthsBy(rows: readonly (readonly string[])[], separator: string | RegExp): number[] {
  const width = (cell = '') => cell.split(separator).reduce((most, part) => Math.max(most, stringWidth(part)), 0);
  const widest = (column: number) => rows.reduce((most, row) => Math.max(most, width(row[column])), 0);
  return (rows[0] ?? []).map((_cell, column) => widest(column));
}
