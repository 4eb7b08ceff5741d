/**
 * A record as text: a line with a checksum over its kind and the exact bytes of its content, then a line for each step. Pure.
 *
 * `{"kind":"attachment/v1","checksum":"sha256:…","record":{…}}`, so that `head -1 | jq .record` reads it and a torn or edited
 * record is told from a whole one. A step is a JSON document; a torn line is a step that was not noted.
 */
import { hash } from 'node:crypto';
import { CniError, ErrorCode } from '../errors.ts';
import { RECORD_KIND, recordShape, stepShape } from '../schema/attachment-record.ts';
import { firstIssue } from '../schema/issue-text.ts';
import type { AttachmentRecord, Step } from './state-store.ts';

const HEAD = /^\{"kind":"([^"]*)","checksum":"sha256:([0-9a-f]{64})","record":/;

/** The record is whole, and another version of Braid's. */
export class ForeignKind extends Error {}

/** What the launcher's frames hold too, in characters. A record is read for every later call of its container. */
const MAX_CONTENT_CHARACTERS = 8 * 1024 * 1024;

/** The text of a record's file. Throws: code 7 for one that is too long to be kept. */
export function printRecord(record: AttachmentRecord): string {
  const content = JSON.stringify(record);
  if (content.length > MAX_CONTENT_CHARACTERS) {
    throw new CniError(
      ErrorCode.invalidConfig,
      `the configurations of the pod's ${record.attachments.length} networks have ${content.length} characters together, more than ${MAX_CONTENT_CHARACTERS}`,
      'select fewer networks, or shorten their configurations',
    );
  }
  return `{"kind":"${RECORD_KIND}","checksum":"sha256:${checksumOf(RECORD_KIND, content)}","record":${content}}\n`;
}

/**
 * Reads a record's file: the record as it was written, and the steps noted since, in their order. Throws: Error saying what
 * is damaged; ForeignKind for a record of another version.
 */
export function parseRecord(text: string): { record: AttachmentRecord; steps: Step[] } {
  const [head, kind, checksum] = HEAD.exec(text) ?? [];
  if (head === undefined) throw new Error(text === '' ? 'the file is empty' : 'it does not begin as a record does');
  const end = text.indexOf('}\n');
  const content = text.slice(head.length, end);
  if (end < 0 || checksumOf(kind, content) !== checksum) throw new Error('its checksum does not match its content');
  if (kind !== RECORD_KIND)
    throw new ForeignKind(`its kind is "${kind}", this version of Braid knows "${RECORD_KIND}"`);
  const parsed = recordShape.safeParse(JSON.parse(content));
  if (!parsed.success) throw new Error(firstIssue(parsed.error));
  return { record: parsed.data, steps: parseSteps(text.slice(end + 2)) };
}

/** Each step as a line. */
export function printSteps(steps: readonly Step[]): string {
  // A newline before them as well: the line before may have been torn.
  return steps.map((step) => `\n${JSON.stringify(step)}\n`).join('');
}

function parseSteps(text: string): Step[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => parseStep(line) ?? []);
}

function parseStep(line: string): Step | undefined {
  try {
    return stepShape.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** Over the kind as well, so that a damaged kind is not taken for another version's. */
function checksumOf(kind: string | undefined, content: string): string {
  return hash('sha256', `${kind}\n${content}`);
}
