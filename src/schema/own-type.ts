/** What a configuration calls Braid by. Pure. */

/** The program that runtimes call, and so the `type` of our plugin. */
export const OWN_TYPE = 'braid';

/** All of Braid in one program, which lies beside it; a configuration may call it by itself. */
export const STANDALONE_TYPE = 'braid-standalone';

/** True for our plugin, with the launcher or without. */
export function isOwnPlugin({ type }: { readonly type?: unknown }): boolean {
  return type === OWN_TYPE || type === STANDALONE_TYPE;
}
