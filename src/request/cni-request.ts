/**
 * What the runtime asks for: environment and stdin, checked in the order that the reference implementation has.
 *
 * Pure but for reading stdin, which the `Environment` does. In: `Environment`. Out: `CniRequest`. Invariant: a request
 * that comes out of here obeys spec §2 (names, required variables, versions) and has a valid node configuration.
 */
import type { Environment } from '../environment/environment.ts';
import { CniError, ErrorCode, errorText, toCniError } from '../errors.ts';
import { type CniVersion, OLDEST_VERSION } from '../schema/cni-version.ts';
import { DELEGATE_MARK } from '../schema/delegate-mark.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { jsonFaultText } from '../schema/json-fault.ts';
import { isIdentifier } from '../schema/names.ts';
import { OWN_TYPE } from '../schema/own-type.ts';
import { parseCniArgs } from './cni-args.ts';
import { type CniVariables, isVerb, parseVariables, type Verb } from './cni-variables.ts';
import { type NodeConfig, parseNodeConfig, parseNodeConfigLeniently } from './node-config.ts';
import { parseValidAttachments, type ValidAttachment } from './valid-attachments.ts';
import { passVersionGate } from './version-gate.ts';

/** One call of the runtime. Everything here is checked; `prevResult` is as it came. */
export interface CniRequest extends CniVariables {
  readonly verb: Exclude<Verb, 'VERSION'>;
  readonly cniVersion: CniVersion;
  /** Name of our own network configuration. */
  readonly networkName: string;
  /** Our own `type`, as the configuration spells it; a delegate of this type would call us again. */
  readonly ownType: string;
  readonly podArgs: ReadonlyMap<string, string>;
  readonly config: NodeConfig;
  readonly prevResult: unknown;
  /** What GC's list has; empty for other verbs. */
  readonly validAttachments: readonly ValidAttachment[];
  /** Sentences about the configuration that belong into the log. */
  readonly warnings: readonly string[];
}

/** A request that is refused after its version was read, so that the answer can have that version. */
export class RequestError extends CniError {
  readonly cniVersion: CniVersion;

  constructor({ code, message, details }: CniError, cniVersion: CniVersion) {
    super(code, message, details);
    this.cniVersion = cniVersion;
  }
}

/**
 * Reads a request; `undefined` for VERSION, which needs nothing and must not touch stdin.
 * Throws: codes 1, 4, 5, 6, 7, 8 as the specification and the reference implementation have them.
 */
export function parseRequest(environment: Environment): CniRequest | undefined {
  const command = environment.variables['CNI_COMMAND'] ?? '';
  if (command === 'VERSION') return undefined;
  refuseNesting(environment);
  const variables = isVerb(command) ? parseVariables(command, environment.variables) : undefined;
  const raw = parseConfiguration(readStdin(environment));
  const version = configuredVersion(raw);
  if (!variables || !isRequestVerb(variables.verb)) {
    throw new CniError(ErrorCode.invalidEnvironment, `unknown CNI_COMMAND: ${command}`);
  }
  const cniVersion = passVersionGate(variables.verb, version);
  checkNetns(variables, environment);
  try {
    return completeRequest({ ...variables, verb: variables.verb }, cniVersion, raw);
  } catch (cause) {
    throw new RequestError(toCniError(cause), cniVersion);
  }
}

function completeRequest(
  variables: CniVariables & Pick<CniRequest, 'verb'>,
  cniVersion: CniVersion,
  raw: JsonObject,
): CniRequest {
  const isCleanup = variables.verb === 'DEL' || variables.verb === 'GC';
  return {
    ...variables,
    cniVersion,
    networkName: String(raw['name']),
    ownType: typeof raw['type'] === 'string' ? raw['type'] : OWN_TYPE,
    podArgs: parseCniArgs(variables.args),
    prevResult: raw['prevResult'] ?? undefined,
    validAttachments: variables.verb === 'GC' ? parseValidAttachments(raw) : [],
    ...(isCleanup ? parseNodeConfigLeniently(raw) : parseNodeConfig(raw)),
  };
}

function isRequestVerb(verb: Verb): verb is Exclude<Verb, 'VERSION'> {
  return verb !== 'VERSION';
}

function readStdin(environment: Environment): string {
  try {
    return environment.readStdin();
  } catch (cause) {
    throw new CniError(ErrorCode.io, `error reading from stdin: ${errorText(cause)}`, '', { cause });
  }
}

function parseConfiguration(stdin: string): JsonObject {
  const raw = parseJson(stdin);
  const name = raw['name'] ?? '';
  if (typeof name !== 'string') throw decodingError('"name" must be a string');
  if (name === '') throw new CniError(ErrorCode.invalidConfig, 'missing network name');
  if (!isIdentifier(name)) {
    throw new CniError(ErrorCode.invalidConfig, 'invalid characters found in network name', name);
  }
  return raw;
}

function parseJson(stdin: string): JsonObject {
  let raw: unknown;
  try {
    raw = JSON.parse(stdin);
  } catch {
    throw decodingError(stdin === '' ? 'stdin is empty' : `stdin ${jsonFaultText(stdin)}`);
  }
  if (raw === null) return {};
  if (!isJsonObject(raw)) throw decodingError('not a JSON object');
  return raw;
}

function decodingError(what: string): CniError {
  return new CniError(ErrorCode.decoding, `error unmarshall network config: ${what}`);
}

function configuredVersion(raw: JsonObject): string {
  const version = raw['cniVersion'] ?? '';
  if (typeof version !== 'string') {
    throw new CniError(ErrorCode.decoding, 'decoding version from network config: "cniVersion" must be a string');
  }
  return version === '' ? OLDEST_VERSION : version;
}

/**
 * A delegate that calls us again, through whatever wrapper, would wait for the lock that its own caller holds. Every verb
 * is refused in the same words, before anything of the call is looked at: a DEL that is refused as its ADD was is done.
 */
function refuseNesting({ variables }: Environment): void {
  if (!variables[DELEGATE_MARK]) return;
  throw new CniError(
    ErrorCode.invalidConfig,
    'Braid was called by one of its own delegates',
    'a network must not call Braid again; take it out of that network',
  );
}

/** Before anything runs, unlike the reference implementation, which notices after the attachment was made. */
function checkNetns(variables: CniVariables, environment: Environment): void {
  const isGuarded = variables.verb === 'ADD' || variables.verb === 'DEL';
  if (!isGuarded || variables.isNetnsOverridden || variables.netns === '') return;
  if (environment.isOwnNetns(variables.netns)) {
    throw new CniError(
      ErrorCode.invalidNetns,
      "plugin's netns and netns from CNI_NETNS should not be the same",
      variables.netns,
    );
  }
}
