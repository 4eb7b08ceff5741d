/** YAML to a value. A module of its own, reached by dynamic import only: most calls of the plugin read no YAML. */
import { LineCounter, parseDocument } from 'yaml';

/** The value, or where the text is no YAML; the text itself is never quoted, for it may hold a token. */
export type YamlReading =
  | { readonly kind: 'read'; readonly value: unknown }
  | { readonly kind: 'broken'; readonly line: number; readonly column: number; readonly code: string };

/** Reads one document. */
export function readYaml(text: string): YamlReading {
  const lines = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  const [fault] = document.errors;
  if (fault === undefined) return { kind: 'read', value: document.toJS() };
  const { line, col } = lines.linePos(fault.pos[0]);
  return { kind: 'broken', line, column: col, code: fault.code };
}
