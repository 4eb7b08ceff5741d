/**
 * The attachments that a person says are valid, for a GC by hand.
 *
 * In: `containerId:ifname` on the command line, or a file with a line for each, or with the JSON that a runtime sends. Pure
 * but for reading that file.
 */
import { InvalidArgumentError } from 'commander';
import { CniError, ErrorCode, errorText } from '../../errors.ts';
import { readRegularFile } from '../../read-regular-file.ts';
import { parseValidAttachments, type ValidAttachment } from '../../request/valid-attachments.ts';
import { isJsonObject, type JsonObject } from '../../schema/json.ts';
import { parseJsonText } from '../../schema/json-fault.ts';

/** For `--valid`: one attachment, several times. */
export function validAttachment(text: string, before: readonly ValidAttachment[] = []): ValidAttachment[] {
  const parsed = parseLine(text);
  if (parsed) return [...before, parsed];
  throw new InvalidArgumentError('It must be containerId:ifname.');
}

function parseLine(text: string): ValidAttachment | undefined {
  const [, containerId, ifName] = /^([^:\s]+):([^:\s]+)$/.exec(text) ?? [];
  return containerId === undefined || ifName === undefined ? undefined : { containerId, ifName };
}

/**
 * Reads a file; `-` is standard input. Throws: code 5 when it cannot be read, code 6 or 7 naming file and line, code 7 for
 * one without a line: whatever was to write it has failed, and nobody would be valid.
 */
export async function readValidSet(file: string, readStdin: () => string): Promise<ValidAttachment[]> {
  const text = await textOf(file, readStdin);
  if (/^\s*[[{]/.test(text)) return fromJson(file, text);
  const valid = fromLines(file, text);
  if (valid.length > 0) return valid;
  throw new CniError(
    ErrorCode.invalidConfig,
    `${file} names no attachment: every pod of this node would lose its networks`,
    'to free all of them on purpose, give the JSON list []',
  );
}

/** A person may give the beginning of an id elsewhere; here it would stand for nobody. Pure. Throws: code 7. */
export function refuseBeginnings(valid: readonly ValidAttachment[], recordedIds: readonly string[]): void {
  for (const { containerId } of valid) {
    if (recordedIds.includes(containerId)) continue;
    const whole = recordedIds.find((id) => id.startsWith(containerId));
    if (whole === undefined) continue;
    throw new CniError(
      ErrorCode.invalidConfig,
      `"${containerId}" is the beginning of container ${whole}, which would be freed`,
      'name containers by their whole ids',
    );
  }
}

async function textOf(file: string, readStdin: () => string): Promise<string> {
  try {
    return file === '-' ? readStdin() : await readRegularFile(file);
  } catch (cause) {
    throw new CniError(ErrorCode.io, `cannot read ${file}: ${errorText(cause)}`, '', { cause });
  }
}

/** The whole configuration of a GC, or its list alone. */
function fromJson(file: string, text: string): ValidAttachment[] {
  try {
    const json = parseJsonText(text);
    const config: JsonObject = isJsonObject(json) ? json : { 'cni.dev/valid-attachments': json };
    return parseValidAttachments(config);
  } catch (cause) {
    throw new CniError(ErrorCode.decoding, `${file}: ${errorText(cause)}`, '', { cause });
  }
}

function fromLines(file: string, text: string): ValidAttachment[] {
  return text.split('\n').flatMap((line, index) => {
    const content = line.replace(/#.*/, '').trim();
    if (content === '') return [];
    const parsed = parseLine(content);
    if (parsed) return [parsed];
    throw new CniError(ErrorCode.decoding, `${file}:${index + 1}: a line must be containerId:ifname`);
  });
}
