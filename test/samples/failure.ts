import { expect } from 'vitest';
import { CniError } from '../../src/errors.ts';

/** The CniError that `work` throws or rejects with; anything else fails the test. */
export async function failure(work: () => unknown): Promise<CniError> {
  let thrown: unknown;
  try {
    await work();
  } catch (cause) {
    thrown = cause;
  }
  expect(thrown).toBeInstanceOf(CniError);
  return thrown as CniError;
}

/** The message of the plain Error that `work` throws. */
export function fault(work: () => unknown): string {
  try {
    work();
  } catch (cause) {
    if (cause instanceof Error) return cause.message;
  }
  throw new Error('nothing was thrown');
}
