/** Mends files by the fixes of findings. Touches disk, one file at once or not at all. */
import { chmodSync, chownSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/** Writes the file anew; a link stays one, mode and owner stay. Throws what the file system throws. */
export function writeMended({ file, before, after }: MendedFile): void {
  const target = realpathSync(file);
  const temporary = `${target}.braid-${process.pid}`;
  const { mode, uid, gid } = statSync(target);
  if (readFileSync(target, 'utf8') !== before) throw new Error(`${file} was changed meanwhile`);
  try {
    writeFileSync(temporary, after, { mode: 0o600, flag: 'wx', flush: true });
    chownSync(temporary, uid, gid);
    chmodSync(temporary, mode & 0o7777);
    renameSync(temporary, target);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
}
