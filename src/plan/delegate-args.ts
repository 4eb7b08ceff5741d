/**
 * CNI_ARGS for one attachment. Pure.
 *
 * The runtime's pairs go to every attachment, except addresses, which belong to the primary one: host-local fails for an
 * `IP=` that it cannot serve. Delegates split a pair at every `=`, so a pair that they could not read is left out.
 */

const PRIMARY_ONLY: ReadonlySet<string> = new Set(['IP', 'MAC', 'GATEWAY']);

/** Read by us alone: it holds JSON, which the delegates' parsers refuse. */
const OURS: ReadonlySet<string> = new Set(['K8S_ANNOT']);

/** The text of CNI_ARGS, each key once; `asked` are the pairs that the pod asked for of this attachment. */
export function delegateArgs(
  podArgs: ReadonlyMap<string, string>,
  { isPrimary, asked }: { isPrimary: boolean; asked: Readonly<Record<string, string>> },
): string {
  const given = [...podArgs].filter(([key]) => !OURS.has(key) && (isPrimary || !PRIMARY_ONLY.has(key)));
  // A plugin that knows no such key fails on it unless told to ignore it.
  const own = Object.keys(asked).length === 0 ? [] : Object.entries({ IgnoreUnknown: '1', ...asked });
  return [...new Map([...given, ...own])]
    .filter(([key, value]) => key !== '' && !value.includes('='))
    .map(([key, value]) => `${key}=${value}`)
    .join(';');
}
