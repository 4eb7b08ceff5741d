/**
 * What is delivered with Braid and was made by others, and what its licence asks to be passed on. Pure.
 *
 * Most licences differ in the lines that name their owners alone, so these are told apart from the text, which is then given
 * once for all that share its words.
 */

export interface Notice {
  readonly name: string;
  /** Empty where it is that of the building machine. */
  readonly version: string;
  /** An SPDX expression. */
  readonly licence: string;
  /** The lines that name who has the rights, as they stand in its licence. */
  readonly copyrights: readonly string[];
  /** The licence without those lines. */
  readonly text: string;
}

/** Begins a line that names an owner. What only speaks of such lines, and forms to be filled in, do not. */
const OWNER =
  /^[\s*#-]*(?:copyright\b(?! *(?:notice|owner|holder|licen[cs]e|statement|and\b|[[{]yyyy))|\(c\) *\d{4}|©)/i;

/** Begins what an owner says, where no empty line is between. */
const GRANT = /^\W*(?:permission|redistribution|licensed|this|the)\b/i;

/** A line that only says which licence follows. */
const TITLE = /^\W*(?:the )?(?:mit|isc|bsd)\b[\w .-]*?(?:licen[cs]e)?(?: \((?:mit|isc)\))?\W*$/i;

/** Takes a licence's file apart. */
export function licenceText(file: string): Pick<Notice, 'copyrights' | 'text'> {
  const copyrights: string[] = [];
  const rest: string[] = [];
  let isOwners = false;
  for (const line of file.replaceAll('\r\n', '\n').split('\n')) {
    const isFirst = OWNER.test(line);
    // Names go on in the lines below.
    isOwners = isFirst || (isOwners && line.trim() !== '' && !GRANT.test(line));
    if (isFirst) copyrights.push(trimmed(line));
    else if (isOwners) copyrights.push(`${copyrights.pop()} ${trimmed(line)}`);
    else if (rest.length > 0 || !TITLE.test(line)) rest.push(line.trimEnd());
  }
  return { copyrights, text: withoutMargins(rest.join('\n')) };
}

function trimmed(line: string): string {
  return line
    .replace(/^[\s*#-]+/, '')
    .trim()
    .replaceAll(/\s+/g, ' ');
}

function withoutMargins(text: string): string {
  return text.replaceAll(/\n{3,}/g, '\n\n').replace(/^\n+|\s+$/g, '');
}

/** Texts of the same words are one text, however they are wrapped and whatever their quotation marks. */
export function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim();
}
