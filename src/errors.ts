/**
 * The one error type of Braid and the one table of its codes.
 *
 * A CniError is what the runtime reads on stdout (spec §5 "Error"). It is never wrapped in another CniError: a
 * delegate's code passes through with the attachment's name put before its message. Anything else that is thrown
 * becomes code 999 in one place, `toCniError`.
 */

/** Error codes: 1–99 belong to the CNI specification, 100 and above are ours. Each has a row in README.md. */
export const ErrorCode = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  io: 5,
  decoding: 6,
  invalidConfig: 7,
  invalidNetns: 8,
  tryAgain: 11,
  notAvailable: 50,
  notAvailableLimited: 51,
  alreadyAttached: 100,
  delegateDeadline: 101,
  addressConflict: 102,
  damagedRecord: 103,
  statusWriteFailed: 104,
  internal: 999,
} as const;

/** An error as the CNI specification shapes it: `code`, `msg`, and `details` (empty string = none). */
export class CniError extends Error {
  readonly code: number;
  readonly details: string;

  constructor(code: number, msg: string, details = '', options?: ErrorOptions) {
    super(msg, options);
    this.name = 'CniError';
    this.code = code;
    this.details = details;
  }

  /** The same failure seen from further out: `where` is put before the message, the code stays. */
  at(where: string): CniError {
    return new CniError(this.code, `${where}: ${this.message}`, this.details, { cause: this.cause ?? this });
  }
}

/** An error that a delegate itself put into words, or that it never started; as against how it died half-way. */
export class ReportedError extends CniError {}

/** What went wrong, as one line: `msg` or `msg; details` (spec §5, reference text form). */
export function errorText(error: unknown): string {
  if (error instanceof CniError) return error.details ? `${error.message}; ${error.details}` : error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Several faults as one: the first with its code, the others in its details; `undefined` when there is none. */
export function joinedError(faults: readonly CniError[]): CniError | undefined {
  const [first, ...others] = faults;
  if (!first || others.length === 0) return first;
  const details = [first.details, ...others.map(errorText)].filter((text) => text !== '').join('; ');
  return new CniError(first.code, first.message, details);
}

/** Any thrown value as a CniError: a CniError stays itself, everything else gets code 999. */
export function toCniError(error: unknown): CniError {
  if (error instanceof CniError) return error;
  return new CniError(ErrorCode.internal, `internal error: ${errorText(error)}`, '', { cause: error });
}
