/** Whether there is colour: one rule for all that is printed. */
import type { Environment } from '../environment/environment.ts';

/** True for a terminal, unless NO_COLOR is set. */
export function isColoured(
  { isTTY }: { readonly isTTY?: boolean },
  { variables }: Pick<Environment, 'variables'>,
): boolean {
  return isTTY === true && !variables['NO_COLOR'];
}
