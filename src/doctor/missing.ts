/** Files that are not there. Pure. */

/** For `catch`: what is not there is an answer. */
export function orIfMissing<T>(instead: T): (cause: unknown) => T {
  return (cause) => {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return instead;
    throw cause;
  };
}
