/** The mark that every delegate of ours and all its children carry in their environment. Pure. See docs/decisions. */

/** The variable's name. */
export const DELEGATE_MARK = 'BRAID_DELEGATE_OF';

/** The mark's value: a container id alone could be another Braid's, with a journal of its own. */
export function delegateMark(stateDir: string, containerId: string): string {
  return `${stateDir}:${containerId}`;
}
