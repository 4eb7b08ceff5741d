/**
 * One item of the short form of the Network Plumbing WG's dialect: `[namespace/]name[@interface]`. Pure.
 *
 * Blanks around the parts are ignored, as Multus does; unlike there, a mark (`/`, `@`) has something on both sides.
 */
import { invalid, shown } from './npwg-fault.ts';
import { definition, parseIfName, parseNamespace, parseObjectName } from './npwg-names.ts';
import type { WantedNetwork } from './selection.ts';

const GRAMMAR_HINT = 'write [namespace/]name[@interface]';

/** What one item says, in whichever form it is written. */
export type ParsedItem = Pick<WantedNetwork, 'network' | 'requestedIfName' | 'options'>;

/** Reads an item. `where` names it in errors, `ownNamespace` holds for a bare name. Throws: code 7. */
export function parseShortItem(item: string, where: string, ownNamespace: string | undefined): ParsedItem {
  const place = { where, path: [] };
  if (item.trim() === '') throw invalid(place, 'is empty', 'write names separated by single commas, none at the end');
  const [reference = '', ifName] = splitOnce(item, '@', where);
  const [left = '', right] = splitOnce(reference, '/', where);
  const [namespace, name] = right === undefined ? [undefined, left] : [left, right];
  if (name === '') throw invalid(place, `${shown(item)} has no name`, GRAMMAR_HINT);
  if (namespace === '') throw invalid(place, `${shown(item)} has no namespace before the /`, GRAMMAR_HINT);
  if (ifName === '') throw invalid(place, `${shown(item)} has no interface name after the @`, GRAMMAR_HINT);
  const ownOrGiven = namespace === undefined ? ownNamespace : parseNamespace(namespace, place);
  return {
    network: definition(parseObjectName(name, place), ownOrGiven, place),
    requestedIfName: ifName === undefined ? undefined : parseIfName(ifName, place),
    options: {},
  };
}

function splitOnce(text: string, mark: '@' | '/', where: string): string[] {
  const parts = text.split(mark, 3).map((part) => part.trim());
  if (parts.length > 2) throw invalid({ where, path: [] }, `${shown(text)} has more than one ${mark}`, GRAMMAR_HINT);
  return parts;
}
