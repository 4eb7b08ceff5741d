/** Mends files by the fixes of findings. Touches disk, one file at once or not at all. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createTwoFilesPatch } from 'diff';
import type { Edit, Finding, Fix } from './finding.ts';

/** A file as it would be. */
export interface MendedFile {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly fixes: readonly Fix[];
}

/** The files that have fixes, mended in memory, each once, whatever its names; where two fixes touch, the first one holds. */
export function mend(findings: readonly Finding[]): MendedFile[] {
  const fixes = findings.flatMap(({ fix }) => fix ?? []);
  return [...Map.groupBy(fixes, ({ file }) => realpathSync(file)).values()].flatMap((own) => {
    const [first] = own;
    if (!first) return [];
    const { file } = first;
    const before = readFileSync(file, 'utf8');
    const taken: Fix[] = [];
    for (const fix of own) if (!taken.some((other) => touch(fix, other))) taken.push(fix);
    return {
      file,
      before,
      after: edited(
        before,
        taken.flatMap(({ edits }) => edits),
      ),
      fixes: taken,
    };
  });
}

function touch(one: Fix, other: Fix): boolean {
  return one.edits.some((edit) =>
    other.edits.some(({ offset, length }) => edit.offset < offset + length && offset < edit.offset + edit.length),
  );
}

function edited(text: string, edits: readonly Edit[]): string {
  const fromEnd = edits.toSorted((left, right) => right.offset - left.offset);
  return fromEnd.reduce(
    (rest, edit) => rest.slice(0, edit.offset) + edit.text + rest.slice(edit.offset + edit.length),
    text,
  );
}

/** What would change, as `patch -p0` takes it. */
export function diffOf({ file, before, after }: MendedFile): string {
  const patch = createTwoFilesPatch(file, file, before, after, undefined, undefined, { context: 2 });
  return patch.replace(/^=+\n/, '');
}

/**
 * Why this file cannot be replaced by a mended one, or `undefined`: a new file would part the names that it has, or let others
 * read it than its access control list does. Reads disk.
 */
export function whyLeftAlone(file: string): string | undefined {
  const { nlink } = statSync(file);
  if (nlink > 1)
    return `it is one file under ${nlink} names (hard links), and mending would make two of it: mend it by hand`;
  if (hasAccessList(file)) return 'it has an access control list (getfacl), which mending would lose: mend it by hand';
  return undefined;
}

/** Node knows nothing of them; GNU's ls has a `+` behind the mode. Links are followed. */
function hasAccessList(file: string): boolean {
  const { stdout } = spawnSync('ls', ['-ldL', '--', file], { encoding: 'utf8' });
  return /^.{10}\+/.test(stdout ?? '');
}

/**
 * Puts a new file in the place of the old one, at once: whoever reads sees the one or the other, whenever this ends. A link
 * stays one; owner, group and mode stay, and a file that they cannot be given to is not replaced. Throws what the file system
 * throws; Error for a file that was changed meanwhile, and for one that is left alone.
 */
export function writeMended({ file, before, after }: MendedFile): void {
  const target = realpathSync(file);
  const reason = whyLeftAlone(target);
  if (reason) throw new Error(reason);
  const { mode, uid, gid } = statSync(target);
  if (readFileSync(target, 'utf8') !== before) throw new Error(`${file} was changed meanwhile`);
  const temporary = `${target}.braid-${process.pid}`;
  // Beyond `try`: one that is there already is not ours to take away.
  const opened = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(opened, after, { flush: true });
    // The mode last, for a new owner takes bits of it away.
    fchownSync(opened, uid, gid);
    fchmodSync(opened, mode & 0o7777);
    renameSync(temporary, target);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  } finally {
    closeSync(opened);
  }
}
