/** Where a file stops being UTF-8. Touches disk where its text leaves that open. */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';

/** What decoding puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

/**
 * The place, counted from 1; `undefined` where all is well. `file`: where `text` was read, which may hold the character that
 * stands for wrong bytes; `undefined`: from standard input, whose bytes are gone. Throws what the file system throws.
 */
export async function utf8Fault(
  text: string,
  file: string | undefined,
): Promise<{ readonly line: number; readonly column: number } | undefined> {
  const at = text.indexOf(REPLACEMENT);
  if (at < 0 || (file !== undefined && isUtf8(await readFile(file)))) return undefined;
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}
