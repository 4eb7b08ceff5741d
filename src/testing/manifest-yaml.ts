/**
 * YAML of manifests, as kubectl reads it. Pure.
 *
 * In: a text. Out: its documents, each with a value or with what is wrong with it and where. kubectl takes two things that
 * the specification does not: a text in quotes may end in the column of its key, as annotations with JSON in them often do,
 * and `<<` takes the keys of another map.
 */
import { Composer, type Document, Lexer, LineCounter, Parser } from 'yaml';
import { errorText } from '../errors.ts';
import { hasCycle } from './has-cycle.ts';
import { keysTwice } from './keys-twice.ts';

/** One document; `offset`: where it begins, or where it is wrong. */
export type YamlDocument = { readonly offset: number } & (
  | { readonly kind: 'read'; readonly document: Document; readonly value: unknown }
  | { readonly kind: 'broken'; readonly cause: string }
);

/** More than this takes minutes, and gigabytes of memory; JSON of that size is read at once. In characters. */
export const MAX_YAML_CHARACTERS = 8 * 1024 * 1024;

/** More aliases than this stand for a text that nobody wrote by hand. */
const MAX_ALIASES = 100;

/** What is said of a text that no stack is deep enough for. */
export const TOO_DEEP = 'it is nested too deeply';

/** What is to be said of a text that is not read for its size. */
export function yamlTooLarge({ length }: string): string | undefined {
  return length > MAX_YAML_CHARACTERS
    ? `as YAML it may have ${MAX_YAML_CHARACTERS} characters, and it has ${length}: give it as JSON`
    : undefined;
}

/** The documents of a text, and the counter of its lines. Never throws. */
export function readManifestYaml(text: string): { readonly lines: LineCounter; readonly documents: YamlDocument[] } {
  const lines = new LineCounter();
  const cause = yamlTooLarge(text);
  if (cause !== undefined) return { lines, documents: [{ kind: 'broken', offset: 0, cause }] };
  // Keys are compared below: the library compares each with each other one.
  const composer = new Composer({ prettyErrors: false, logLevel: 'silent', merge: true, uniqueKeys: false });
  const parser = new Parser(lines.addNewLine);
  Reflect.set(parser, 'lexer', kubectlLexer());
  return { lines, documents: Array.from(composer.compose(parser.parse(text)), readDocument) };
}

/** Between quotes only a mark of a new document ends the text, however little a line is indented. */
function kubectlLexer(): Lexer {
  const lexer = new Lexer();
  // Private to the library, which has no option for it.
  const parse: unknown = Reflect.get(lexer, 'parseQuotedScalar');
  if (typeof parse !== 'function') return lexer;
  return Object.assign(lexer, {
    *parseQuotedScalar(this: { indentNext: number }): Generator<string, string> {
      const { indentNext } = this;
      this.indentNext = 0;
      const next = yield* parse.call(this);
      this.indentNext = indentNext;
      return next;
    },
  });
}

function readDocument(document: Document.Parsed): YamlDocument {
  const [fault] = document.errors;
  const offset = fault?.pos[0] ?? document.contents?.range?.[0] ?? 0;
  const broken = (cause: string, at = offset): YamlDocument => ({ kind: 'broken', offset: at, cause });
  if (fault) return broken(fault.code === 'RESOURCE_EXHAUSTION' ? TOO_DEEP : fault.message);
  const [twice] = keysTwice(document);
  if (twice !== undefined) return broken('this key stands here a second time', twice);
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (hasCycle(value)) return broken('an alias stands inside of what it stands for');
    return { kind: 'read', offset, document, value };
  } catch (cause) {
    return broken(cause instanceof RangeError ? TOO_DEEP : errorText(cause));
  }
}
