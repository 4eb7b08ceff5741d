/**
 * Where a text stops being JSON. Pure.
 *
 * A fault is located by our own scan: the engines that Braid runs on (V8, JavaScriptCore) word and place it differently, and
 * their words quote the text, which may hold a token.
 */

/** Blanks, then a mark, a string, or a number or word; every alternative is tried once a character. */
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
  /[ \t\n\r]*(?:([[\]{},:])|("[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/** What may come next: a value, a value or `]`, a key, a key or `}`, `:`, or what follows a value. */
type Expected = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'end of value';

/** A place in a text; lines and columns count from 1, columns in UTF-16 units. */
export interface JsonFault {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** The value of a JSON text. Throws: Error saying line and column, and nothing of the text. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`it ${jsonFaultText(text)}`);
  }
}

/** Why no parser takes a text, without quoting it: `is not valid JSON: it ends too early at line 1, column 2`. */
export function jsonFaultText(text: string): string {
  const fault = jsonFault(text);
  if (fault === undefined) return 'cannot be read as JSON';
  const what = fault.offset === text.length ? 'it ends too early' : 'unexpected character';
  return `is not valid JSON: ${what} at line ${fault.line}, column ${fault.column}`;
}

/** The place at which `text` stops being JSON; `undefined` when it is JSON. */
export function jsonFault(text: string): JsonFault | undefined {
  const offset = faultOffset(text);
  if (offset === undefined) return undefined;
  const before = text.slice(0, offset);
  return { offset, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

function faultOffset(text: string): number | undefined {
  const token = new RegExp(TOKEN);
  const open: string[] = [];
  let expected: Expected = 'value';
  while (expected !== 'end of value' || open.length > 0) {
    const start = skipBlanks(text, token.lastIndex);
    const [found, mark, string] = token.exec(text) ?? [];
    if (found === undefined) return start;
    const next = follow(expected, mark ?? (string === undefined ? 'scalar' : 'string'), open);
    if (next === undefined) return start;
    expected = next;
  }
  const rest = skipBlanks(text, token.lastIndex);
  return rest < text.length ? rest : undefined;
}

/** What is expected after `token`, or `undefined` when it may not stand here; keeps account of open brackets. */
function follow(expected: Expected, token: string, open: string[]): Expected | undefined {
  if (expected === 'colon') return token === ':' ? 'value' : undefined;
  if (expected === 'end of value') {
    if (token === ',') return open.at(-1) === '{' ? 'key' : 'value';
    return (token === ']' || token === '}') && closes(open, token) ? expected : undefined;
  }
  if (expected === 'key' || expected === 'first key') {
    if (token === 'string') return 'colon';
    return expected === 'first key' && token === '}' && closes(open, token) ? 'end of value' : undefined;
  }
  if (token === 'string' || token === 'scalar') return 'end of value';
  if (token === '[' || token === '{') {
    open.push(token);
    return token === '[' ? 'first value' : 'first key';
  }
  return expected === 'first value' && token === ']' && closes(open, token) ? 'end of value' : undefined;
}

function closes(open: string[], token: ']' | '}'): boolean {
  return open.pop() === (token === ']' ? '[' : '{');
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1;
  return at;
}
