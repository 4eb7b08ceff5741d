/** Files that are made of others and stand in the repository: written anew, or compared with what they should be. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const project = resolve(import.meta.dirname, '..');

/** True when the script was asked to compare: `--check`. Throws: Error for any other argument. */
export function isCheck(): boolean {
  return parseArgs({ options: { check: { type: 'boolean' } } }).values.check ?? false;
}

/** Writes these files, by their paths below the project. */
export function writeMade(files: ReadonlyMap<string, string>): void {
  for (const [file, text] of files) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
}

/** Names on stderr those that are not as they should be, beside `strays` that should not be there. Answers the exit status. */
export function checkMade(files: ReadonlyMap<string, string>, command: string, strays: readonly string[] = []): 0 | 1 {
  const old = [...files].filter(([file, text]) => textOf(file) !== text).map(([file]) => file);
  const wrong = [...old, ...strays];
  for (const file of wrong) process.stderr.write(`${file} is out of date: ${command}\n`);
  return wrong.length === 0 ? 0 : 1;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(join(project, file), 'utf8');
  } catch {
    return undefined;
  }
}
