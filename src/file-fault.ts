/** Why the system would not open a file, for a person: its codes in words, without the call that gave them. Pure. */
import { errorText } from './errors.ts';

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'there is no such file or folder',
  EACCES: 'permission denied; it takes root',
};

/** One line of what was thrown; what has no words here is as it was thrown. */
export function fileFault(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return (code === undefined ? undefined : WORDS[code]) ?? errorText(cause);
}

/** The same as a sentence, where several paths are read at once and the system alone says which it was. */
export function unreadable(cause: unknown, otherwise: string): string {
  const path = (cause as NodeJS.ErrnoException | undefined)?.path;
  return `cannot read ${path ?? otherwise}: ${fileFault(cause)}`;
}
