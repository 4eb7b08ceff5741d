/** The YAML document of a fixture: its value, and where in it something stands. Pure. */
import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { errorText } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { hasCycle } from './has-cycle.ts';

/** Something wrong with a fixture itself; lines and columns count from 1, and are absent where the whole file is meant. */
export interface FixtureFault {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

const MOST_ALIASES = 100;

/** What the parser says to programmers, for people. */
const SAID_OTHERWISE: Partial<Record<ErrorCode, string>> = {
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  MULTIPLE_DOCS: 'a second document begins here; a fixture is one',
};

/** Reads the document as an object, which has no cycles. Never throws. */
export function openSource(
  file: string,
  text: string,
):
  | { readonly kind: 'read'; readonly source: FixtureSource; readonly value: JsonObject }
  | { readonly kind: 'broken'; readonly fault: FixtureFault } {
  const broken = (message: string) => ({ kind: 'broken', fault: { file, message } }) as const;
  try {
    const source = new FixtureSource(file, text);
    const fault = source.syntaxFault ?? source.aliasFault;
    if (fault) return { kind: 'broken', fault };
    const value = source.value();
    if (hasCycle(value)) return broken('an alias in it stands for what it is in');
    return isJsonObject(value) ? { kind: 'read', source, value } : broken('it is no fixture: it has no keys');
  } catch (cause) {
    // What is nested without end is too much for any parser's stack.
    return broken(cause instanceof RangeError ? 'it is nested too deeply' : errorText(cause));
  }
}

/** The YAML document, and where in it something stands. */
export class FixtureSource {
  readonly file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;

  constructor(file: string, text: string) {
    this.file = file;
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      logLevel: 'error',
      merge: true,
    });
  }

  /** Where it is no YAML. */
  get syntaxFault(): FixtureFault | undefined {
    const [fault] = this.#document.errors;
    if (!fault) return undefined;
    return this.#at(fault.pos[0], SAID_OTHERWISE[fault.code] ?? `it is no YAML: ${fault.message}`);
  }

  /** An alias of what is nowhere. */
  get aliasFault(): FixtureFault | undefined {
    const anchors = new Set<string>();
    let found: FixtureFault | undefined;
    visit(this.#document, {
      Value: (_key, { anchor }) => {
        if (anchor !== undefined) anchors.add(anchor);
      },
      Alias: (_key, { source, range }) => {
        if (anchors.has(source)) return undefined;
        found = this.#at(range?.[0] ?? 0, `there is no anchor "&${source}" before this alias`);
        return visit.BREAK;
      },
    });
    return found;
  }

  /** The whole value. Throws: ReferenceError for more aliases than anybody means: a document may stand for more than it has bytes. */
  value(): unknown {
    return this.#document.toJS({ maxAliasCount: MOST_ALIASES });
  }

  fault(message: string, path: readonly PropertyKey[], key: string | undefined): FixtureFault {
    return this.#at(this.#offsetOf(path, key), message);
  }

  lineAt(path: readonly PropertyKey[]): number {
    return this.#lines.linePos(this.#offsetOf(path, undefined)).line;
  }

  #at(offset: number, message: string): FixtureFault {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line, column: col, message };
  }

  /** Of the value at `path`, or of its `key`; of what is nearest above where it cannot be told. */
  #offsetOf(path: readonly PropertyKey[], key: string | undefined): number {
    let offset = 0;
    let at: unknown = this.#document.contents;
    for (const part of [...path, ...(key === undefined ? [] : [key])]) {
      const node = isAlias(at) ? at.resolve(this.#document) : at;
      const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === part) : undefined;
      const next: unknown = isSeq(node) ? node.items[Number(part)] : pair?.value;
      const place = isSeq(node) ? next : pair?.key;
      const range = (place as Node | undefined)?.range;
      if (!range) return offset;
      [offset] = range;
      at = next;
    }
    return offset;
  }
}
