/**
 * One file as documents with places, or what keeps it from being any. Touches disk.
 *
 * `.json`, `.conf` and `.conflist` are JSON, as runtimes read them; all others are YAML.
 */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import { errorText } from '../errors.ts';
import { readRegularFile } from '../read-regular-file.ts';
import { jsonFault, jsonFaultText } from '../schema/json-fault.ts';
import type { Finding } from './finding.ts';
import { trailingCommas } from './fixes/trailing-commas.ts';
import { duplicateKeys, parsedJson } from './parsed-json.ts';
import { type SourceDocument, sourceDocument } from './source-document.ts';

/** What a file came to; both may hold something. */
export interface ReadSource {
  readonly documents: readonly SourceDocument[];
  readonly findings: readonly Finding[];
}

/** How findings call standard input, and how it is asked for. */
export const STDIN = '-';

/** What decoding puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

const BYTE_ORDER_MARK = '\ufeff';

const JSON_EXTENSIONS = ['.json', '.conf', '.conflist'];

/** All objects of a cluster of some size in one file; a configuration has the limit of the runtimes. */
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

/** Longer texts were written by programs, which write no key twice; in characters. */
const MAX_LOOKED_THROUGH = 1024 * 1024;

/** More aliases than this stand for a text that nobody wrote by hand. */
const MAX_ALIASES = 100;

/** Reads a file, or standard input. Never throws. */
export async function readSource(file: string, readStdin: () => string): Promise<ReadSource> {
  let text: string;
  try {
    text =
      file === STDIN
        ? readStdin()
        : await readRegularFile(file, isConfiguration(file) ? undefined : MAX_MANIFEST_BYTES);
    const wrong = text.includes(REPLACEMENT) && file !== STDIN ? wrongByte(await readFile(file)) : undefined;
    if (wrong) {
      const hint = 'if it is Latin-1, iconv -f latin1 -t utf-8 makes it UTF-8';
      return broken({ rule: 'encoding', file, message: 'the file is not UTF-8', hint, ...wrong });
    }
  } catch (cause) {
    return broken({ rule: 'unreadable', file, message: errorText(cause) });
  }
  try {
    return JSON_EXTENSIONS.includes(extname(file)) ? readJson(file, text) : readYaml(file, text);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    return broken({ rule: 'syntax', file, message: 'it is nested too deep to be read' });
  }
}

function isConfiguration(file: string): boolean {
  return ['.conf', '.conflist'].includes(extname(file));
}

/** Where bytes stop being UTF-8; a file may hold the character that stands for such bytes. */
function wrongByte(bytes: Buffer): { line: number; column: number } | undefined {
  if (isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const before = text.slice(0, text.indexOf(REPLACEMENT));
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}

interface Fault {
  readonly rule: Finding['rule'];
  readonly file: string;
  readonly message: string;
  readonly hint?: string;
  readonly line?: number;
  readonly column?: number;
  readonly fix?: Finding['fix'];
}

function broken(fault: Fault): ReadSource {
  return { documents: [], findings: [findingOf(fault)] };
}

function findingOf({ rule, file, message, hint = '', line = 1, column = 1, fix }: Fault): Finding {
  return { rule, place: { file, line, column }, message, hint, ...(fix ? { fix } : {}) };
}

function readJson(file: string, text: string): ReadSource {
  if (text.startsWith(BYTE_ORDER_MARK)) {
    const fix = { file, what: 'take the byte order mark away', edits: [{ offset: 0, length: 1, text: '' }] };
    return broken({
      rule: 'syntax',
      file,
      message: 'it begins with a byte order mark, which no reader of JSON takes',
      fix,
    });
  }
  const fault = jsonFault(text);
  if (fault) {
    const { line, column } = fault;
    const fix = trailingCommas(file, text);
    const hint = fix ? 'JSON has no comma after the last member' : '';
    return broken({
      rule: 'syntax',
      file,
      message: `it ${jsonFaultText(text)}`,
      hint,
      line,
      column,
      ...(fix ? { fix } : {}),
    });
  }
  const document = sourceDocument({ file, text, value: JSON.parse(text), parse: () => parsedJson(text) });
  return { documents: [document], findings: text.length > MAX_LOOKED_THROUGH ? [] : keysTwice(file, text) };
}

function keysTwice(file: string, text: string): Finding[] {
  return duplicateKeys(text).map((offset) => {
    const before = text.slice(0, offset);
    const message = 'this key stands here a second time; readers take the last one';
    const place = { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
    return findingOf({ rule: 'duplicate-key', file, message, hint: 'take one of the two away', ...place });
  });
}

function readYaml(file: string, text: string): ReadSource {
  const { lines, documents } = parsed(text);
  const findings: Finding[] = [];
  const sources = documents.flatMap((document) => {
    const [fault] = document.errors;
    const offset = fault?.pos[0] ?? document.contents?.range?.[0] ?? 0;
    const { line, col } = lines.linePos(offset);
    const value = fault ? ({ kind: 'broken', cause: fault.message } as const) : resolvedValue(document);
    if (value.kind === 'read')
      return [sourceDocument({ file, text, value: value.value, parse: () => ({ document, lines }) })];
    findings.push(
      findingOf({ rule: 'syntax', file, message: `it is not valid YAML: ${value.cause}`, line, column: col }),
    );
    return [];
  });
  return { documents: sources, findings };
}

function parsed(text: string) {
  const lines = new LineCounter();
  const options = { lineCounter: lines, prettyErrors: false, logLevel: 'silent' } as const;
  const all = parseAllDocuments(text, options);
  const documents: Document[] = 'empty' in all ? [] : all;
  return { lines, documents };
}

function resolvedValue(document: Document): { kind: 'read'; value: unknown } | { kind: 'broken'; cause: string } {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return hasCycle(value)
      ? { kind: 'broken', cause: 'an alias stands inside of what it stands for' }
      : { kind: 'read', value };
  } catch (cause) {
    return { kind: 'broken', cause: errorText(cause) };
  }
}

function hasCycle(value: unknown, around = new Set<unknown>()): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (around.has(value)) return true;
  around.add(value);
  const isFound = Object.values(value).some((member) => hasCycle(member, around));
  around.delete(value);
  return isFound;
}
