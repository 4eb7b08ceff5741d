/**
 * How a fault in an annotation of the Network Plumbing WG is put into words: where, which key, what, what to do. Pure.
 *
 * In: a place and a value of any size. Out: a CniError whose texts are short, whatever was written in the annotation.
 */
import { CniError, ErrorCode } from '../errors.ts';
import { keyPath } from '../schema/issue-text.ts';
import { nearestName } from '../schema/nearest-name.ts';

/** Of a value that is not understood, an error quotes this much. */
const SHOWN_CHARACTERS = 100;

/** What JSON leaves as it is and a terminal obeys or hides: controls, directions, separators of lines. */
const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** A place in an annotation: the item in words (`annotation "…", item 2`) and the keys that lead on from there. */
export interface Place {
  readonly where: string;
  readonly path: readonly (string | number)[];
}

/** The place of a member of what stands at `place`. */
export function memberOf(place: Place, key: string | number): Place {
  return { where: place.where, path: [...place.path, key] };
}

/** A value that cannot be taken, code 7: `annotation "…", item 2, key "mac": has 8 bytes, not 6`. */
export function invalid(place: Place, what: string, hint: string): CniError {
  return new CniError(ErrorCode.invalidConfig, `${placeText(place)}: ${what}`, hint);
}

/** Refuses every one of the `keys` at `place` that is not `known`. Throws: code 2, naming the nearest known key. */
export function refuseUnknownKeys(keys: readonly string[], place: Place, known: readonly string[]): void {
  const unknown = keys.find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  const message = `${placeText(memberOf(place, unknown))}: is not a key that Braid knows`;
  const hint = nearest === undefined ? `the keys are ${known.join(', ')}` : `did you mean "${nearest}"?`;
  throw new CniError(ErrorCode.unsupportedField, message, hint);
}

/** A value as an error quotes it: on one line, in quotes where it is text, cut where it is long. */
export function shown(value: unknown): string {
  // What is nested may be nested too deep to be printed.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  if (typeof value !== 'string') return String(value);
  const text = JSON.stringify(value.slice(0, SHOWN_CHARACTERS + 1))
    .slice(1, -1)
    .replaceAll(INVISIBLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  const cut = text.slice(0, SHOWN_CHARACTERS).toWellFormed();
  return text.length > SHOWN_CHARACTERS ? `"${cut}…"` : `"${text}"`;
}

/** A string that is not empty. Throws: code 7. */
export function expectText(value: unknown, place: Place, hint: string): string {
  if (typeof value !== 'string') throw invalid(place, `must be a string, not ${shown(value)}`, hint);
  if (value === '') throw invalid(place, 'must not be empty', hint);
  return value;
}

/** A list. Throws: code 7. */
export function expectList(value: unknown, place: Place, hint: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(place, `must be a list, not ${shown(value)}`, hint);
  return value;
}

/** Refuses a list that nobody writes by hand: what it asks for is compared with all that the node has. Throws: code 7. */
export function refuseMoreThan(most: number, items: readonly unknown[], place: Place): void {
  if (items.length > most) throw invalid(place, `has ${items.length} members, more than ${most}`, 'ask for fewer');
}

function placeText({ where, path }: Place): string {
  return path.length === 0 ? where : `${where}, key ${shown(keyPath(path))}`;
}
