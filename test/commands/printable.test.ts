/** What others wrote does nothing to a terminal, and says the same. */
import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import { printable, printableStream } from '../../src/commands/printable.ts';

test.each([
  ['a title for the window', '\u001b]0;pwned\u0007', '\\u001b]0;pwned\\u0007'],
  ['an empty screen', 'a\u001b[2Jb\u009b2J', 'a\\u001b[2Jb\\u009b2J'],
  ['hidden text', '\u001b[8mx', '\\u001b[8mx'],
  ['a line written over', 'failed\rok', 'failed\\u000dok'],
  ['text that runs backwards', 'a\u202eb', 'a\\u202eb'],
  ['what has a look of its own', 'ä\t→\r\n👍', 'ä\t→\r\n👍'],
])('%s', (_what, text, shown) => expect(printable(text, true)).toBe(shown));

test('colours are those of our own reports, on a terminal', () => {
  const { bold, red, dim } = createColors(true);
  const text = bold(red('a')) + dim('b');
  expect(printable(text, true)).toBe(text);
  expect(printable(red('a'), false)).toBe('\\u001b[31ma\\u001b[39m');
});

test('a JSON document stays the same document', () => {
  const value = { text: '\u001b[2J\u007f\u009b\u2028\u202e\r\n' };
  const shown = printable(JSON.stringify(value, null, 2), false);
  expect(JSON.parse(shown)).toEqual(value);
  expect(shown).not.toMatch(/[\u007f-\u009f\u2028\u202e]/);
});

test('a character that comes in two pieces is one', () => {
  const print = printableStream(false);
  const bytes = Buffer.from('\u009b→');
  expect([...bytes].map((byte) => print(Buffer.from([byte]))).join('')).toBe('\\u009b→');
});
