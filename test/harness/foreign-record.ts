/** A record as another version of Braid would have written it: whole, and of a kind that this one does not know. */
import { createHash } from 'node:crypto';

/** The text of a record's file, its kind changed and its checksum right again. */
export function asOtherVersion(text: string): string {
  const [, content = '', steps = ''] = /"record":(.*)\}\n([\s\S]*)$/.exec(text) ?? [];
  const checksum = createHash('sha256').update(`attachment/v9\n${content}`).digest('hex');
  return `{"kind":"attachment/v9","checksum":"sha256:${checksum}","record":${content}}\n${steps}`;
}
