/**
 * The CNI_* variables of a request: which verb needs which, and what each may hold. Pure. Spec §2 "Parameters".
 *
 * A value is looked at only where its verb needs it; a missing one is reported with all other missing ones, an invalid
 * one at once, in the order of the reference implementation.
 */
import { CniError, ErrorCode } from '../errors.ts';
import { ifNameFault, isIdentifier } from '../schema/names.ts';

/** The operations of spec §2, spelled as in CNI_COMMAND. */
const VERBS = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION'] as const;
/** One operation. */
export type Verb = (typeof VERBS)[number];

/** The variables of one request; what its verb does not need is there as given, or empty. */
export interface CniVariables {
  readonly verb: Verb;
  readonly containerId: string;
  readonly netns: string;
  readonly ifName: string;
  readonly args: string;
  /** CNI_PATH as folders; empty elements, which would mean the working directory, are dropped. */
  readonly searchPath: readonly string[];
  readonly isNetnsOverridden: boolean;
}

type Variables = Readonly<Record<string, string>>;

const REQUIRED: Readonly<Record<Verb, readonly string[]>> = {
  ADD: ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH'],
  CHECK: ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH'],
  DEL: ['CNI_CONTAINERID', 'CNI_IFNAME', 'CNI_PATH'],
  GC: ['CNI_PATH'],
  STATUS: ['CNI_PATH'],
  VERSION: [],
};

/** True when `command` is one of the six verbs. */
export function isVerb(command: string): command is Verb {
  return (VERBS as readonly string[]).includes(command);
}

/**
 * Checks and reads the variables that `verb` needs.
 * Throws: code 4 naming every missing variable, or the first invalid one.
 */
export function parseVariables(verb: Verb, variables: Variables): CniVariables {
  const missing = REQUIRED[verb].filter((name) => !variables[name]);
  for (const name of REQUIRED[verb]) {
    if (!missing.includes(name)) checkValue(name, variables[name] ?? '');
  }
  if (missing.length > 0) {
    throw new CniError(ErrorCode.invalidEnvironment, `required env variables [${missing.join(',')}] missing`);
  }
  return {
    verb,
    containerId: variables['CNI_CONTAINERID'] ?? '',
    netns: variables['CNI_NETNS'] ?? '',
    ifName: variables['CNI_IFNAME'] ?? '',
    args: variables['CNI_ARGS'] ?? '',
    searchPath: (variables['CNI_PATH'] ?? '').split(':').filter((folder) => folder !== ''),
    isNetnsOverridden: /^(1|true)$/i.test(variables['CNI_NETNS_OVERRIDE'] ?? ''),
  };
}

function checkValue(name: string, value: string): void {
  if (name === 'CNI_CONTAINERID' && !isIdentifier(value)) {
    throw new CniError(ErrorCode.invalidEnvironment, 'invalid characters in containerID', value);
  }
  const fault = name === 'CNI_IFNAME' ? ifNameFault(value) : undefined;
  if (fault) throw new CniError(ErrorCode.invalidEnvironment, fault.msg, fault.details);
}
