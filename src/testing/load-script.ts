/** What plugins answer, from a file of its own: the part `delegates` of a fixture as JSON. Touches disk. */
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { readRegularFile } from '../read-regular-file.ts';
import { delegates, type FixtureDelegates, REAL } from '../schema/fixture-delegates.ts';
import { parseJsonText } from '../schema/json-fault.ts';
import { shapeFaults } from './fixture-faults.ts';

/** Loads a script. Throws: code 6 when the file cannot be read or holds something else. */
export async function loadScript(file: string): Promise<FixtureDelegates> {
  const value = await readRegularFile(file)
    .then(parseJsonText)
    .catch((cause: unknown) => {
      throw new CniError(ErrorCode.decoding, `cannot read the script ${file}: ${errorText(cause)}`, '', { cause });
    });
  const parsed = delegates.safeParse(value);
  if (parsed.success) {
    const real = Object.keys(parsed.data).find((key) => parsed.data[key] === REAL);
    if (real === undefined) return parsed.data;
    throw new CniError(ErrorCode.decoding, `the script ${file} has no answers of ${real}: "${REAL}" is for fixtures`);
  }
  const [fault] = shapeFaults(parsed.error, delegates, value);
  throw new CniError(ErrorCode.decoding, `the script ${file} is not valid: ${fault?.message}`);
}
