/** The kinds of value that keys of the node's configuration have, each with its demand in an operator's words. Pure. */
import * as z from 'zod/mini';
import { isJsonObject, type JsonObject } from './json.ts';
import { isIdentifier } from './names.ts';

const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const MAX_NAMESPACE_CHARACTERS = 63;
/** stdout belongs to the answer alone. */
const STDOUT = /^\/(dev\/stdout|dev\/fd\/1|proc\/self\/fd\/1)$/;
const LEVELS = ['debug', 'info', 'warn', 'warning', 'error', 'off', 'none', 'verbose', 'panic'] as const;

export const text = z.string().check(z.minLength(1));

export const absolutePath = z.string().check(z.refine(isAbsolute, 'must be an absolute path'));

/** A path that an empty text leaves unset, as in Multus. */
export const pathOrEmpty = z.string().check(z.refine(isEmptyOr(isAbsolute), 'must be an absolute path'));

/** What is said of a path that leads to stdout. */
export const STDOUT_IS_TAKEN = 'must be a file, stdout is for the answer';

export const logPath = pathOrEmpty.check(z.refine(isFileForOutput, STDOUT_IS_TAKEN));

export const folders = z.union([absolutePath, z.array(absolutePath)], 'must be an absolute path or a list of them');

export const milliseconds = z.int().check(z.minimum(1), z.maximum(600_000));

/** The specification lets a flag be a text too. */
export const flag = z.union([z.boolean(), z.string()], 'must be true or false');

/** In any case of letters, as in Multus. */
export const logLevel = z.pipe(z.string().check(z.toLowerCase()), z.enum(LEVELS));

/** A list of strings, or one comma-separated string as CNI-Genie has it; items are checked where they are selected. */
export const networkItems = z.union(
  [z.array(z.string()), z.string()],
  'must be a list of strings or a comma-separated string',
);

const REFERENCE = 'must be the name of a network or an absolute path';

/** A network as Multus refers to it. */
export const networkReference = z.string().check(z.refine(isReference, REFERENCE));

/** A reference that an empty text leaves unset, as in Multus. */
export const referenceOrEmpty = z.string().check(z.refine(isEmptyOr(isReference), REFERENCE));

/** A whole network configuration, not looked into here; it stays the object that it is. */
export const inlineNetwork = z.custom<JsonObject>(isJsonObject, 'must be an object');

export const folderName = z.string().check(z.refine(isEmptyOr(isIdentifier), 'must be the name of a folder'));

export const namespace = z.string().check(z.refine(isNamespace, 'must be the name of a namespace'));

/** A list, or one comma-separated string as Multus has it. */
export const namespaces = z.union(
  [z.array(namespace), z.string().check(z.refine(isNamespaceList, 'must be names of namespaces, separated by commas'))],
  'must be a list of strings or a comma-separated string',
);

/** By the name of a network, the namespaces that may have it. */
export const namespacesByNetwork = z.record(z.string(), z.array(namespace)).check((parsed) => {
  const wrong = Object.keys(parsed.value).find((name) => !isIdentifier(name));
  if (wrong === undefined) return;
  parsed.issues.push({
    code: 'custom',
    input: parsed.value,
    path: [wrong],
    message: 'is not the name of a network',
  });
});

/** The items of a comma-separated text, without the blanks around them. */
export function commaItems(list: string): string[] {
  return list.split(',').map((item) => item.trim());
}

/** Whether lines may be written there. */
export function isFileForOutput(path: string): boolean {
  return !STDOUT.test(path);
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') && !path.includes('\0');
}

function isReference(reference: string): boolean {
  return isAbsolute(reference) || isIdentifier(reference);
}

function isNamespace(name: string): boolean {
  return NAMESPACE.test(name) && name.length <= MAX_NAMESPACE_CHARACTERS;
}

function isNamespaceList(list: string): boolean {
  return list === '' || commaItems(list).every(isNamespace);
}

function isEmptyOr(isValid: (value: string) => boolean): (value: string) => boolean {
  return (value) => value === '' || isValid(value);
}
