/** JSON that stands as a text in YAML, such as the configuration in a definition: its places are those of the outer file. Pure. */
import { jsonFault } from '../schema/json-fault.ts';
import type { Place } from './finding.ts';
import { parsedJson } from './parsed-json.ts';
import { type Path, type SourceDocument, sourceDocument } from './source-document.ts';

/** The document in the text at `path`; a fault in it is one at its own place. */
export function embeddedDocument(
  outer: SourceDocument,
  path: Path,
  json: string,
): { kind: 'read'; document: SourceDocument } | { kind: 'broken'; place: Place } {
  const outerPlace = placesIn(outer, path, json);
  const fault = jsonFault(json);
  if (fault) return { kind: 'broken', place: outerPlace(fault) };
  const inner = sourceDocument({
    file: outer.file,
    text: json,
    value: JSON.parse(json),
    parse: () => parsedJson(json),
  });
  return {
    kind: 'read',
    document: {
      ...inner,
      placeOf: (part) => outerPlace(inner.placeOf(part)),
      placeOfKey: (part) => outerPlace(inner.placeOfKey(part)),
      sourceOf: () => undefined,
    },
  };
}

type Lines = Pick<Place, 'line' | 'column'>;

/** A block keeps its lines, each behind the same blanks; of a text in quotes only the beginning is certain. */
function placesIn(outer: SourceDocument, path: Path, json: string): (inner: Lines) => Place {
  const start = outer.placeOf(path);
  const source = outer.sourceOf(path, 'value');
  const [header = '', ...rows] = (source?.text ?? '').split('\n');
  const [firstRow] = json.split('\n');
  const index = rows.findIndex((row) => row.trim() !== '');
  const isBlock = /^\|[-+0-9]*\s*(#.*)?$/.test(header) && firstRow?.trim() !== '' && index >= 0;
  if (!isBlock) return () => start;
  const indent = (rows[index] ?? '').indexOf(firstRow ?? '');
  if (indent < 0) return () => start;
  return ({ line, column }) => ({ ...start, line: start.line + index + line, column: indent + column });
}
