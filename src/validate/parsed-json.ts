/** JSON read for its places, by the parser of YAML, of which it is a part. Pure. */
import { LineCounter, parseDocument } from 'yaml';

/** The document of a text that is JSON. */
export function parsedJson(text: string) {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  return { document, lines };
}
