/**
 * One file as documents with places, or what keeps it from being any. Touches disk.
 *
 * `.json`, `.conf` and `.conflist` are JSON, as runtimes read them; all others are YAML.
 */
import { extname } from 'node:path';
import { errorText } from '../errors.ts';
import { readRegularFile } from '../read-regular-file.ts';
import { jsonFault, jsonFaultText } from '../schema/json-fault.ts';
import { keysTwice } from '../testing/keys-twice.ts';
import { readManifestYaml, TOO_DEEP, yamlTooLarge } from '../testing/manifest-yaml.ts';
import { utf8Fault } from '../testing/utf8-fault.ts';
import type { Finding } from './finding.ts';
import { trailingCommas } from './fixes/trailing-commas.ts';
import { parsedJson } from './parsed-json.ts';
import { type SourceDocument, sourceDocument } from './source-document.ts';

/** What a file came to; both may hold something. */
export interface ReadSource {
  readonly documents: readonly SourceDocument[];
  readonly findings: readonly Finding[];
}

/** How findings call standard input, and how it is asked for. */
export const STDIN = '-';

const BYTE_ORDER_MARK = '\ufeff';

const JSON_EXTENSIONS = ['.json', '.conf', '.conflist'];

/** All objects of a cluster of some size in one file; a configuration has the limit of the runtimes. */
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

/** Longer texts were written by programs, which write no key twice; in characters. */
const MAX_LOOKED_THROUGH = 1024 * 1024;

/** Reads a file, or standard input. Never throws. */
export async function readSource(file: string, readStdin: () => string): Promise<ReadSource> {
  let text: string;
  try {
    text =
      file === STDIN
        ? readStdin()
        : await readRegularFile(file, isConfiguration(file) ? undefined : MAX_MANIFEST_BYTES);
    const wrong = await utf8Fault(text, file === STDIN ? undefined : file);
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
    return broken({ rule: 'syntax', file, message: TOO_DEEP });
  }
}

function isConfiguration(file: string): boolean {
  return ['.conf', '.conflist'].includes(extname(file));
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
  return { documents: [document], findings: text.length > MAX_LOOKED_THROUGH ? [] : twiceIn(file, text) };
}

function twiceIn(file: string, text: string): Finding[] {
  return keysTwice(parsedJson(text).document).map((offset) => {
    const before = text.slice(0, offset);
    const message = 'this key stands here a second time; readers take the last one';
    const place = { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
    return findingOf({ rule: 'duplicate-key', file, message, hint: 'take one of the two away', ...place });
  });
}

function readYaml(file: string, text: string): ReadSource {
  // JSON is YAML as well, but as such takes many times as long to read.
  if (text.trimStart().startsWith('{') && jsonFault(text) === undefined) return readJson(file, text);
  const tooLarge = yamlTooLarge(text);
  if (tooLarge !== undefined) return broken({ rule: 'unreadable', file, message: tooLarge });
  const { lines, documents } = readManifestYaml(text);
  const findings: Finding[] = [];
  const sources = documents.flatMap((read) => {
    if (read.kind === 'read') {
      const { document, value } = read;
      return [sourceDocument({ file, text, value, parse: () => ({ document, lines }) })];
    }
    const { line, col } = lines.linePos(read.offset);
    const place = { line: Math.max(line, 1), column: Math.max(col, 1) };
    findings.push(findingOf({ rule: 'syntax', file, message: `it is not valid YAML: ${read.cause}`, ...place }));
    return [];
  });
  return { documents: sources, findings };
}
