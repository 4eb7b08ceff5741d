/**
 * A value from a file together with where each part of it stands.
 *
 * JSON is read by the same parser here as YAML, of which it is a part: it is asked for places only. Pure.
 */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import { MAX_YAML_CHARACTERS } from '../testing/manifest-yaml.ts';
import type { Edit, Place } from './finding.ts';

/** Keys and list positions that lead to a part of a value. */
export type Path = readonly (string | number)[];

/** A value and the places of its parts; a part that is not there has the place of the nearest one around it. */
export interface SourceDocument {
  readonly file: string;
  readonly value: unknown;
  placeOf(path: Path): Place;
  placeOfKey(path: Path): Place;
  /** The text of a part or key as it stands in the file; `undefined` where it cannot be changed there. */
  sourceOf(path: Path, part: 'key' | 'value'): (Omit<Edit, 'text'> & { readonly text: string }) | undefined;
}

/** A document with its places, before anybody has asked for one. */
export interface DocumentOrigin {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  /** Called when a place is asked for; of most documents nobody ever does. */
  readonly parse: () => { readonly document: Document; readonly lines: LineCounter };
}

/** The document of a file. */
export function sourceDocument({ file, text, value, parse }: DocumentOrigin): SourceDocument {
  let places: Pick<SourceDocument, 'placeOf' | 'placeOfKey' | 'sourceOf'> | undefined;
  const found = () => (places ??= text.length > MAX_YAML_CHARACTERS ? nowhere(file) : placesIn(file, text, parse()));
  return {
    file,
    value,
    placeOf: (path) => found().placeOf(path),
    placeOfKey: (path) => found().placeOfKey(path),
    sourceOf: (path, part) => found().sourceOf(path, part),
  };
}

/** To find places in a text of such a size would take longer than anybody waits. */
function nowhere(file: string): Pick<SourceDocument, 'placeOf' | 'placeOfKey' | 'sourceOf'> {
  const place = () => ({ file, line: 1, column: 1 });
  return { placeOf: place, placeOfKey: place, sourceOf: () => undefined };
}

function placesIn(
  file: string,
  text: string,
  { document, lines }: ReturnType<DocumentOrigin['parse']>,
): Pick<SourceDocument, 'placeOf' | 'placeOfKey' | 'sourceOf'> {
  const root = document.contents ?? undefined;
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const nearest = (path: Path, find: (path: Path) => Node | undefined) => {
    for (let length = path.length; length > 0; length -= 1) {
      const found = length === path.length ? find(path) : valueAt(root, path.slice(0, length), document);
      if (found?.range) return at(found.range[0]);
    }
    return at(root?.range?.[0] ?? 0);
  };
  return {
    placeOf: (path) => nearest(path, (whole) => valueAt(root, whole, document)),
    placeOfKey: (path) => nearest(path, (whole) => keyAt(root, whole, document)),
    sourceOf: (path, part) => {
      const node = part === 'key' ? keyAt(root, path, document) : valueAt(root, path, document);
      if (!node?.range || !isScalar(node)) return undefined;
      const [offset, end] = node.range;
      return { offset, length: end - offset, text: text.slice(offset, end) };
    },
  };
}

/** The part of a document at `prefix`, as a document of its own. */
export function partOf(document: SourceDocument, prefix: Path, value: unknown): SourceDocument {
  return {
    file: document.file,
    value,
    placeOf: (path) => document.placeOf([...prefix, ...path]),
    placeOfKey: (path) => document.placeOfKey([...prefix, ...path]),
    sourceOf: (path, part) => document.sourceOf([...prefix, ...path], part),
  };
}

function valueAt(root: Node | undefined, path: Path, document: Document): Node | undefined {
  let node: unknown = root;
  for (const key of path) {
    const container = isAlias(node) ? node.resolve(document) : node;
    if (isMap(container)) node = container.items.find((pair) => keyText(pair.key) === String(key))?.value;
    else if (isSeq(container)) node = container.items[Number(key)];
    else return undefined;
  }
  return isNode(node) ? node : undefined;
}

function keyAt(root: Node | undefined, path: Path, document: Document): Node | undefined {
  const parent = valueAt(root, path.slice(0, -1), document);
  const container = isAlias(parent) ? parent.resolve(document) : parent;
  if (!isMap(container)) return valueAt(root, path, document);
  const key = container.items.find((pair) => keyText(pair.key) === String(path.at(-1)))?.key;
  return isNode(key) ? key : undefined;
}

function keyText(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}
