/** Reading a bundle: text of a file that may be anything, another version's, or damaged. Touches disk by reading. */
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { fileFault } from '../file-fault.ts';
import { readRegularFile } from '../read-regular-file.ts';
import { BUNDLE_VERSION, type Bundle, bundleShape } from '../schema/bundle.ts';
import { firstIssue } from '../schema/issue-text.ts';
import { isJsonObject } from '../schema/json.ts';
import { parseJsonText } from '../schema/json-fault.ts';

/** A bundle has everything that a request read. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Reads it. Throws: code 5 for what cannot be read, code 6 saying what is wrong with it, each with the file. */
export async function readBundle(file: string): Promise<Bundle> {
  let text: string;
  try {
    text = await readRegularFile(file, MAX_BYTES);
  } catch (cause) {
    throw new CniError(ErrorCode.io, `cannot read ${file}: ${fileFault(cause)}`, '', { cause });
  }
  return bundleIn(text, file);
}

function bundleIn(text: string, file: string): Bundle {
  const wrong = (what: string, hint = '') => new CniError(ErrorCode.decoding, `${file}: ${what}`, hint);
  let value: unknown;
  try {
    value = parseJsonText(text);
  } catch (cause) {
    throw wrong(errorText(cause), 'a bundle is a file that a recording wrote: see docs/record.md');
  }
  if (!isJsonObject(value) || value['bundle'] === undefined) {
    throw wrong('it is no bundle', 'a bundle is a file that a recording wrote: see docs/record.md');
  }
  const { bundle: version, braid } = value;
  if (version !== BUNDLE_VERSION) {
    const whose = typeof braid === 'string' ? ` of Braid ${braid.slice(0, 40)}` : '';
    throw wrong(
      `it is a bundle of version ${JSON.stringify(version)?.slice(0, 40)}${whose}; this Braid reads version ${BUNDLE_VERSION}`,
      'use the Braid that recorded it',
    );
  }
  const parsed = bundleShape.safeParse(value);
  if (!parsed.success) throw wrong(`it is damaged: ${firstIssue(parsed.error)}`);
  const { request, answer } = parsed.data;
  if (request.verb === 'ADD' && answer.exitCode === 0 && answer.stdout === null) {
    throw wrong('it is damaged: its ADD succeeded, and "answer.stdout" has no result');
  }
  return parsed.data;
}
