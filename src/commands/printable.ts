/**
 * What plugins, pods and files say may hold anything; a terminal obeys some of it. Here it becomes readable instead. Pure.
 *
 * A character that has no look of its own is written as JSON has it, so that a JSON document stays the same document.
 */
import { StringDecoder } from 'node:string_decoder';

/** Controls of C0 and C1 but for tab and line ends, and the marks that turn the direction of what follows. */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /\u001b\[(?:1|2|22|3[1-9])m|\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** `text` without controls; `isColoured`: the colours and weights that our own reports have stay. */
export function printable(text: string, isColoured: boolean): string {
  return text.replaceAll(UNSEEN, (found) => (isColoured && found.length > 1 ? found : escaped(found)));
}

function escaped(text: string): string {
  const [control = '', ...rest] = text;
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}${rest.join('')}`;
}

/** The same for what comes in pieces, as stderr of plugins does: a character may be cut in two. */
export function printableStream(isColoured: boolean): (piece: string | Buffer) => string {
  const decoder = new StringDecoder('utf8');
  return (piece) => printable(typeof piece === 'string' ? piece : decoder.write(piece), isColoured);
}

/** A text of others as one cell of a table, or on a page: no line ends nor colours either, nothing that turns its direction. */
export function plainText(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
      .replaceAll(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g, '\ufffd')
  );
}
