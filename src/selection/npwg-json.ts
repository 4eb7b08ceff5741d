/**
 * The text of an annotation as a JSON list. Pure.
 *
 * A fault is located by our own scan: the engines that Braid runs on (V8, JavaScriptCore) word and place it differently.
 */
import { invalid, type Place, shown } from './npwg-fault.ts';

const LIST_HINT = 'write a JSON list: [{"name": "…", "namespace": "…"}]';
const TRAILING_COMMA_HINT = 'remove the comma before it';
const STRING_HINT = 'look for a comma or colon missing before it, or for a quote missing after it';
const QUOTES_HINT = 'JSON wants double quotes (")';

/** Blanks, then a mark, a string, or a number or word; every alternative is tried once a character. */
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
  /[ \t\n\r]*(?:([[\]{},:])|("[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/** What may come next: a value, a value or `]`, a key, a key or `}`, `:`, or what follows a value. */
type Expected = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'end of value';

/** Reads a JSON list. Throws: code 7 with line and column where it is no JSON, with a hint where it is no list. */
export function parseJsonList(text: string, place: Place): readonly unknown[] {
  const value = parseJson(text, place);
  if (Array.isArray(value)) return value;
  const isElement = typeof value === 'object' && value !== null;
  const what = `must be a list, not ${shown(value)}`;
  throw invalid(place, what, isElement ? 'put it into a list: wrap it in [ ]' : LIST_HINT);
}

/** The offset at which `text` stops being JSON; `undefined` when it is JSON. */
export function jsonFaultOffset(text: string): number | undefined {
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

function parseJson(text: string, place: Place): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const offset = jsonFaultOffset(text);
    if (offset === undefined) throw invalid(place, 'cannot be read as JSON', LIST_HINT);
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - before.lastIndexOf('\n');
    const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
    const what = offset === text.length ? 'it ends too early' : `unexpected ${shown(character)}`;
    throw invalid(place, `is not valid JSON: ${what} at line ${line}, column ${column}`, hintAt(character, before));
  }
}

function hintAt(character: string, before: string): string {
  if (/[\]}]/.test(character) && before.trimEnd().endsWith(',')) return TRAILING_COMMA_HINT;
  if (/['‘’“”]/.test(character)) return QUOTES_HINT;
  if (character === '"') return STRING_HINT;
  if (before.trim() === '') return `${LIST_HINT}, or names separated by commas without any [, { or "`;
  return LIST_HINT;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1;
  return at;
}
