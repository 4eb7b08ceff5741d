/** The text of an annotation as a JSON list. Pure. */
import { jsonFault } from '../schema/json-fault.ts';
import { invalid, type Place, shown } from './npwg-fault.ts';

const LIST_HINT = 'write a JSON list: [{"name": "…", "namespace": "…"}]';
const TRAILING_COMMA_HINT = 'remove the comma before it';
const STRING_HINT = 'look for a comma or colon missing before it, or for a quote missing after it';
const QUOTES_HINT = 'JSON wants double quotes (")';

/** Reads a JSON list. Throws: code 7 with line and column where it is no JSON, with a hint where it is no list. */
export function parseJsonList(text: string, place: Place): readonly unknown[] {
  const value = parseJson(text, place);
  if (Array.isArray(value)) return value;
  const isElement = typeof value === 'object' && value !== null;
  const what = `must be a list, not ${shown(value)}`;
  throw invalid(place, what, isElement ? 'put it into a list: wrap it in [ ]' : LIST_HINT);
}

function parseJson(text: string, place: Place): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const fault = jsonFault(text);
    if (fault === undefined) throw invalid(place, 'cannot be read as JSON', LIST_HINT);
    const { offset, line, column } = fault;
    const before = text.slice(0, offset);
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
