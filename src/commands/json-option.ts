/** An option that is JSON. A module of its own, for most commands have none. */
import { InvalidArgumentError } from 'commander';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { jsonFaultText } from '../schema/json-fault.ts';

/** For options such as `--runtime-config`. */
export function jsonObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(`It ${jsonFaultText(text)}.`);
  }
  if (isJsonObject(value)) return value;
  throw new InvalidArgumentError('It must be a JSON object, such as {"portMappings":[]}.');
}
